/** Runs cells of the matrix: a child is killed, the lease of the dead is aged, its message is delivered again, and again. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordId } from "../../packages/runtime/src/core/key.ts";
import { type PlaceAt, type PlaceName, PLACES } from "../places.ts";
import { type Cell, deliver, NAMESPACE } from "./deliver.ts";
import { expected, type Found, type Kind, type Point } from "./points.ts";

export interface Result {
  readonly place: PlaceName;
  readonly point: Point;
  readonly kind: Kind;
  readonly found: Found;
  readonly expected: Found;
  readonly ok: boolean;
}

export interface MatrixOptions {
  readonly place: PlaceName;
  /** A service's address; for SQLite nothing. */
  readonly url: string;
  readonly cells: readonly (readonly [Point, Kind])[];
  /** Children at a time. @default 2 */
  readonly concurrency?: number;
  readonly onResult?: (result: Result) => void;
}

export async function runMatrix(options: MatrixOptions): Promise<readonly Result[]> {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-matrix-"));
  const at: PlaceAt = {
    url: options.place === "sqlite" ? join(folder, "matrix.db") : options.url,
    name: `once_matrix_${randomBytes(5).toString("hex")}`,
  };
  const place = PLACES[options.place](at);
  try {
    await place.setup();
    const waiting = options.cells.map(([point, kind], index): Cell => ({
      place: options.place,
      at,
      point,
      kind,
      id: `${index}-${point}-${kind}`,
      calls: join(folder, `calls-${index}`),
    }));
    const results: Result[] = [];
    const lane = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
        const result = await runCell(cell, place, folder);
        results.push(result);
        options.onResult?.(result);
      }
    };
    await Promise.all(Array.from({ length: options.concurrency ?? 2 }, lane));
    return results;
  } finally {
    await place.remove();
    await place.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runCell(
  cell: Cell,
  place: ReturnType<(typeof PLACES)[PlaceName]>,
  folder: string,
): Promise<Result> {
  const { kind, point } = cell;
  writeFileSync(cell.calls, "");
  await killed(cell, folder);
  await place.age(recordId(NAMESPACE, "default", [cell.id]));
  const again = await deliver(cell, place);
  const last = await deliver(cell, place);
  const lines = readFileSync(cell.calls, "utf8").split("\n").filter(Boolean);
  const found: Found = {
    verdict: again.verdict,
    last: last.verdict,
    calls: lines.length,
    keys: new Set(lines.filter((key) => key !== "-")).size,
    rows: (await place.rows()).get(cell.id) ?? 0,
    reported: again.reported,
  };
  const wanted = expected(point, kind);
  const ok = JSON.stringify(found) === JSON.stringify(wanted);
  return { place: cell.place, point, kind, found, expected: wanted, ok };
}

/** A process that reaches its end was not killed where the cell says: that is a fault of the matrix, and it says so. */
function killed(cell: Cell, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        "--conditions=@effectively-once/source",
        join(import.meta.dirname, "worker.ts"),
        JSON.stringify(cell),
      ],
      {
        stdio: ["ignore", "ignore", "pipe"],
        env: { ...process.env, NODE_COMPILE_CACHE: join(folder, "compiled") },
      },
    );
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    child.once("error", reject);
    child.once("close", (code, signal) =>
      signal === "SIGKILL"
        ? resolve()
        : reject(
            new Error(
              `${cell.place} × ${cell.point} × ${cell.kind}: the process was not killed at its point but ended with ${code ?? signal}. ${said}`,
            ),
          ),
    );
  });
}
