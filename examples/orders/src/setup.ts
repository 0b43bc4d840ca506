/** Run once per database, before the first deployment: `npm run setup`. */

import { openDatabase } from "./database.ts";

const database = openDatabase(process.env);
await database.setup();
// One clear error now, rather than one per message later.
await database.store.check();
await database.close();
console.log("the tables are there");
