/** The parts that are read of `terraform show -json` (https://developer.hashicorp.com/terraform/internals/json-format). */

export interface Plan {
  readonly planned_values?: { readonly root_module?: PlannedModule };
  /** Of a state, which `terraform show -json` prints without a plan's name. */
  readonly values?: { readonly root_module?: PlannedModule };
  readonly resource_changes?: readonly {
    readonly address?: string;
    readonly change?: { readonly after_unknown?: unknown };
  }[];
  readonly configuration?: { readonly root_module?: ConfiguredModule };
  readonly errored?: boolean;
  /** `false`: parts were left for a later run. */
  readonly complete?: boolean;
}

export interface PlannedModule {
  /** Without it, the root. */
  readonly address?: string;
  readonly resources?: readonly PlannedResource[];
  readonly child_modules?: readonly PlannedModule[];
}

export interface PlannedResource {
  readonly address: string;
  readonly mode?: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly index?: string | number;
  readonly values?: Readonly<Record<string, unknown>>;
}

export interface ConfiguredModule {
  readonly resources?: readonly ConfiguredResource[];
  readonly outputs?: Readonly<Record<string, { readonly expression?: unknown }>>;
  readonly module_calls?: Readonly<Record<string, ModuleCall>>;
}

export interface ConfiguredResource {
  readonly mode?: string;
  readonly type: string;
  readonly name: string;
  readonly expressions?: Readonly<Record<string, unknown>>;
  readonly for_each_expression?: unknown;
}

export interface ModuleCall {
  readonly module?: ConfiguredModule;
  readonly expressions?: Readonly<Record<string, unknown>>;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What an expression refers to, the most precise first. */
export function referencesOf(expression: unknown): readonly string[] {
  if (!isRecord(expression) || !Array.isArray(expression["references"])) return [];
  return expression["references"].filter((one) => typeof one === "string");
}
