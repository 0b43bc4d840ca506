/** A ledger's file as pieces of text: plain or packed, UTF-8 or UTF-16, without its byte order mark. */

import { Usage } from "../../usage.ts";
import { bytesOf } from "../input/bytes.ts";

/** @throws Usage for a file that cannot be read, and for one that ends before its end: a part of it would give wrong sums */
export async function* textsOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const unpacked = { truncated: false };
  const decoder = new TextDecoder("utf-8");
  try {
    for await (const chunk of bytesOf(path, process.stdin, signal, () => {}, unpacked))
      yield decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (signal.aborted || error instanceof Usage || !(error instanceof Error) || !("code" in error))
      throw error;
    throw new Usage(`--ledger ${path} cannot be read: ${error.message}.`);
  }
  if (unpacked.truncated) throw new Usage(`--ledger ${path} is cut off or damaged: its sums would be wrong.`);
  yield decoder.decode();
}
