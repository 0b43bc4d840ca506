/**
 * The inputs of this library's own requests: a client that the user has protected may be the one that the store uses, and
 * what the store asks is not an effect of the handler.
 */

const own: WeakSet<object> = new WeakSet();

export function markOwn<Input extends object>(input: Input): Input {
  own.add(input);
  return input;
}

export function isOwn(input: unknown): boolean {
  return typeof input === "object" && input !== null && own.has(input);
}
