/** What the proxy knows of every receipt handle that went through it: until when it is good, and whose it is. */

export interface Handle {
  readonly messageId: string;
  deadlineAtMs: number;
}

/** Handles stay known this long after their message was last seen: longer than any visibility timeout a local test has. */
const KEEP_MS = 3_600_000;

export class Handles {
  readonly #handles = new Map<string, Handle>();
  readonly #deleted = new Set<string>();

  received(handle: string, of: Handle): void {
    const oldest = Date.now() - KEEP_MS;
    for (const [known, { deadlineAtMs }] of this.#handles) {
      if (deadlineAtMs > oldest) break;
      this.#handles.delete(known);
    }
    this.#handles.set(handle, of);
  }

  expired(handle: unknown): handle is string {
    const known = this.#known(handle);
    return known !== undefined && Date.now() >= known.deadlineAtMs;
  }

  /** Somebody has deleted the message, with this handle or with another. */
  gone(handle: unknown): boolean {
    const known = this.#known(handle);
    return known !== undefined && this.#deleted.has(known.messageId);
  }

  moved(handle: unknown, visibilitySeconds: number): void {
    const known = this.#known(handle);
    if (known) known.deadlineAtMs = Date.now() + visibilitySeconds * 1_000;
  }

  deleted(handle: unknown): void {
    const known = this.#known(handle);
    if (known) this.#deleted.add(known.messageId);
  }

  #known(handle: unknown): Handle | undefined {
    return typeof handle === "string" ? this.#handles.get(handle) : undefined;
  }
}
