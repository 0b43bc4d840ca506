/** A file for what does not fit into memory, that nobody else sees: it has no name any more once it is open, so that not even a kill leaves it behind. */

import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Usage } from "../../usage.ts";

/** A piece that was written. */
export interface Piece {
  readonly offset: number;
  readonly bytes: number;
}

export class SpillFile {
  readonly #folder: string;
  #fd: number | undefined;
  #end = 0;
  /** Where the system does not let an open file go without its name. */
  #named: (() => void) | undefined;

  constructor(folder: string = tmpdir()) {
    this.#folder = folder;
  }

  get bytes(): number {
    return this.#end;
  }

  /** @throws Usage when there is no room, or no folder to write in */
  append(data: Buffer): Piece {
    try {
      this.#fd ??= this.#open();
      const offset = this.#end;
      for (let done = 0; done < data.length;)
        done += writeSync(this.#fd, data, done, data.length - done, offset + done);
      this.#end += data.length;
      return { offset, bytes: data.length };
    } catch (error) {
      throw noRoom(error, this.#folder);
    }
  }

  read({ offset, bytes }: Piece): Buffer {
    if (this.#fd === undefined) throw new Error("nothing was written yet");
    const data = Buffer.allocUnsafe(bytes);
    for (let done = 0; done < bytes;) {
      const more = readSync(this.#fd, data, done, bytes - done, offset + done);
      if (more === 0) throw new Error("a temporary file is shorter than what was written to it");
      done += more;
    }
    return data;
  }

  /** Gives its room back; it can be written to anew. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#end = 0;
    this.#named?.();
    this.#named = undefined;
  }

  #open(): number {
    const path = join(this.#folder, `effectively-once-${randomUUID()}.tmp`);
    const fd = openSync(path, "wx+", 0o600);
    const remove = (): void => rmSync(path, { force: true });
    try {
      remove();
    } catch {
      process.once("exit", remove);
      this.#named = () => {
        process.off("exit", remove);
        remove();
      };
    }
    return fd;
  }
}

function noRoom(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT")
    return new Usage(
      `there is no room in ${folder}: logs of this size need about as much room as they have bytes, for a while. Set TMPDIR to a folder that has it.`,
    );
  if (code === "EACCES" || code === "EROFS" || code === "ENOENT" || code === "EPERM")
    return new Usage(`${folder} cannot be written to (${code}). Set TMPDIR to a folder that can.`);
  return error;
}
