/** The process that is killed: one delivery of one cell, given as JSON. It does not reach its end. */

import { type Cell, deliverAndDie } from "./deliver.ts";

await deliverAndDie(JSON.parse(process.argv[2] ?? "") as Cell);
