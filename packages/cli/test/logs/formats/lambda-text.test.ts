/** Lambda's text. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { at, OTHER, readText, REQUEST, said } from "./support.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html, example log format. */
const DOCUMENTED = `START RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac Version: $LATEST
2019-06-07T19:11:20.562Z	c793869b-ee49-115b-a5b6-4fd21e8dedac	INFO	ENVIRONMENT VARIABLES
{
  "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
  "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/my-function",
  "AWS_LAMBDA_LOG_STREAM_NAME": "2019/06/07/[$LATEST]e6f4a0c4241adcd70c262d34c0bbc85c",
  ...
}
2019-06-07T19:11:20.563Z	c793869b-ee49-115b-a5b6-4fd21e8dedac	INFO	EVENT
{
  "key": "value"
}
2019-06-07T19:11:20.564Z	c793869b-ee49-115b-a5b6-4fd21e8dedac	WARN	Event not processed.
END RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac
REPORT RequestId: c793869b-ee49-115b-a5b6-4fd21e8dedac	Duration: 128.83 ms	Billed Duration: 200 ms	Memory Size: 128 MB	Max Memory Used: 74 MB	Init Duration: 166.62 ms	XRAY TraceId: 1-5d9d007f-0a8c7fd02xmpl480aed55ef0	SegmentId: 3d752xmpl1bbe37e	Sampled: true
`;

describe("the lines of one invocation", () => {
  it("as AWS documents them, without instants: the first line that has one dates the start, the duration the end", async () => {
    expect(await said(DOCUMENTED)).toEqual([
      { kind: "started", requestId: REQUEST, version: "$LATEST", atMs: at("2019-06-07T19:11:20.562Z") },
      {
        kind: "ended",
        by: "report",
        requestId: REQUEST,
        outcome: "unknown",
        durationMs: 128.83,
        initMs: 166.62,
        memoryMb: 128,
        maxMemoryMb: 74,
        atMs: at("2019-06-07T19:11:20.562Z") + 129,
      },
    ]);
  });

  it("a start is dated by the line after it, not by one of a request long before", async () => {
    const later = DOCUMENTED.replaceAll(REQUEST, OTHER).replaceAll("19:11:20", "21:00:00");

    const starts = (await said(DOCUMENTED + later)).filter((one) => "version" in one);

    expect(starts).toMatchObject([
      { atMs: at("2019-06-07T19:11:20.562Z") },
      { atMs: at("2019-06-07T21:00:00.562Z") },
    ]);
  });

  it("a start that is there twice is one run; after its end it is another, as Lambda retries it (constructed)", async () => {
    const [start = "", ...rest] = DOCUMENTED.split("\n");

    const once = await readText([start, start, ...rest].join("\n"));
    const twice = await readText(DOCUMENTED + DOCUMENTED.replaceAll("19:11:20", "19:12:20"));

    const starts = ({ entries }: typeof once) => entries.filter(({ kind }) => kind === "started").length;
    expect([starts(once), once.counts.repeated]).toEqual([1, 1]);
    expect([starts(twice), twice.counts.repeated]).toEqual([2, 0]);
  });

  it("an event that is printed over several lines is read (constructed)", async () => {
    const event = JSON.stringify(
      { "detail-type": "Scheduled Event", id: "e1", source: "aws.events" },
      null,
      2,
    );
    const text = DOCUMENTED.replace('{\n  "key": "value"\n}', event);

    expect(await said(text)).toContainEqual({
      kind: "delivery",
      requestId: REQUEST,
      messageId: "e1",
      source: "aws.events",
      atMs: at("2019-06-07T19:11:20.563Z"),
    });
  });
});

describe("a run that failed", () => {
  it.each([
    // https://dashbird.io/docs/best-practices-and-common-use-cases/lambda-errors-runtime-agnostic/
    [
      "2019-02-13T20:12:38.950Z 41a10717-e9af-11e7-892c-5bb1a4054ed6 Task timed out after 300.09 seconds",
      { kind: "failed", requestId: "41a10717-e9af-11e7-892c-5bb1a4054ed6", outcome: "timeout" },
    ],
    [
      "2019-02-13T20:12:38.950Z RequestId: b86c93c6-e1d0-11e7-955b-539d8b965ff9 Process exited before completing request",
      { kind: "failed", requestId: "b86c93c6-e1d0-11e7-955b-539d8b965ff9", outcome: "crash" },
    ],
    // https://www.smplogs.com/guides/lambda-memory-errors, with an id of full length
    [
      `2019-02-13T20:12:38.950Z RequestId: ${REQUEST} Error: Runtime exited with error: signal: killed`,
      { kind: "failed", requestId: REQUEST, outcome: "crash" },
    ],
    // constructed, as src/LogPatch.js and src/Errors.js of aws/aws-lambda-nodejs-runtime-interface-client write it
    [
      `2019-02-13T20:12:38.950Z\t${REQUEST}\tERROR\tInvoke Error \t{"errorType":"Error","errorMessage":"no stock","stack":["Error: no stock"]}`,
      { kind: "failed", requestId: REQUEST, outcome: "error" },
    ],
    [
      `2019-02-13T20:12:38.950Z\t${REQUEST}\tERROR\tUncaught Exception \t{"errorType":"Error"}`,
      { kind: "failed", requestId: REQUEST, outcome: "crash" },
    ],
  ])("%s", async (line, expected) => {
    expect(await said(`${line}\n`)).toEqual([{ ...expected, atMs: at("2019-02-13T20:12:38.950Z") }]);
  });

  it.each([
    // constructed after https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, failures during the invoke phase
    ["Memory Size: 128 MB\tMax Memory Used: 65 MB\tStatus: timeout", "timeout"],
    ["Memory Size: 128 MB\tMax Memory Used: 65 MB\tStatus: error\tError Type: Runtime.ExitError", "crash"],
    [
      "Memory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.ExitError",
      "out-of-memory",
    ],
    [
      "Memory Size: 128 MB\tMax Memory Used: 12 MB\tStatus: error\tError Type: Runtime.OutOfMemory",
      "out-of-memory",
    ],
    ["Memory Size: 128 MB\tMax Memory Used: 128 MB\t", "unknown"],
  ])("a REPORT with %s is %s", async (rest, outcome) => {
    const line = `2026-09-25T12:00:00.000Z REPORT RequestId: ${REQUEST}\tDuration: 3.5 ms\tBilled Duration: 4 ms\t${rest}\n`;

    expect(await said(line)).toMatchObject([{ kind: "ended", by: "report", outcome, durationMs: 3.5 }]);
  });

  it("Python's runtime names no request: it is the one that is running (constructed)", async () => {
    const lines = [
      `2026-09-25T12:00:00.000Z START RequestId: ${REQUEST} Version: 7`,
      `2026-09-25T12:00:01.000Z [ERROR]\t2026-09-25T12:00:01.000Z\t${REQUEST}\tout of stock, goes on`,
      "2026-09-25T12:00:02.000Z [ERROR] KeyError: 'id'",
      "Traceback (most recent call last):",
      '  File "/var/task/app.py", line 3, in handler',
    ];

    const failures = (await said(lines.join("\n"))).filter((one) => "outcome" in one);

    expect(failures).toEqual([
      {
        kind: "failed",
        requestId: REQUEST,
        outcome: "error",
        joined: true,
        atMs: at("2026-09-25T12:00:02.000Z"),
      },
    ]);
  });

  it("a handler's own error lines say nothing of the outcome (constructed)", async () => {
    const line = `2026-09-25T12:00:00.000Z\t${REQUEST}\tERROR\tRequestId of the upstream is missing, tried again`;

    expect(await said(line)).toEqual([]);
  });
});

describe("two requests at once in one file", () => {
  const started = (id: string) => `2026-09-25T12:00:00.000Z START RequestId: ${id} Version: 1\n`;
  const bare = `2026-09-25T12:00:01.000Z {"detail-type":"order","id":"e1"}\n`;

  it("a line without an id is of neither", async () => {
    const [, , delivery] = await said(started(REQUEST) + started(OTHER) + bare);

    expect(delivery).toEqual({ kind: "delivery", messageId: "e1", atMs: at("2026-09-25T12:00:01.000Z") });
  });

  it("a line without an id is of the only one that is running", async () => {
    const [, delivery] = await said(started(REQUEST) + bare);

    expect(delivery).toMatchObject({ kind: "delivery", requestId: REQUEST });
  });

  it("a line that is older than the start is not of it", async () => {
    const [, delivery] = await said(started(REQUEST) + bare.replace("12:00:01", "11:59:59"));

    expect(delivery).not.toHaveProperty("requestId");
  });

  it.each([
    [`2026-09-25T12:00:00.500Z ${REQUEST} Task timed out after 3.00 seconds\n`],
    [`2026-09-25T12:00:00.500Z END RequestId: ${REQUEST}\n`],
    [`2026-09-25T12:00:00.500Z REPORT RequestId: ${REQUEST}\tDuration: 500.00 ms\n`],
  ])("a line without an id is not of a request that is over: %s", async (over) => {
    const [, , delivery] = await said(started(REQUEST) + over + bare);

    expect(delivery).not.toHaveProperty("requestId");
  });

  it("a request whose end is missing is over after the longest time that one may run", async () => {
    const [, delivery] = await said(started(REQUEST) + bare.replace("12:00:01", "12:20:01"));

    expect(delivery).not.toHaveProperty("requestId");
  });
});

it("lines that say no time at all give nothing, and are counted", async () => {
  const { entries, counts } = await readText(
    `START RequestId: ${REQUEST} Version: 1\nREPORT RequestId: ${REQUEST}\tDuration: 3 ms\n`,
  );

  expect(entries).toEqual([]);
  expect(counts.unreadable).toBe(1);
});

it("with lines lost, a line without an id is of its own request, or of one whose end is lost too, or of none", () => {
  const runs = 40;
  const id = (run: number) => `00000000-0000-4000-8000-${String(run).padStart(12, "0")}`;
  const iso = (run: number, ms: number) =>
    new Date(at("2026-09-25T12:00:00.000Z") + run * 1_000 + ms).toISOString();
  const lines = Array.from({ length: runs }, (_, run) => [
    `${iso(run, 0)} START RequestId: ${id(run)} Version: 1`,
    `${iso(run, 1)} {"detail-type":"order","id":"${run}"}`,
    run % 3 === 0
      ? `${iso(run, 2)} ${id(run)} Task timed out after 3.00 seconds`
      : `${iso(run, 2)} of no interest`,
    `${iso(run, 3)} END RequestId: ${id(run)}`,
    `${iso(run, 3)} REPORT RequestId: ${id(run)}\tDuration: 3.00 ms\tBilled Duration: 3 ms`,
  ]).flat();

  return fc.assert(
    fc.asyncProperty(fc.array(fc.nat(lines.length - 1), { maxLength: 80 }), async (lost) => {
      const left = lines.filter((_, index) => !lost.includes(index));

      const { entries } = await readText(left.join("\n"));

      const ended = new Set(
        entries.flatMap((one) => (one.kind === "ended" || one.kind === "failed" ? [one.requestId] : [])),
      );
      for (const one of entries)
        if (
          one.kind === "delivery" &&
          one.requestId !== undefined &&
          one.requestId !== id(Number(one.messageId))
        )
          expect(ended).not.toContain(one.requestId);
    }),
  );
});
