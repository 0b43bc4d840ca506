/** Where the tests look for a Chromium. */

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findChromium, installed } from "./chromium.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-chromium-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("takes the one that is named, and says so when it cannot be run", async () => {
  const path = join(folder, "mine");
  await expect(findChromium({ CHROMIUM_PATH: path })).rejects.toThrow(`CHROMIUM_PATH names ${path}`);

  writeFileSync(path, "");
  chmodSync(path, 0o755);
  expect((await findChromium({ CHROMIUM_PATH: path })).url).toBe(path);
});

it("takes the first on PATH that can be run", () => {
  const path = join(folder, "google-chrome");
  writeFileSync(join(folder, "chromium"), "");
  chmodSync(join(folder, "chromium"), 0o644);
  writeFileSync(path, "");
  chmodSync(path, 0o755);

  expect(installed({ PATH: ["nowhere", folder].join(delimiter) })).toBe(path);
});
