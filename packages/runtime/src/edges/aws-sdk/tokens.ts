/** Which member of an operation's input is its idempotency token: as the SDK's own model says, else as it was written down. */

import { TOKENS } from "./tokens.generated.ts";

/** Members that are such tokens although their model does not mark them (ECS CreateService, for one). */
const TOKEN_NAMES: ReadonlySet<string> = new Set(["clientToken", "ClientToken", "ClientRequestToken"]);
/** The trait `smithy.api#idempotencyToken` in the SDK's compact schemas. */
const IDEMPOTENCY_TOKEN_BIT = 4;

const found: WeakMap<object, string | undefined> = new WeakMap();

/**
 * @param operation for example `ecs.RunTask`
 * @param schema the operation's schema in the command, which newer versions of the SDK have
 */
export function tokenMember(operation: string, schema: unknown): string | undefined {
  if (Object.hasOwn(TOKENS, operation)) return TOKENS[operation];
  if (typeof schema !== "object" || schema === null) return undefined;
  if (!found.has(schema)) found.set(schema, inSchema(schema));
  return found.get(schema);
}

/** `[9, namespace, name, traits, input, output]`, and the input `[3, namespace, name, traits, names, members, …]`. */
export function inSchema(schema: object): string | undefined {
  const input = unwrapped((schema as readonly unknown[])[4]);
  if (!Array.isArray(input)) return undefined;
  const [, , , , names, members] = input as readonly unknown[];
  if (!Array.isArray(names) || !Array.isArray(members)) return undefined;
  const marked = names.find((_name, index) => isToken(members[index]));
  return (marked ?? names.find((name) => TOKEN_NAMES.has(name))) as string | undefined;
}

function isToken(member: unknown): boolean {
  const [, traits] = Array.isArray(member) ? (member as readonly unknown[]) : [];
  if (typeof traits === "number") return (traits & IDEMPOTENCY_TOKEN_BIT) !== 0;
  return typeof traits === "object" && traits !== null && "idempotencyToken" in traits;
}

/** The SDK refers to a schema by a function where it may not be made yet. */
function unwrapped(schema: unknown): unknown {
  return typeof schema === "function" ? (schema as () => unknown)() : schema;
}
