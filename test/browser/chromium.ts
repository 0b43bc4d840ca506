/** The Chromium that tests use: the system's, Debian's where a CI machine is root of its own, or one that is fetched into a cache folder. */

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join, resolve } from "node:path";
import { isCi, type Service } from "../services/found.ts";

export const HOW_TO_CHROMIUM =
  "Install Chromium or Chrome (apt-get install chromium), or name one by CHROMIUM_PATH.";

const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "chrome-headless-shell",
];
const USUAL = [
  "/usr/lib/chromium/chromium",
  "/snap/bin/chromium",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];
const FETCHED_WITHIN_MS = 300_000;
/** Of this repository, so that nothing is left elsewhere on the machine. */
const CACHE = resolve(import.meta.dirname, "../../.cache/browsers");

type Env = Readonly<Record<string, string | undefined>>;

/** Its `url` is the path of the executable. */
export async function findChromium(env: Env): Promise<Service> {
  const { CHROMIUM_PATH: given } = env;
  if (given && !runs(given)) throw new Error(`CHROMIUM_PATH names ${given}, which cannot be run`);
  const path = given || installed(env) || packaged(env) || fetched();
  return { url: path, stop: async () => {} };
}

/** On `PATH`, then in the usual places. */
export function installed({ PATH = "" }: Env): string | undefined {
  const onPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...USUAL].find(runs);
}

function runs(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** From Debian's packages; on a machine of somebody's own nothing is installed unasked. */
function packaged(env: Env): string | undefined {
  if (!isCi(env) || process.getuid?.() !== 0 || !runs("/usr/bin/apt-get")) return undefined;
  const options = { stdio: "ignore", timeout: FETCHED_WITHIN_MS } as const;
  const packages = ["chromium", "fonts-liberation"];
  spawnSync("/usr/bin/apt-get", ["update"], options);
  spawnSync("/usr/bin/apt-get", ["install", "--yes", "--no-install-recommends", ...packages], {
    ...options,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return installed(env);
}

/** By playwright-core's own installer, which knows which build fits its version. */
function fetched(): string {
  const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: CACHE };
  const cli = join(dirname(createRequire(import.meta.url).resolve("playwright-core/package.json")), "cli.js");
  const install = [cli, "install", "chromium-headless-shell"];
  const { status, error } = spawnSync(process.execPath, install, {
    env,
    stdio: "ignore",
    timeout: FETCHED_WITHIN_MS,
  });
  if (status !== 0)
    throw new Error(
      `none is installed, and none could be fetched (${error?.message ?? `exit code ${status}`})`,
    );
  const where = spawnSync(process.execPath, [...install, "--dry-run"], { env, encoding: "utf8" }).stdout;
  const folder = /Install location:\s+(.*chromium.*)/.exec(where)?.[1]?.trim() ?? "";
  const path = [
    "chrome-headless-shell-linux64",
    "chrome-headless-shell-mac-arm64",
    "chrome-headless-shell-mac-x64",
    "chrome-headless-shell-win64",
    "chrome-linux",
  ]
    .flatMap((inner) =>
      ["chrome-headless-shell", "chrome-headless-shell.exe", "headless_shell"].map((name) =>
        join(folder, inner, name),
      ),
    )
    .find(existsSync);
  if (path === undefined) throw new Error(`it was fetched into ${folder}, and is not found there`);
  return path;
}
