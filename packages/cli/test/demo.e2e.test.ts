/** The demo as a whole, on SQLite: what it prints, what it leaves behind, and how it is interrupted. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DemoReport } from "../src/demo/report.ts";
import type { PictureData } from "../src/picture/data.ts";
import { traffic } from "../src/demo/traffic.ts";
import { effectivelyOnce } from "./support.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Processes that descend from `pid`, as Linux tells them. */
function descendants(pid: number): number[] {
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // The name in parentheses may hold anything; the parent's id is the second field after it.
        return Number(readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1)?.split(" ")[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
  return [...children, ...children.flatMap(descendants)];
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("demo", () => {
  it("A-01 · A-02 · A-04 · B-02 · C-01 · prints the pinned JSON; the guarded side doubles and loses nothing, the naive ones double", async () => {
    const path = join(folder, "kept.db");
    const { code, out, err } = await effectivelyOnce([
      ...["demo", "--seed", "11", "--messages", "80", "--json", "--keep", "--store-url", `sqlite:${path}`],
      ...["--html", join(folder, "demo.html")],
    ]).ended;
    const report = JSON.parse(out) as DemoReport;
    expect(report).toMatchObject({ schemaVersion: 1, seed: 11, store: "sqlite" });
    const messages = traffic(80, 11).length;
    for (const side of [report.naive, report.naiveKeyed, report.guarded]) {
      expect(Object.keys(side)).toEqual(
        expect.arrayContaining(["messages", "deliveries", "effects", "duplicatedEffects", "lost"]),
      );
      expect(side.messages).toBe(messages);
      expect(side.deliveries).toBeGreaterThan(messages);
    }
    expect(report.naive.duplicatedEffects).toBeGreaterThan(0);
    expect(report.naiveKeyed.duplicatedEffects).toBeGreaterThan(0);
    expect(report.guarded).toMatchObject({ effects: 160, duplicatedEffects: 0, lost: 0, inDoubt: 0 });
    expect(report.guarded.verdicts["first"]).toBeGreaterThan(0);
    expect(report.guarded.verdicts["duplicate"]).toBeGreaterThan(0);
    expect(err).toContain("seed 11");
    expect(err).toMatch(/\d+ s: naive \d+ left/);
    expect(code).toBe(0);
    // The picture has every delivery that was counted, and the same numbers.
    expect(err).toContain(`picture: ${join(folder, "demo.html")}`);
    const html = readFileSync(join(folder, "demo.html"), "utf8");
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "") as PictureData;
    expect(data.sections.map(({ id }) => id)).toEqual(["naive", "naiveKeyed", "guarded"]);
    for (const { id, summary, messages: lanes } of data.sections) {
      const side = report[id as "naive" | "naiveKeyed" | "guarded"];
      expect(lanes.length).toBe(80);
      expect(lanes.flatMap(({ deliveries }) => deliveries)).toHaveLength(summary.deliveries);
      expect(summary.deliveries).toBe(side.deliveries);
      expect(summary.figures?.find(({ label }) => label === "doubled effects")?.value).toBe(
        side.duplicatedEffects,
      );
    }
    const [naive, , guarded] = data.sections;
    expect(naive?.summary.repeatedRuns).toBeGreaterThan(0);
    expect(guarded?.summary).toMatchObject({ repeatedRuns: 0 });
    expect(guarded?.summary.suppressed).toBeGreaterThan(0);
    expect(JSON.stringify(data)).toContain("killedAtMs");
    // What was kept is what was counted.
    const orders = /kept guarded: .* tables (\w+) and/.exec(err)?.[1] ?? "";
    const db = new DatabaseSync(path, { readOnly: true });
    expect(db.prepare(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM ${orders}`).get()).toEqual({
      n: 80,
      d: 80,
    });
    db.close();
  }, 240_000);

  it("is interrupted cleanly: no process, no file is left, exit code 130", async () => {
    const temp = mkdtempSync(join(folder, "tmp-"));
    const run = effectivelyOnce(["demo", "--messages", "40"], { TMPDIR: temp });
    await run.said(/s: naive/);
    const processes = descendants(run.child.pid as number);
    expect(processes.length).toBeGreaterThan(0);
    run.child.kill("SIGINT");
    const { code, out } = await run.ended;
    expect(code).toBe(130);
    expect(out).toBe("");
    expect(readdirSync(temp)).toEqual([]);
    expect(processes.filter(alive)).toEqual([]);
  }, 240_000);

  it("removes only what it made in a file that was there before", async () => {
    const path = join(folder, "mine.db");
    const mine = new DatabaseSync(path);
    mine.exec("CREATE TABLE IF NOT EXISTS mine (id TEXT); INSERT INTO mine VALUES ('a')");
    mine.close();
    const run = effectivelyOnce([
      "demo",
      "--seed",
      "11",
      "--messages",
      "60",
      "--store-url",
      `sqlite:${path}`,
    ]);
    await run.said(/s: naive/);
    run.child.kill("SIGTERM");
    expect((await run.ended).code).toBe(130);
    const after = new DatabaseSync(path, { readOnly: true });
    expect(after.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()).toEqual([
      { name: "mine" },
    ]);
    after.close();
    expect(readdirSync(folder).filter((name) => name.startsWith("mine-"))).toEqual([]);
  }, 240_000);
});
