/** The virtual queue against AWS's own rules. */

import { describe, expect, it } from "vitest";
import { type QueueRules, SimQueue } from "../../src/sim/queue.ts";

const rules: QueueRules = { fifo: false, visibilityMs: 30_000, maxReceives: 3 };
const none = (): void => {};
const ids = (messages: readonly { id: string }[]): string[] => messages.map(({ id }) => id);

describe("the virtual queue", () => {
  it("hands a message out again when its visibility timeout is over, with a new handle and a higher count", () => {
    const queue = new SimQueue(rules);
    queue.send("a", undefined, 0);
    const [first] = queue.receive(0, 10, false, none);
    expect(queue.receive(29_999, 10, false, none)).toEqual([]);
    expect(queue.nextMs(0)).toBe(30_000);
    const [second] = queue.receive(30_000, 10, false, none);
    expect(second).toMatchObject({ id: first?.id, receives: 2 });
    expect(second?.handle).not.toBe(first?.handle);
  });

  it("deletes by an expired handle until the message is received again, and then not", () => {
    const queue = new SimQueue(rules);
    queue.send("a", undefined, 0);
    queue.send("b", undefined, 0);
    const [a, b] = queue.receive(0, 10, false, none);
    expect(queue.delete(a?.handle ?? "", 31_000)?.id).toBe(a?.id);
    queue.receive(31_000, 10, false, none);
    expect(queue.delete(b?.handle ?? "", 31_001)).toBeUndefined();
  });

  it("refuses a FIFO queue's delete by a handle whose time is over", () => {
    const queue = new SimQueue({ ...rules, fifo: true });
    queue.send("a", "g", 0);
    const [a] = queue.receive(0, 10, false, none);
    expect(queue.delete(a?.handle ?? "", 31_000)).toBeUndefined();
  });

  it("moves the visibility of what is in flight only, and for no more than twelve hours", () => {
    const queue = new SimQueue(rules);
    queue.send("a", undefined, 0);
    const handle = queue.receive(0, 10, false, none)[0]?.handle ?? "";
    expect(queue.move(handle, 60_000, 10_000)).toBeUndefined();
    expect(queue.nextMs(10_000)).toBe(70_000);
    expect(queue.move(handle, 43_200_000, 20_000)).toBe("InvalidParameterValue");
    expect(queue.move(handle, 1_000, 70_000)).toBe("MessageNotInflight");
    expect(queue.move("other", 1_000, 20_000)).toBe("ReceiptHandleIsInvalid");
  });

  it("moves to the dead-letter queue what was received too often, and redrives it under a new id", () => {
    const queue = new SimQueue({ ...rules, maxReceives: 1 });
    queue.send("a", undefined, 0);
    const dead: string[] = [];
    const [a] = queue.receive(0, 10, false, none);
    expect(queue.receive(30_000, 10, false, ({ id }) => void dead.push(id))).toEqual([]);
    expect(dead).toEqual([a?.id]);
    expect(queue.nextMs(30_000)).toBeUndefined();
    queue.redrive(40_000);
    const [again] = queue.receive(40_000, 10, false, none);
    expect(again).toMatchObject({ body: "a", receives: 1 });
    expect(again?.id).not.toBe(a?.id);
  });

  it("hands out a group of a FIFO queue in order, and nothing of it while any of it is in flight", () => {
    const queue = new SimQueue({ ...rules, fifo: true });
    for (const [body, group] of [
      ["a", "g"],
      ["b", "h"],
      ["c", "g"],
      ["d", "g"],
    ] as const)
      queue.send(body, group, 0);
    const first = queue.receive(0, 2, false, none);
    expect(first.map(({ body }) => body)).toEqual(["a", "b"]);
    expect(queue.receive(1, 10, false, none)).toEqual([]);
    queue.delete(first[0]?.handle ?? "", 2);
    expect(queue.receive(3, 10, false, none).map(({ body }) => body)).toEqual(["c", "d"]);
  });

  it("hands out a copy of what is in flight when a standard queue is to, and never of a FIFO queue", () => {
    const standard = new SimQueue(rules);
    standard.send("a", undefined, 0);
    standard.receive(0, 10, false, none);
    expect(ids(standard.receive(1, 10, true, none))).toHaveLength(1);
    const fifo = new SimQueue({ ...rules, fifo: true });
    fifo.send("a", "g", 0);
    fifo.receive(0, 10, false, none);
    expect(fifo.receive(1, 10, true, none)).toEqual([]);
  });
});
