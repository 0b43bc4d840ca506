/** What log events come wrapped in. Where AWS's own samples hold no line of Lambda, one stands in their message's place. */

import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { at, readText, REQUEST, said } from "./support.ts";

const START = `START RequestId: ${REQUEST} Version: $LATEST\n`;
const STARTED = { kind: "started", requestId: REQUEST, version: "$LATEST" };

describe("aws logs filter-log-events", () => {
  /** https://github.com/aws/aws-cli/blob/develop/awscli/examples/logs/filter-log-events.rst, with another second message. */
  const DOCUMENTED = {
    events: [
      {
        logStreamName: "teststream",
        timestamp: 1712567843827,
        message: "Test MESSAGE1",
        ingestionTime: 1712567844822,
        eventId: "00091539120382912324200901570000096855579456010247667712",
      },
      {
        logStreamName: "2024/05/09/[$LATEST]abc1024",
        timestamp: 1712568068991,
        message: START,
        ingestionTime: 1712568070017,
        eventId: "00001544141707904000000130886135001961903807164184002560",
      },
    ],
    searchedLogStreams: [],
  };
  const EXPECTED = { ...STARTED, atMs: 1712568068991, stream: "2024/05/09/[$LATEST]abc1024" };

  it.each([
    ["pretty-printed, as the AWS CLI does", JSON.stringify(DOCUMENTED, null, 4)],
    ["on one line", JSON.stringify(DOCUMENTED)],
    ["one event on each line", DOCUMENTED.events.map((event) => JSON.stringify(event)).join("\n")],
    ["with the list alone", JSON.stringify(DOCUMENTED.events, null, 2)],
  ])("%s", async (_how, text) => {
    const { entries, counts } = await readText(text);

    expect(entries).toEqual([EXPECTED]);
    expect(counts).toMatchObject({ lines: 2, entries: 1, unreadable: 0 });
  });

  it("two documents one after the other, the same event in both, is there once", async () => {
    const { entries, counts } = await readText(
      `${JSON.stringify(DOCUMENTED, null, 4)}\n${JSON.stringify(DOCUMENTED)}\n`,
    );

    expect(entries).toEqual([EXPECTED]);
    expect(counts.repeated).toBe(1);
  });

  it("a document that is cut off gives what came before, and is counted", async () => {
    const text = JSON.stringify({ events: [...DOCUMENTED.events, ...DOCUMENTED.events] }, null, 4);

    const { entries, counts } = await readText(text.slice(0, -150));

    expect(entries).toEqual([EXPECTED]);
    expect(counts.unreadable).toBe(1);
  });
});

/** https://github.com/aws/aws-cli/blob/develop/awscli/examples/logs/get-log-events.rst: AWS's sample holds one event twice. */
it("aws logs get-log-events, with an event twice", async () => {
  const message = START.trim();
  const document = {
    nextForwardToken: "f/31961209122447488583055879464742346735121166569214640130",
    events: [
      { ingestionTime: 1433190494190, timestamp: 1433190184356, message },
      { ingestionTime: 1433190516679, timestamp: 1433190184356, message },
      { ingestionTime: 1433190494190, timestamp: 1433190184358, message: "Example Event 2" },
    ],
    nextBackwardToken: "b/31961209122358285602261756944988674324553373268216709120",
  };

  const { entries, counts } = await readText(JSON.stringify(document, null, 2));

  expect(entries).toEqual([{ ...STARTED, atMs: 1433190184356, stream: "-" }]);
  expect(counts.repeated).toBe(1);
});

describe("aws logs tail", () => {
  // As tests/unit/customizations/logs/test_tail.py of aws/aws-cli has them, with a stream of Lambda's for "stream_name".
  const STREAM = "2018/01/01/[$LATEST]0123456789abcdef0123456789abcdef";
  const EVENT = { "detail-type": "order", id: "e1", detail: { lines: [{ n: 1 }] } };

  it.each([
    ["detailed", `2018-01-01T00:29:43.079060+00:00 ${STREAM} ${START}`, STREAM, 79],
    [
      "detailed, in colors",
      `\u001B[32m2018-01-01T00:29:43.079060+00:00\u001B[0m \u001B[36m${STREAM}\u001B[0m ${START}`,
      STREAM,
      79,
    ],
    ["short", `2018-01-01T00:29:43 ${START}`, "-", 0],
    ["short, in colors", `\u001B[32m2018-01-01T00:29:43\u001B[0m ${START}`, "-", 0],
    ["json, of what is no JSON", `2018-01-01T00:29:43.079060+00:00 ${STREAM} ${START}`, STREAM, 79],
  ])("--format %s", async (_format, text, stream, ms) => {
    const { entries } = await readText(text);

    expect(entries).toEqual([{ ...STARTED, atMs: at("2018-01-01T00:29:43Z") + ms, stream }]);
  });

  it("--format json prints a message that is JSON over several lines", async () => {
    const json = (value: object) =>
      `2018-01-01T00:29:43.079060+00:00 ${STREAM} \n${JSON.stringify(value, null, 4)}\n`;

    const { entries, counts } = await readText(json({ foo: { bar: "baz" } }) + json(EVENT));

    expect(entries).toEqual([
      { kind: "delivery", messageId: "e1", atMs: at("2018-01-01T00:29:43.079Z"), stream: STREAM },
    ]);
    expect(counts.unreadable).toBe(0);
  });

  it("streams of which the lines are mixed keep their requests apart", async () => {
    const other = STREAM.replace("0123", "9876");
    const line = (stream: string, second: number, message: string) =>
      `2018-01-01T00:29:${second}.000000+00:00 ${stream} ${message}\n`;

    const { entries } = await readText(
      line(STREAM, 10, START.trim()) +
        line(other, 11, `START RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95 Version: 1`) +
        line(STREAM, 12, JSON.stringify(EVENT)),
    );

    expect(entries[2]).toMatchObject({ kind: "delivery", requestId: REQUEST, stream: STREAM });
  });

  it("one second is all that a line says: the same text of two requests in it is there twice", async () => {
    const second = (message: string) => `2018-01-01T00:29:43 ${message}\n`;
    const run = (id: string) =>
      second(`START RequestId: ${id} Version: 1`) +
      second(JSON.stringify(EVENT)) +
      second(`END RequestId: ${id}`);

    const { entries, counts } = await readText(run(REQUEST) + run(REQUEST.replace("c7", "d8")));

    expect(entries.filter(({ kind }) => kind === "delivery")).toHaveLength(2);
    expect(counts.repeated).toBe(0);
  });
});

describe("an export to S3", () => {
  // constructed, in the form of https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3ExportTasks.html
  it("has an instant before each event", async () => {
    expect(await said(`2026-09-25T12:00:00.123Z ${START}`)).toEqual([
      { ...STARTED, atMs: at("2026-09-25T12:00:00.123Z") },
    ]);
  });

  it("the same line in it twice is there once; the same text later is not the same", async () => {
    const line = `2026-09-25T12:00:00.123Z ${START}`;
    // Lambda retries an asynchronous invocation under the same id.
    const again = `2026-09-25T12:01:00.456Z ${START}`;

    const { entries, counts } = await readText(line + line + again);

    expect(entries.map(({ kind }) => kind)).toEqual(["started", "started"]);
    expect(counts.repeated).toBe(1);
  });
});

describe("documents of subscription filters", () => {
  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html, for a log group of Lambda. */
  const document = (ids: readonly string[]) => ({
    owner: "111111111111",
    logGroup: "/aws/lambda/orders",
    logStream: "2015/05/28/[$LATEST]e6f4a0c4241adcd70c262d34c0bbc85c",
    subscriptionFilters: ["Destination"],
    messageType: "DATA_MESSAGE",
    logEvents: ids.map((id, index) => ({
      id,
      timestamp: 1432826855000 + index * 1_000,
      message: index === 0 ? START : "a line of no interest",
    })),
  });
  const CONTROL = {
    messageType: "CONTROL_MESSAGE",
    owner: "CloudwatchLogs",
    logEvents: [{ id: "", message: "CWL CONTROL MESSAGE: Checking health of destination" }],
  };
  const FIRST = "31953106606966983378809025079804211143289615424298221568";
  const EXPECTED = {
    ...STARTED,
    atMs: 1432826855000,
    function: "orders",
    stream: "/aws/lambda/orders:2015/05/28/[$LATEST]e6f4a0c4241adcd70c262d34c0bbc85c",
  };

  it.each([
    ["one on each line", `${JSON.stringify(CONTROL)}\n${JSON.stringify(document([FIRST, "2"]))}\n`],
    [
      "with nothing between, as Firehose writes them",
      JSON.stringify(CONTROL) + JSON.stringify(document([FIRST, "2"])),
    ],
    ["after lines of text", `a line\n${JSON.stringify(document([FIRST, "2"]))}\n`],
    [
      "as Lambda is given them",
      JSON.stringify({
        awslogs: { data: gzipSync(JSON.stringify(document([FIRST, "2"]))).toString("base64") },
      }),
    ],
  ])("%s", async (_how, text) => {
    const { entries, counts } = await readText(text);

    expect(entries).toEqual([EXPECTED]);
    expect(counts.unreadable).toBe(0);
  });

  it("an event that is in two documents is there once", async () => {
    const { entries, counts } = await readText(
      JSON.stringify(document([FIRST])) +
        JSON.stringify(document([FIRST])) +
        JSON.stringify(document(["another"])),
    );

    expect(entries).toHaveLength(2);
    expect(counts.repeated).toBe(1);
  });
});

describe("results of Logs Insights", () => {
  /** https://github.com/aws/aws-cli/blob/develop/awscli/examples/logs/get-query-results.rst, newest first. */
  const row = (timestamp: string, message: string, ptr: string) => [
    { field: "@timestamp", value: timestamp },
    { field: "@message", value: message },
    { field: "@logStream", value: "TestStream" },
    { field: "@ptr", value: ptr },
  ];
  const results = {
    results: [
      row("2024-05-19 06:10:35.743", `END RequestId: ${REQUEST}\n`, "ABgB"),
      row("2024-05-19 06:10:27.559", '{"detail-type":"order","id":"e1"}', "AxgB"),
      row("2024-05-19 06:10:16.682", START, "BBgB"),
    ],
    statistics: { recordsMatched: 3.0, recordsScanned: 3.0, bytesScanned: 141.0 },
    status: "Complete",
  };

  it.each([
    ["as the AWS CLI prints them", JSON.stringify(results, null, 4)],
    ["rows alone", JSON.stringify(results.results)],
  ])("%s", async (_how, text) => {
    const { entries, counts } = await readText(text);

    expect(entries).toEqual([
      {
        kind: "ended",
        by: "end",
        requestId: REQUEST,
        outcome: "unknown",
        atMs: at("2024-05-19T06:10:35.743Z"),
        stream: "TestStream",
      },
      { kind: "delivery", messageId: "e1", atMs: at("2024-05-19T06:10:27.559Z"), stream: "TestStream" },
      { ...STARTED, atMs: at("2024-05-19T06:10:16.682Z"), stream: "TestStream" },
    ]);
    expect(counts).toMatchObject({ clockSteps: 0, unreadable: 0 });
  });

  it("as the console saves them, the message taken apart (constructed)", async () => {
    const rows = [
      {
        "@timestamp": "2024-05-19 06:10:27.559",
        "@log": "123456789012:/aws/lambda/orders",
        "@message": { "detail-type": "order", id: "e1" },
      },
    ];

    expect(await said(JSON.stringify(rows, null, 2))).toEqual([
      { kind: "delivery", messageId: "e1", function: "orders", atMs: at("2024-05-19T06:10:27.559Z") },
    ]);
  });
});

describe("what is wrong in a log (constructed)", () => {
  const line = (ms: number, message: string) => `2026-09-25T12:00:0${ms / 1_000}.000Z ${message}\n`;

  it("half a JSON line is counted, and the lines beside it are read", async () => {
    const { entries, counts } = await readText(
      `{"time":"2026-09-25T12:00:00.000Z","type":"platform.start","rec\n${line(1_000, START.trim())}`,
    );

    expect(entries).toHaveLength(1);
    expect(counts.unreadable).toBe(1);
  });

  it("a clock that steps back by more than a second is counted, one by less is not", async () => {
    const end = `END RequestId: ${REQUEST}`;

    const { counts } = await readText(line(5_000, START.trim()) + line(4_000, end) + line(2_000, end));

    expect(counts.clockSteps).toBe(1);
  });

  it("formats may be mixed line by line", async () => {
    const { entries } = await readText(
      [
        line(1_000, START.trim()).trim(),
        `{"time":"2026-09-25T12:00:02.000Z","type":"platform.start","record":{"requestId":"6d68ca91-49c9-448d-89b8-7ca3e6dc66aa"}}`,
        `2026-09-25T12:00:03.000Z\t${REQUEST}\tINFO\t{"detail-type":"order","id":"e1"}`,
        JSON.stringify({
          timestamp: 1790337604000,
          message: `END RequestId: ${REQUEST}`,
          logStreamName: "s",
        }),
        "  at Object.<anonymous> (file.js:1:1)",
      ].join("\n"),
    );

    expect(entries.map(({ kind }) => kind)).toEqual(["started", "started", "delivery", "ended"]);
  });

  it.each([
    "",
    "\n\n",
    "{}",
    "[]",
    "[[]]",
    "{",
    "[",
    '{"events":[',
    '{"events":[]}',
    '{"results":[[{}]]}',
    "null",
    '"Records"',
    "Records {",
    '{"Records":5}',
  ])("%j gives nothing, and no error", async (text) => {
    expect((await readText(text)).entries).toEqual([]);
  });
});
