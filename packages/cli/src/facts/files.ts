/** How readers see the disk: nested stacks, modules, assemblies. Tests give their own. */

import { readdirSync, readFileSync, statSync } from "node:fs";

export interface Files {
  /** `undefined`: there is no such file, or it is a folder. @throws InputProblem when it cannot be read or is too large */
  text(path: string): string | undefined;
  /** Names in a folder, sorted; `[]` when there is no such folder. */
  names(folder: string): readonly string[];
}

/** A file that was asked for and cannot be audited: exit code 2. Its message is a sentence that names the file and what to do. */
export class InputProblem extends Error {
  override readonly name = "InputProblem";
}

/**
 * CloudFormation takes no template above 1 MB
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html); a Terraform plan may be larger.
 */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

export const disk: Files = {
  text(path) {
    let bytes: Buffer;
    try {
      const { size } = statSync(path);
      if (size > MAX_FILE_BYTES)
        throw new InputProblem(
          `${path} has ${Math.round(size / 1024 / 1024)} MB, and is not read: files up to ${MAX_FILE_BYTES / 1024 / 1024} MB are.`,
        );
      bytes = readFileSync(path);
    } catch (error) {
      if (error instanceof InputProblem) throw error;
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "EISDIR" || code === "ENOTDIR") return undefined;
      throw new InputProblem(`${path} cannot be read: ${message}.`);
    }
    if (bytes.subarray(0, 8_192).includes(0))
      throw new InputProblem(`${path} is a binary file, not a template.`);
    return bytes.toString("utf8").replace(/^\uFEFF/, "");
  },
  names(folder) {
    try {
      return readdirSync(folder).toSorted();
    } catch {
      return [];
    }
  },
};
