/**
 * The crash matrix: every point × every kind of effect × every store, each in a process killed exactly there.
 * `npm run evidence:matrix`, `npm run evidence:matrix -- --store postgres --no-write`. Exit code 1 when a cell is not as promised.
 */

import { parseArgs } from "node:util";
import { inWords, KINDS, POINT_NAMES, POINTS } from "./crash/points.ts";
import { type Result, runMatrix } from "./crash/run.ts";
import { load, table, writeEvidence } from "./evidence.ts";
import { PLACE_NAMES, type PlaceName } from "./places.ts";
import { SERVICES } from "./services.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: { store: { type: "string", multiple: true }, write: { type: "boolean", default: true } },
});
const stores = PLACE_NAMES.filter((name) => values.store?.includes(name) ?? true);
const cells = POINT_NAMES.flatMap((point) => KINDS.map((kind) => [point, kind] as const));
const loadBefore = load();
const startedMs = performance.now();

const results: Result[] = [];
for (const place of stores) {
  const service = await SERVICES[place](process.env);
  try {
    let done = 0;
    results.push(
      ...(await runMatrix({
        place,
        url: service.url,
        cells,
        onResult: (result) => {
          done += 1;
          const { point, kind, found, expected, ok } = result;
          if (!ok)
            process.stdout.write(
              `${place} × ${point} × ${kind}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}\n`,
            );
          if (done % 10 === 0) process.stderr.write(`${place}: ${done} of ${cells.length}\n`);
        },
      })),
    );
  } finally {
    await service.stop();
  }
}

function tableOf(place: PlaceName): string {
  const cell = (point: string, kind: string): string => {
    const result = results.find((one) => one.place === place && one.point === point && one.kind === kind);
    if (!result) return "not run";
    return result.ok ? inWords(result.found) : `**WRONG** ${inWords(result.found)}`;
  };
  const rows = POINT_NAMES.map((point) => [point, ...KINDS.map((kind) => cell(point, kind))]);
  return `### ${place}\n\n${table(["killed", ...KINDS], rows)}`;
}

const wrong = results.filter(({ ok }) => !ok).length;
const text = [
  `${results.length} kills, ${results.length - wrong} as promised, ${wrong} not; ${Math.round((performance.now() - startedMs) / 1_000)} s.`,
  ...stores.map(tableOf),
  table(
    ["killed", "that is"],
    POINT_NAMES.map((point) => [point, POINTS[point]]),
  ),
].join("\n\n");
process.stdout.write(`${text}\n`);
if (values.write) writeEvidence({ section: "matrix", command: "npm run evidence:matrix", loadBefore, text });
process.exitCode = wrong === 0 ? 0 : 1;
