/** `--html <file>`: refused before the work when it cannot be written, written after it. */

import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Usage } from "../usage.ts";
import type { PictureData } from "./data.ts";

/**
 * Loads what draws, and looks whether the file can be written; touches nothing.
 *
 * @returns what writes the picture, and answers the file's name
 * @throws Usage for a file that cannot be written
 */
export async function pictureFile(file: string): Promise<(data: PictureData) => string> {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (file === "" || stat?.isDirectory())
    throw new Usage(`--html names the file that gets the picture, such as picture.html, got "${file}".`);
  try {
    accessSync(stat ? file : dirname(file), constants.W_OK);
  } catch (error) {
    throw new Usage(`--html ${file} cannot be written: ${(error as Error).message}.`);
  }
  const { pictureOf } = await import("./picture.ts");
  return (data) => {
    try {
      writeFileSync(file, pictureOf(data));
    } catch (error) {
      throw new Usage(`--html ${file} cannot be written: ${(error as Error).message}.`);
    }
    return file;
  };
}
