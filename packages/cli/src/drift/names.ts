/**
 * Which live name a thing of a template has. One that the template gives is sure. One that CloudFormation generates is
 * guessed: `Stack-LogicalId-SUFFIX`, where long parts are cut
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html).
 */

export interface GeneratedName {
  readonly stack: string;
  /** Of the logical id, as far as it fits. */
  readonly logical: string;
}

/** A shorter one is not cut, but another logical id. */
const CUT_FROM = 20;

/** `undefined`: CloudFormation has not made this up. Its suffixes have 12 or 13 letters and digits; logical ids have no hyphens. */
export function generatedName(name: string): GeneratedName | undefined {
  const found = /^(?<stack>.+)-(?<logical>[A-Za-z0-9]+)-[A-Za-z0-9]{12,13}(\.fifo)?$/.exec(name);
  const { stack, logical } = found?.groups ?? {};
  return stack === undefined || logical === undefined ? undefined : { stack, logical };
}

/** `id` may lie in a nested stack: `Child/Queue`. */
export function mayBeNamed(id: string, { logical }: GeneratedName): boolean {
  const own = id.slice(id.lastIndexOf("/") + 1);
  return own === logical || (logical.length >= CUT_FROM && own.startsWith(logical));
}
