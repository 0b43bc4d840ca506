/** `--live`: the account as it is; with paths, where it differs from what the templates say. */

import type { Answer } from "../../command.ts";
import { drift } from "../../drift/drift.ts";
import { driftText } from "../../drift/text.ts";
import { readLive } from "../../facts/live/read.ts";
import { withConfigured } from "../../facts/code/configured.ts";
import type { Call } from "../../options.ts";
import type { Asked } from "../../report/formats.ts";
import { Usage } from "../../usage.ts";
import { audited, readInputs } from "./audit.ts";
import { conclude } from "./conclude.ts";
import type { DoctorSettings } from "./settings.ts";

const MAX_DAYS = 455;

export async function runLive(
  call: Call,
  settings: DoctorSettings,
  formats: readonly Asked[],
): Promise<Answer> {
  const aws = call.aws();
  const regions = regionsOf(aws.region);
  const days = call.whole("days", 1, MAX_DAYS);
  let step = "";
  const reading = readLive({
    regions,
    settings: aws,
    signal: call.interrupted,
    ...(days === undefined ? {} : { days }),
    onProgress: ({ region, step: at, done, of }) => {
      step = `${region}: ${at} ${done}${of === undefined ? "" : ` of ${of}`}`;
    },
  });
  const live = await call.output.during(
    () => `reading the account${step === "" ? "" : `, ${step}`}`,
    reading,
  );
  for (const { action, what, region, message } of live.refused)
    call.output.warn(`not allowed in ${region}: ${action}${what === "" ? "" : ` (${what})`}: ${message}`);
  if (live.refused.length > 0)
    call.output.note("effectively-once doctor --policy prints all that --live needs.");
  const named = call.positionals.length > 0;
  const templates = named ? await readInputs(call, settings) : { facts: [], problems: [] };
  const facts = live.facts.map((one) => withConfigured(one, settings.idempotency));
  const audit = audited({ facts, problems: templates.problems }, settings, call);
  const refused = { refused: live.refused };
  if (!named)
    return conclude(call, settings, formats, { ...audit, more: refused, cannotSee: live.allRefused });
  const items = drift(templates.facts, live.facts);
  return conclude(call, settings, formats, {
    ...audit,
    said: [driftText(items, (style, text) => call.output.paint(style, text)), "\n"],
    more: { ...refused, drift: items },
    cannotSee: live.allRefused,
  });
}

/** `undefined`: the SDK would look into the profile, and here its answer is needed before. */
function regionsOf(region: string | undefined): readonly string[] {
  const regions = (region ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (regions.length > 0) return regions;
  throw new Usage("--live needs a region: give --region eu-west-1 (several by commas), or set AWS_REGION.");
}
