/** The services of proofs that are run from the command line: found or started, as the tests' are. */

import { startDynamodb } from "../test/services/dynamodb.ts";
import type { Service } from "../test/services/found.ts";
import { startPostgres } from "../test/services/postgres.ts";
import { whenInterrupted } from "./ending.ts";
import type { PlaceName } from "./places.ts";

const none = async (): Promise<Service> => ({ url: "", stop: async () => {} });

type Start = (env: Readonly<Record<string, string | undefined>>) => Promise<Service>;

const ending =
  (start: Start): Start =>
  async (env) => {
    const { url, stop } = await start(env);
    const taken = whenInterrupted(stop);
    return { url, stop: async () => (taken(), await stop()) };
  };

export const SERVICES: Readonly<Record<PlaceName, Start>> = {
  sqlite: none,
  postgres: ending(startPostgres),
  dynamodb: ending(startDynamodb),
};
