/** One call of `detect`, from what was named to what is printed. */

import type { Answer } from "../../command.ts";
import { diagnose } from "../../logs/diagnosis/diagnose.ts";
import { LedgerJoin } from "../../logs/ledger/join.ts";
import { jsonReport } from "../../logs/report/json.ts";
import { prettyReport } from "../../logs/report/pretty.ts";
import type { DetectReport } from "../../logs/report/report.ts";
import type { Call } from "../../options.ts";
import { pictureFile } from "../../picture/file.ts";
import { onlyAscii } from "../../cells.ts";
import { collect } from "./collect.ts";
import { booked } from "./ledger.ts";
import { counted, metricsOnly } from "./metrics.ts";
import { detectSettings } from "./settings.ts";
import { exitCodeOf } from "./severity.ts";

const WIDTH = 100;

export async function run(call: Call): Promise<Answer> {
  const settings = detectSettings(call, Date.now());
  if (settings.printQuery !== undefined) return (await import("./query.ts")).printQuery(settings);
  if (settings.paths.length + settings.logGroups.length === 0) return await metricsOnly(call, settings);
  // Refused before the work, not after it.
  const picture = settings.html === undefined ? undefined : await pictureFile(settings.html);
  const join = settings.ledger ? new LedgerJoin() : undefined;
  const { read, context, aggregates, keys, keysOffered } = await collect(call, settings, join);
  const { metrics, problem } = await counted(call, settings, context);
  const ledger = settings.ledger && join ? await booked(call, join, settings.ledger) : undefined;
  // A page of a picture holds more keys than a list.
  const listed = keys.slice(0, settings.limit);
  const diagnosis = diagnose(aggregates, {
    complete: context.complete,
    visibilityTimeoutSeconds: settings.visibilityTimeoutSeconds,
    timeoutSeconds: settings.timeoutSeconds,
    batchingWindowSeconds: settings.batchingWindowSeconds,
  });
  const report: DetectReport = {
    read: problem ? { ...read, problems: [...read.problems, problem] } : read,
    aggregates,
    metrics,
    keys: listed,
    keysLeftOut: keysOffered - listed.length,
    diagnosis,
    ledger,
  };
  if (picture) {
    const { pictureData } = await import("./picture.ts");
    const file = picture(
      pictureData(
        { ...report, keys, keysLeftOut: aggregates.keys - keys.length },
        settings.visibilityTimeoutSeconds,
      ),
    );
    call.output.note(`The picture is in ${file} now.`);
  }
  call.interrupted.throwIfAborted();
  return {
    exitCode: exitCodeOf(report, settings),
    data: jsonReport(report),
    text: prettyReport(report, {
      paint: (style, text) => call.output.paint(style, text),
      width: process.stdout.columns ?? WIDTH,
      ascii: onlyAscii(process.env),
    }),
  };
}
