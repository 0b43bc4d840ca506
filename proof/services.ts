/** The services of proofs that are run from the command line: found or started, as the tests' are. */

import { startDynamodb } from "../test/services/dynamodb.ts";
import type { Service } from "../test/services/found.ts";
import { startPostgres } from "../test/services/postgres.ts";
import type { PlaceName } from "./places.ts";

const none = async (): Promise<Service> => ({ url: "", stop: async () => {} });

export const SERVICES: Readonly<
  Record<PlaceName, (env: Readonly<Record<string, string | undefined>>) => Promise<Service>>
> = { sqlite: none, postgres: startPostgres, dynamodb: startDynamodb };
