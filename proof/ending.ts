/** What a proof has started ends with it, by Ctrl-C as well: servers, child processes, copies of the workspace. */

const open = new Set<() => unknown>();
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;
let listening = false;

/** @returns what takes it back, once it has ended by itself */
export function whenInterrupted(end: () => unknown): () => void {
  if (!listening)
    for (const [signal, exitCode] of Object.entries(SIGNALS))
      process.once(signal, () => {
        // The last one first; what fails to end must not keep the others.
        const ended = [...open].toReversed().map(async (one) => await one());
        void Promise.allSettled(ended).then(() => process.exit(exitCode));
      });
  listening = true;
  open.add(end);
  return () => void open.delete(end);
}
