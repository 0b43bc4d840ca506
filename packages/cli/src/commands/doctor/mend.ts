/** `--fix`: writes what can be mended safely, and checks what then is there. `--dry-run` only shows it. */

import type { Answer } from "../../command.ts";
import { disk, type Files } from "../../facts/files.ts";
import { diff } from "../../fix/diff.ts";
import { applyEdits, type Edit } from "../../fix/edit.ts";
import { planFixes } from "../../fix/plan.ts";
import { writeEdited } from "../../fix/write.ts";
import type { Call } from "../../options.ts";
import type { Asked } from "../../report/formats.ts";
import { type Audit, audited, readInputs } from "./audit.ts";
import { conclude } from "./conclude.ts";
import type { DoctorSettings } from "./settings.ts";

/** One change can call for another: a longer visibility for a longer retention. Rules that chase each other end here. */
const MAX_ROUNDS = 4;

export async function mend(call: Call, settings: DoctorSettings, formats: readonly Asked[]): Promise<Answer> {
  const dry = call.flag("dry-run");
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  // What is planned is laid over the disk, so that a dry run goes as far as a real one.
  const laid: Files = {
    text: (path) => after.get(path) ?? disk.text(path),
    names: (folder) => disk.names(folder),
  };
  const done: Edit[] = [];
  const skipped: string[] = [];
  let audit = await look(call, settings, laid);
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const plan = await planFixes(audit.report.checked.findings, laid);
    skipped.splice(
      0,
      skipped.length,
      ...plan.skipped.map(({ finding, reason }) => `${finding.rule.id}: ${reason}`),
    );
    if (plan.edits.length === 0) break;
    for (const [file, edits] of Map.groupBy(plan.edits, (edit) => edit.file)) {
      const text = laid.text(file) ?? "";
      if (!before.has(file)) before.set(file, text);
      after.set(file, applyEdits(text, edits));
    }
    done.push(...plan.edits);
    audit = await look(call, settings, laid);
  }
  const changed = [...before].filter(([file, text]) => after.get(file) !== text);
  if (!dry)
    for (const [file, text] of changed)
      writeEdited(process.cwd(), file, text, [
        { start: 0, end: text.length, text: after.get(file) ?? text } as Edit,
      ]);
  const said = dry
    ? changed.map(([file, text]) => diff(file, text, after.get(file) ?? text))
    : changed.map(([file]) => `${call.output.paint("green", "mended")} ${file}: ${rulesOf(done, file)}\n`);
  for (const reason of skipped) call.output.note(`not mended: ${reason}`);
  const fixed = changed.map(([file]) => ({
    file,
    written: !dry,
    rules: [...new Set(done.filter((edit) => edit.file === file).flatMap(rules))].toSorted(),
  }));
  if (said.length > 0) said.push("\n");
  return conclude(call, settings, formats, { ...audit, said, more: { fixed } });
}

async function look(call: Call, settings: DoctorSettings, files: Files): Promise<Audit> {
  return audited(await readInputs(call, settings, files), settings, call, files);
}

function rules({ finding, also = [] }: Edit): readonly string[] {
  return [finding, ...also].map(({ rule }) => rule.id);
}

function rulesOf(edits: readonly Edit[], file: string): string {
  return [...new Set(edits.filter((edit) => edit.file === file).flatMap(rules))].toSorted().join(", ");
}
