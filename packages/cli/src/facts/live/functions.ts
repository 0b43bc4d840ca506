/** What a function's own entry in the list does not say: its concurrency, its asynchronous settings, its aliases and versions. */

import type {
  AliasConfiguration,
  FunctionConfiguration,
  FunctionEventInvokeConfig,
} from "@aws-sdk/client-lambda";
import type { Answered, Calls, Listed } from "./calls.ts";
import type { LiveClients } from "./clients.ts";

/** One function, as the list has it or a mapping names it. */
export interface Listing {
  readonly name: string;
  /** `undefined`: the list could not be read to its end, and only a mapping names it. */
  readonly configuration: FunctionConfiguration | undefined;
  /** Those of its aliases and versions that a mapping calls. */
  readonly qualifiers: readonly string[];
  readonly mapped: boolean;
}

export interface SeenFunction extends Listing {
  readonly invokes: Listed<FunctionEventInvokeConfig>;
  /** `undefined`: not asked for, since nothing seen here calls it. */
  readonly concurrency: Answered<number | undefined> | undefined;
  /** The versions behind each qualifier; a weighted alias has two. */
  readonly versions: ReadonlyMap<string, Answered<readonly SeenVersion[]>>;
}

export interface SeenVersion {
  readonly version: string;
  readonly configuration: FunctionConfiguration;
}

/** @returns `undefined`: it has been deleted since it was listed */
export async function readFunction(
  calls: Calls,
  clients: LiveClients,
  listing: Listing,
): Promise<SeenFunction | undefined> {
  const { name, qualifiers, mapped } = listing;
  const { lambda } = clients;
  const [invokes, ofMapped, aliases] = await Promise.all([
    calls.list(
      "lambda:ListFunctionEventInvokeConfigs",
      name,
      (Marker, options) => lambda.listFunctionEventInvokeConfigs({ FunctionName: name, Marker }, options),
      (page) => ({ items: page.FunctionEventInvokeConfigs, next: page.NextMarker }),
    ),
    mapped ? readConcurrency(calls, clients, name) : undefined,
    qualifiers.some(isAlias) ? readAliases(calls, clients, name) : undefined,
  ]);
  const concurrency =
    ofMapped ?? (invokes.items.length > 0 ? await readConcurrency(calls, clients, name) : undefined);
  if (invokes.gone || aliases?.gone || concurrency?.kind === "gone") return undefined;
  const versions = await Promise.all(
    qualifiers.map(async (qualifier) => {
      const behind = isAlias(qualifier) ? versionsOf(qualifier, aliases) : known([qualifier]);
      return [qualifier, await readVersions(calls, clients, name, behind)] as const;
    }),
  );
  return { ...listing, invokes, concurrency, versions: new Map(versions) };
}

/** `$LATEST` and numbers are versions. */
function isAlias(qualifier: string): boolean {
  return !/^(\$LATEST|\d+)$/.test(qualifier);
}

async function readConcurrency(
  calls: Calls,
  { lambda }: LiveClients,
  name: string,
): Promise<Answered<number | undefined>> {
  const answered = await calls.ask("lambda:GetFunctionConcurrency", name, (options) =>
    lambda.getFunctionConcurrency({ FunctionName: name }, options),
  );
  return answered.kind === "answer" ? known(answered.value.ReservedConcurrentExecutions) : answered;
}

function readAliases(
  calls: Calls,
  { lambda }: LiveClients,
  name: string,
): Promise<Listed<AliasConfiguration>> {
  return calls.list(
    "lambda:ListAliases",
    name,
    (Marker, options) => lambda.listAliases({ FunctionName: name, Marker }, options),
    ({ Aliases, NextMarker }) => ({ items: Aliases, next: NextMarker }),
  );
}

/** A weighted alias calls its additional versions too. */
function versionsOf(
  alias: string,
  aliases: Listed<AliasConfiguration> | undefined,
): Answered<readonly string[]> {
  const found = aliases?.items.find(({ Name }) => Name === alias);
  if (found?.FunctionVersion !== undefined)
    return known([
      found.FunctionVersion,
      ...Object.keys(found.RoutingConfig?.AdditionalVersionWeights ?? {}),
    ]);
  return aliases?.reason === undefined ? { kind: "gone" } : { kind: "unknown", reason: aliases.reason };
}

async function readVersions(
  calls: Calls,
  { lambda }: LiveClients,
  name: string,
  behind: Answered<readonly string[]>,
): Promise<Answered<readonly SeenVersion[]>> {
  if (behind.kind !== "answer") return behind;
  const seen = await Promise.all(
    behind.value.map(async (version) => ({
      version,
      answered: await calls.ask("lambda:GetFunctionConfiguration", `${name}:${version}`, (options) =>
        lambda.getFunctionConfiguration({ FunctionName: name, Qualifier: version }, options),
      ),
    })),
  );
  const versions: SeenVersion[] = [];
  for (const { version, answered } of seen) {
    if (answered.kind !== "answer") return answered;
    versions.push({ version, configuration: answered.value });
  }
  return known(versions);
}

function known<T>(value: T): Answered<T> {
  return { kind: "answer", value };
}
