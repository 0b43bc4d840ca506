/** Writes edited files: whole or not at all, and only within the folder that was audited. */

import {
  chmodSync,
  lstatSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, isAbsolute, join, relative, sep } from "node:path";
import { InputProblem } from "../facts/files.ts";
import { applyEdits, type Edit } from "./edit.ts";

const MARK = "\uFEFF";

/**
 * The text of one file, edited; a byte order mark and the file's mode stay. Through a symbolic link the file behind it is
 * written, when that is in the folder.
 *
 * @param before the text that the edits were planned for, without a byte order mark
 * @throws InputProblem when the file is outside of `folder`, is no UTF-8, has changed meanwhile or cannot be written
 */
export function writeEdited(folder: string, file: string, before: string, edits: readonly Edit[]): void {
  const path = isAbsolute(file) ? file : join(folder, file);
  const target = within(folder, path, file);
  const bytes = readFileSync(target);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputProblem(`${file} is not UTF-8, and is not edited: some of its bytes would change.`);
  }
  const mark = text.startsWith(MARK) ? MARK : "";
  if (text.slice(mark.length) !== before)
    throw new InputProblem(`${file} has changed since it was read, and is not edited: run the doctor again.`);
  replace(target, mark + applyEdits(before, edits), file);
}

function within(folder: string, path: string, file: string): string {
  let target: string;
  try {
    target = realpathSync(path);
  } catch (error) {
    throw new InputProblem(`${file} cannot be edited: ${(error as Error).message}.`);
  }
  const from = relative(realpathSync(folder), target);
  if (from === ".." || from.startsWith(`..${sep}`) || isAbsolute(from))
    throw new InputProblem(
      lstatSync(path).isSymbolicLink()
        ? `${file} is a symbolic link to ${target}, outside of ${folder}, and is not edited: edit that file itself.`
        : `${file} is outside of ${folder}, and is not edited: run the doctor in its folder.`,
    );
  return target;
}

function replace(target: string, text: string, file: string): void {
  const { mode } = statSync(target);
  const aside = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    writeFileSync(aside, text, { flag: "wx", mode });
    // The process's mask may have taken something from it.
    chmodSync(aside, mode & 0o7777);
    renameSync(aside, target);
  } catch (error) {
    rmSync(aside, { force: true });
    throw new InputProblem(`${file} cannot be written: ${(error as Error).message}.`);
  }
}
