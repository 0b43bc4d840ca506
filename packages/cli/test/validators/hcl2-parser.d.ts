declare module "hcl2-parser" {
  /** The parsed configuration and `null`, or `null` and what was wrong. */
  function parseToObject(text: string): [Record<string, unknown> | null, object | null];
  const hcl: { readonly parseToObject: typeof parseToObject };
  export default hcl;
}
