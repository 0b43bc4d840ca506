/** The facts of a template while they are gathered. */

import type {
  DeliveryFact,
  FunctionFact,
  Gap,
  IdempotencyFact,
  MappingFact,
  PipeFact,
  QueueFact,
  StreamFact,
  TableFact,
} from "../model.ts";
import type { Files } from "../files.ts";
import type { Guards } from "./elements.ts";
import type { Settings } from "./settings.ts";
import type { Resource } from "./template.ts";

/** What an event invoke configuration says, and of which version or alias of a function. */
export interface InvokeConfig {
  readonly qualifier: string;
  readonly settings: Settings;
  readonly resource: Resource;
  /** Made by SAM of the function's own property. */
  readonly isOwn: boolean;
  readonly guards?: Guards;
}

/** Filled by the readers of the single kinds of resources. */
export class Draft {
  readonly files: Files;
  readonly functions: FunctionFact[] = [];
  readonly queues: QueueFact[] = [];
  readonly streams: StreamFact[] = [];
  readonly mappings: MappingFact[] = [];
  readonly pipes: PipeFact[] = [];
  readonly deliveries: DeliveryFact[] = [];
  readonly tables: TableFact[] = [];
  readonly idempotency: IdempotencyFact[] = [];
  readonly gaps: Gap[] = [];
  /** By the function's id: under which aliases and versions it is called asynchronously. */
  readonly called = new Map<string, Set<string>>();
  /** By the function's id. */
  readonly invokeConfigs = new Map<string, InvokeConfig[]>();

  constructor(files: Files) {
    this.files = files;
  }

  calls(functionId: string, qualifier: string): void {
    const known = this.called.get(functionId) ?? new Set();
    this.called.set(functionId, known.add(qualifier));
  }

  configures(functionId: string, config: InvokeConfig): void {
    const known = this.invokeConfigs.get(functionId) ?? [];
    this.invokeConfigs.set(functionId, [...known, config]);
  }
}

/** What is called without naming an alias or version. */
export const LATEST = "$LATEST";
