/** What an account has other than its templates say. */

import { describe, expect, it } from "vitest";
import type { DriftItem } from "../../src/drift/item.ts";
import { drift } from "../../src/drift/drift.ts";
import { driftText } from "../../src/drift/text.ts";
import type { Facts, FunctionFact, MappingFact, QueueFact } from "../../src/facts/model.ts";
import { known, unknown, type Value } from "../../src/facts/value.ts";
import { at, byDefault, cases, facts, fn, literal, mapping, queue } from "../rules/support.ts";

function seen<T>(value: T): Value<T> {
  return known(value, "live");
}

function liveFunction(name: string, some: Partial<FunctionFact> = {}): FunctionFact {
  return fn({
    id: name,
    name: seen(name),
    arn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
    timeoutSeconds: seen(3),
    reservedConcurrency: seen(undefined),
    ...some,
  });
}

function liveQueue(name: string, some: Partial<QueueFact> = {}): QueueFact {
  return queue({ id: name, name: seen(name), ...some });
}

function liveMapping(from: string, to: string, some: Partial<MappingFact> = {}): MappingFact {
  return mapping({ id: `${from}-${to}`, function: seen(to), source: seen(from), sourceName: from, ...some });
}

function account(some: Partial<Facts> = {}): Facts {
  return facts({
    language: "live",
    file: "123456789012/eu-west-1",
    functions: [liveFunction("orders")],
    queues: [liveQueue("orders-queue")],
    mappings: [liveMapping("orders-queue", "orders")],
    ...some,
  });
}

function template(some: Partial<Facts> = {}): Facts {
  return facts({
    functions: [fn({ id: "F", name: literal("orders") })],
    queues: [queue({ id: "Q", name: literal("orders-queue") })],
    mappings: [mapping()],
    ...some,
  });
}

function briefly(item: DriftItem): string {
  const of = "id" in item ? item.id : item.liveId;
  const setting = "setting" in item && item.setting !== undefined ? ` ${item.setting}` : "";
  return `${item.status} ${item.thing} ${of}${setting}`;
}

describe("drift", () => {
  it("is empty where the account is as its template says", () => {
    expect(drift([template()], [account()])).toEqual([]);
  });

  it("has both values with both places", () => {
    const items = drift(
      [
        template({
          functions: [
            fn({ name: literal("orders"), timeoutSeconds: literal(30, "/Resources/F/Properties/Timeout") }),
          ],
        }),
      ],
      [account({ functions: [liveFunction("orders", { timeoutSeconds: seen(60) })] })],
    );

    expect(items).toEqual([
      {
        status: "differs",
        thing: "function",
        id: "F",
        file: "template.yaml",
        place: at("/Resources/F"),
        liveId: "orders",
        account: "123456789012/eu-west-1",
        arn: "arn:aws:lambda:eu-west-1:123456789012:function:orders",
        setting: "timeoutSeconds",
        matchedBy: "name",
        template: [{ value: 30, from: "literal", place: at("/Resources/F/Properties/Timeout") }],
        live: { value: 60, from: "live" },
      },
    ]);
    expect(JSON.parse(JSON.stringify(items))).toEqual(items);
  });

  it.each<readonly [string, Partial<Facts>]>([
    ["function F timeoutSeconds", { functions: [liveFunction("orders", { timeoutSeconds: seen(4) })] }],
    [
      "function F reservedConcurrency",
      { functions: [liveFunction("orders", { reservedConcurrency: seen(5) })] },
    ],
    [
      "queue Q visibilityTimeoutSeconds",
      { queues: [liveQueue("orders-queue", { visibilityTimeoutSeconds: seen(31) })] },
    ],
    ["queue Q retentionSeconds", { queues: [liveQueue("orders-queue", { retentionSeconds: seen(60) })] }],
    ["queue Q delaySeconds", { queues: [liveQueue("orders-queue", { delaySeconds: seen(1) })] }],
    ["queue Q maxReceiveCount", { queues: [liveQueue("orders-queue", { maxReceiveCount: seen(3) })] }],
    ["mapping M batchSize", { mappings: [liveMapping("orders-queue", "orders", { batchSize: seen(1) })] }],
    [
      "mapping M batchingWindowSeconds",
      { mappings: [liveMapping("orders-queue", "orders", { batchingWindowSeconds: seen(5) })] },
    ],
    [
      "mapping M reportBatchItemFailures",
      { mappings: [liveMapping("orders-queue", "orders", { reportBatchItemFailures: seen(true) })] },
    ],
    [
      "mapping M maximumConcurrency",
      { mappings: [liveMapping("orders-queue", "orders", { maximumConcurrency: seen(2) })] },
    ],
    ["mapping M enabled", { mappings: [liveMapping("orders-queue", "orders", { enabled: seen(false) })] }],
  ])("sees %s", (what, some) => {
    expect(drift([template()], [account(some)]).map(briefly)).toEqual([`differs ${what}`]);
  });

  it("has null for what one side does not set", () => {
    const [item] = drift(
      [template()],
      [account({ queues: [liveQueue("orders-queue", { maxReceiveCount: seen(3) })] })],
    );

    expect(item).toMatchObject({ template: [{ value: null, from: "default" }], live: { value: 3 } });
  });

  it("agrees with any of the template's cases, and else names all of them", () => {
    const timeoutSeconds = cases([{ Prod: "true" }, literal(60)], [{ Prod: "false" }, literal(30)]);
    const both = template({ functions: [fn({ name: literal("orders"), timeoutSeconds })] });
    const at = (value: number): readonly DriftItem[] =>
      drift([both], [account({ functions: [liveFunction("orders", { timeoutSeconds: seen(value) })] })]);

    expect(at(30)).toEqual([]);
    expect(at(60)).toEqual([]);
    expect(at(90)).toMatchObject([
      {
        template: [
          { value: 60, when: { Prod: "true" } },
          { value: 30, when: { Prod: "false" } },
        ],
      },
    ]);
  });

  it("compares only with the cases in which the thing has that name", () => {
    const stages = (dev: string | number, prod: string | number) =>
      cases([{ Stage: "dev" }, literal(dev)], [{ Stage: "prod" }, literal(prod)]);
    const both = template({
      functions: [
        fn({
          name: stages("orders-dev", "orders-prod") as Value<string>,
          timeoutSeconds: stages(30, 60) as Value<number>,
        }),
      ],
      queues: [],
      mappings: [],
    });
    const there = account({
      functions: [
        liveFunction("orders-dev", { timeoutSeconds: seen(60) }),
        liveFunction("orders-prod", { timeoutSeconds: seen(60) }),
      ],
      queues: [],
      mappings: [],
    });

    expect(drift([both], [there])).toMatchObject([
      { status: "differs", liveId: "orders-dev", template: [{ value: 30 }], live: { value: 60 } },
    ]);
  });

  it("does not compare what is not known on a side, and says why", () => {
    const items = drift(
      [
        template({
          queues: [
            queue({
              name: literal("orders-queue"),
              visibilityTimeoutSeconds: unknown("the parameter Visibility has no default"),
            }),
          ],
        }),
      ],
      [
        account({
          functions: [
            liveFunction("orders", {
              reservedConcurrency: unknown("not allowed: lambda:GetFunctionConcurrency"),
            }),
          ],
        }),
      ],
    );

    expect(items.map((item) => [briefly(item), item.status === "not-compared" && item.reason])).toEqual([
      ["not-compared function F reservedConcurrency", "live: not allowed: lambda:GetFunctionConcurrency"],
      [
        "not-compared queue Q visibilityTimeoutSeconds",
        "in the template: the parameter Visibility has no default",
      ],
    ]);
  });

  it("compares the timeout of an alias too, which may lag behind", () => {
    const items = drift(
      [template()],
      [
        account({
          functions: [
            liveFunction("orders"),
            liveFunction("orders:live", { qualifierOf: "orders", timeoutSeconds: seen(9) }),
          ],
          mappings: [liveMapping("orders-queue", "orders:live")],
        }),
      ],
    );

    expect(items).toMatchObject([{ status: "differs", liveId: "orders:live", live: { value: 9 } }]);
    expect(items).toHaveLength(1);
  });
});

describe("what is on one side only", () => {
  it("is a function of the template that is not there", () => {
    const [item] = drift(
      [template({ functions: [fn({ name: literal("mails") })], queues: [], mappings: [] })],
      [account({ functions: [], queues: [], mappings: [] })],
    );

    expect(item).toEqual({
      status: "only-in-template",
      thing: "function",
      id: "F",
      file: "template.yaml",
      place: at("/Resources/F"),
    });
  });

  it("is not said where the account's list was cut, or where a condition decides", () => {
    const wanted = template({ functions: [fn({ name: literal("mails") })], queues: [], mappings: [] });
    const empty = account({ functions: [], queues: [], mappings: [] });
    const cut = { ...empty, gaps: [{ reason: "the list of functions ends after 0" }] };
    const conditional = template({
      functions: [
        fn({
          name: literal("mails"),
          exists: cases([{ Prod: "true" }, literal(true)], [{ Prod: "false" }, literal(false)]),
        }),
      ],
      queues: [],
      mappings: [],
    });

    expect(drift([wanted], [cut])).toMatchObject([
      {
        status: "not-compared",
        reason: "nothing there has its name; not all of 123456789012/eu-west-1 was read",
      },
    ]);
    expect(drift([conditional], [empty])).toMatchObject([{ status: "not-compared" }]);
    expect(
      drift([template({ functions: [fn({ exists: literal(false) })], queues: [], mappings: [] })], [empty]),
    ).toEqual([]);
  });

  it("is a queue that SQS says is not there; one that nothing names there may be", () => {
    const wanted = template({ functions: [], mappings: [] });
    const gone = liveQueue("orders-queue", { exists: seen(false) });

    expect(drift([wanted], [account({ functions: [], queues: [gone], mappings: [] })]).map(briefly)).toEqual([
      "only-in-template queue Q",
    ]);
    expect(drift([wanted], [account({ functions: [], queues: [], mappings: [] })])).toMatchObject([
      { status: "not-compared", reason: expect.stringContaining("only queues are read that a function") },
    ]);
  });

  it("is a mapping that connects nothing there, or that the template does not have", () => {
    const items = drift(
      [template()],
      [
        account({
          functions: [liveFunction("orders"), liveFunction("audit")],
          mappings: [liveMapping("orders-queue", "audit")],
        }),
      ],
    );

    expect(items.map(briefly)).toEqual([
      "only-in-template mapping M",
      "only-live mapping orders-queue-audit",
      "only-live function audit",
    ]);
    expect(items[1]).toMatchObject({ between: "orders-queue to audit", near: true });
    expect(items[2]).toMatchObject({ near: true });
  });

  it("is not a mapping that another template has, or may have", () => {
    const function_ = template({ queues: [], mappings: [] });
    const rest = template({
      file: "queue.yaml",
      functions: [],
      mappings: [mapping({ function: unknown("function is imported (Fn::ImportValue)") })],
    });

    expect(drift([function_, rest], [account()]).map(briefly)).toEqual(["not-compared mapping M"]);
  });

  it("tells what has to do with the templates from what has not", () => {
    const items = drift(
      [template()],
      [
        account({
          functions: [liveFunction("orders"), liveFunction("other")],
          queues: [liveQueue("orders-queue"), liveQueue("other-queue")],
        }),
      ],
    );

    expect(items).toMatchObject([
      { status: "only-live", thing: "function", liveId: "other", near: false },
      { status: "only-live", thing: "queue", liveId: "other-queue", near: false },
    ]);
  });
});

describe("a name that CloudFormation made", () => {
  const unnamed = template({
    functions: [fn({ id: "Orders", timeoutSeconds: literal(30) })],
    queues: [queue({ id: "OrdersQueue" })],
    mappings: [mapping({ function: literal("Orders"), source: literal("OrdersQueue") })],
  });
  const stack = (name: string, timeout = 30): Partial<Facts> => ({
    functions: [liveFunction(`${name}-Orders-Ab1Cd2Ef3Gh4`, { timeoutSeconds: seen(timeout) })],
    queues: [liveQueue(`${name}-OrdersQueue-1A2B3C4D5E6F7`)],
    mappings: [liveMapping(`${name}-OrdersQueue-1A2B3C4D5E6F7`, `${name}-Orders-Ab1Cd2Ef3Gh4`)],
  });

  it("is guessed, and said to be a guess", () => {
    expect(drift([unnamed], [account(stack("shop"))])).toEqual([]);
    expect(drift([unnamed], [account(stack("shop", 60))])).toMatchObject([
      { status: "differs", liveId: "shop-Orders-Ab1Cd2Ef3Gh4", matchedBy: "generated-name" },
    ]);
  });

  it("is taken from the stack that has most of the template's things", () => {
    const other = liveFunction("other-Orders-Zz1Zz2Zz3Zz4", { timeoutSeconds: seen(900) });
    const own = stack("shop");

    const items = drift([unnamed], [account({ ...own, functions: [other, ...(own.functions ?? [])] })]);

    expect(items.map(briefly)).toEqual(["only-live function other-Orders-Zz1Zz2Zz3Zz4"]);
    expect(items[0]).toMatchObject({ near: false });
  });

  it("is not chosen among stacks that fit alike", () => {
    const two = account({
      functions: [...(stack("dev").functions ?? []), ...(stack("prod").functions ?? [])],
      queues: [],
      mappings: [],
    });

    expect(drift([unnamed], [two])[0]).toMatchObject({
      status: "not-compared",
      id: "Orders",
      reason:
        "the template does not name it, and it may be any of dev-Orders-Ab1Cd2Ef3Gh4, prod-Orders-Ab1Cd2Ef3Gh4",
    });
  });

  it("is found when it was cut, of first-in-first-out queues, and in nested stacks", () => {
    const items = drift(
      [
        template({
          functions: [fn({ id: "Child/ProcessIncomingOrdersOfTheShop", timeoutSeconds: byDefault(3) })],
          queues: [queue({ id: "Orders" })],
          mappings: [],
        }),
      ],
      [
        account({
          functions: [liveFunction("shop-ProcessIncomingOrders-Ab1Cd2Ef3Gh4")],
          queues: [liveQueue("shop-Orders-1A2B3C4D5E6F7.fifo")],
          mappings: [],
        }),
      ],
    );

    expect(items).toEqual([]);
  });

  it("is not looked for in Terraform", () => {
    expect(drift([{ ...unnamed, language: "terraform" }], [account(stack("shop"))])[0]).toMatchObject({
      status: "not-compared",
      reason: "the template does not name it: its name is made up when it is made",
    });
  });

  it("makes what else its stack has near", () => {
    const own = stack("shop");
    const items = drift(
      [unnamed],
      [
        account({
          ...own,
          functions: [...(own.functions ?? []), liveFunction("shop-Extra-Ab1Cd2Ef3Gh4")],
        }),
      ],
    );

    expect(items).toMatchObject([{ status: "only-live", liveId: "shop-Extra-Ab1Cd2Ef3Gh4", near: true }]);
  });
});

describe("a name that is not known", () => {
  it("is not compared", () => {
    expect(
      drift(
        [template({ functions: [fn({ name: unknown("the parameter Name has no default") })] })],
        [account()],
      ),
    ).toMatchObject([
      { status: "not-compared", reason: "its name is not known: the parameter Name has no default" },
      { status: "not-compared", thing: "mapping" },
      { status: "only-live", thing: "function", liveId: "orders" },
    ]);
  });
});

describe("the text", () => {
  it("says what differs, what is on one side only, and what was not compared", () => {
    const items = drift(
      [
        template({
          functions: [
            fn({ name: literal("orders"), timeoutSeconds: literal(30, "/Resources/F/Properties/Timeout") }),
            fn({ id: "Mails", name: literal("mails") }),
          ],
          queues: [
            queue({ name: literal("orders-queue") }),
            queue({ id: "Events", name: unknown("the parameter Name has no default") }),
          ],
        }),
      ],
      [
        account({
          functions: [
            liveFunction("orders", { timeoutSeconds: seen(60), reservedConcurrency: seen(5) }),
            liveFunction("other"),
          ],
        }),
      ],
    );

    expect(driftText(items)).toBe(
      `Drift: 2 settings differ.

function F (template.yaml:1) and orders (123456789012/eu-west-1)
  timeoutSeconds: 30 (template.yaml:1) in the template, 60 live
  reservedConcurrency: none (the default) in the template, 5 live

Only in the templates:
  function Mails (template.yaml:1)

Only in the account:
  1 function that no template here has to do with

Not compared:
  queue Events: its name is not known: the parameter Name has no default
`,
    );
  });

  it("does not say that all is well where something was not compared", () => {
    expect(driftText([])).toBe("No drift was found.\n");
    const open = drift(
      [template({ functions: [], queues: [queue({ name: literal("x") })], mappings: [] })],
      [account({ functions: [], queues: [], mappings: [] })],
    );
    expect(driftText(open)).toMatch(/^No drift was found in what could be compared\.\n\nNot compared:\n/);
  });

  it("says that a match is a guess", () => {
    const items = drift(
      [template({ functions: [fn({ id: "Orders", timeoutSeconds: literal(9) })], queues: [], mappings: [] })],
      [account({ functions: [liveFunction("shop-Orders-Ab1Cd2Ef3Gh4")], queues: [], mappings: [] })],
    );

    expect(driftText(items, (style, text) => `<${style}>${text}</${style}>`)).toContain(
      "<yellow>function Orders</yellow> (template.yaml:1) and shop-Orders-Ab1Cd2Ef3Gh4 (123456789012/eu-west-1, by the name that CloudFormation seems to have made)",
    );
  });
});
