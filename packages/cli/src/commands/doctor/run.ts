/** One call of the doctor, from what was named to what is printed. */

import { setFlagsFromString } from "node:v8";
import type { Answer } from "../../command.ts";
import type { Call } from "../../options.ts";
import { parseFormats } from "../../report/formats.ts";
import { Usage } from "../../usage.ts";
import { audited, readInputs } from "./audit.ts";
import { conclude } from "./conclude.ts";
import { doctorSettings } from "./settings.ts";

export async function run(call: Call): Promise<Answer> {
  if (call.flag("policy")) return await policy();
  const settings = doctorSettings(call);
  checkOptions(call);
  // What is read makes much garbage, most of it at once. A nursery that does not grow takes a half of the memory, and no more
  // time: 500 templates in 172 MB instead of 307.
  setFlagsFromString("--semi-space-growth-factor=1");
  const formats = parseFormats(call.list("format"), call.flag("json"));
  if (call.flag("live")) return await (await import("./live.ts")).runLive(call, settings, formats);
  if (call.flag("fix")) return await (await import("./mend.ts")).mend(call, settings, formats);
  const inputs = await call.output.during("reading", readInputs(call, settings));
  const audit = audited(inputs, settings, call);
  return conclude(call, settings, formats, audit);
}

function checkOptions(call: Call): void {
  const without = (name: string, needed: string): void => {
    if (call.flag(name) && !call.flag(needed)) throw new Usage(`--${name} is for --${needed}.`);
  };
  without("dry-run", "fix");
  if (call.flag("fix") && call.flag("live"))
    throw new Usage("--fix edits files, and --live reads an account: mend the template, and deploy it.");
  if (call.flag("fix") && call.positionals.includes("-"))
    throw new Usage("--fix edits files in place, and stdin is none. Name the file.");
  if (call.text("days") !== undefined && !call.flag("live")) throw new Usage("--days is for --live.");
}

async function policy(): Promise<Answer> {
  const { LIVE_POLICY, livePolicy } = await import("../../facts/live/policy.ts");
  const text = livePolicy();
  return { exitCode: 0, data: { policy: LIVE_POLICY }, text: text.endsWith("\n") ? text : `${text}\n` };
}
