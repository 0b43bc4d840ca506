/** The options that several commands share, as `parseArgs` reads them. */

export type OptionTable = Readonly<
  Record<string, { readonly type: "string" | "boolean"; readonly multiple?: boolean }>
>;

/** Of every command. */
export const COMMON_OPTIONS: OptionTable = {
  config: { type: "string" },
  format: { type: "string" },
  json: { type: "boolean" },
  "no-color": { type: "boolean" },
};
/** Of the commands that speak with AWS; they stand at the top level of a configuration file for all of them. */
export const AWS_OPTIONS: OptionTable = {
  profile: { type: "string" },
  region: { type: "string" },
  "endpoint-url": { type: "string" },
};
export const STORE_OPTIONS: OptionTable = { "store-url": { type: "string" } };

/** What may stand at the top level of a configuration file. */
export const SHARED_OPTIONS: OptionTable = {
  format: { type: "string" },
  "no-color": { type: "boolean" },
  ...AWS_OPTIONS,
  ...STORE_OPTIONS,
};
