/** The parts of an ARN. */

export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All after the account: `function:orders:live`, `stream/clicks`. */
  readonly resource: string;
}

/** `undefined`: it is none. */
export function parseArn(text: string): Arn | undefined {
  const [arn, partition, service, region, account, ...rest] = text.split(":");
  if (arn !== "arn" || rest.length === 0) return undefined;
  return {
    partition: partition ?? "",
    service: service ?? "",
    region: region ?? "",
    account: account ?? "",
    resource: rest.join(":"),
  };
}

/** `arn:aws:lambda:eu-west-1:123456789012:function:orders:live`: `orders` and `live`. */
export function functionOf(
  arn: string,
): { readonly name: string; readonly qualifier: string | undefined } | undefined {
  const [kind, name, qualifier] = parseArn(arn)?.resource.split(":") ?? [];
  if (kind !== "function" || name === undefined || name === "") return undefined;
  return { name, qualifier };
}
