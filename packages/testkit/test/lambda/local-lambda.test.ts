import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type InvokeResult,
  type LocalLambda,
  type LocalLambdaOptions,
  localLambda,
  type LogLine,
} from "../../src/lambda/index.ts";

let folder = "";
const made: LocalLambda[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-lambda-"));
});
afterEach(async () => {
  await Promise.all(made.splice(0).map((lambda) => lambda.shutdown()));
  rmSync(folder, { recursive: true, force: true });
});

function write(code: string, name = "handler.mjs"): string {
  const file = join(folder, name);
  writeFileSync(file, code);
  return file;
}

function make(code: string, options: Partial<LocalLambdaOptions> = {}): LocalLambda {
  const lambda = localLambda({ handler: write(code), timeoutMs: 5_000, ...options });
  made.push(lambda);
  return lambda;
}

function reply(result: InvokeResult): unknown {
  if (result.outcome !== "success") throw new Error(`${result.outcome}: ${result.error.message}`);
  return result.reply;
}

/** As Linux tells it: R and S run, T is stopped. `undefined` when there is no such process. */
function stateOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.[0];
  } catch {
    return undefined;
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 500) throw new Error("it did not come to be within 5 s");
    await sleep(10);
  }
}

describe("what a handler sees", () => {
  it("keeps its module warm, and gives the context as Lambda does", async () => {
    const fn = make(
      `let n = 0; export const handler = async (event, context) =>
        ({ n: ++n, event, context, left: context.getRemainingTimeInMillis() });`,
      { functionName: "orders", memoryMb: 256, region: "eu-central-1", timeoutMs: 9_000 },
    );

    await fn.invoke(1);
    const { n, event, context, left } = reply(await fn.invoke({ two: [2] })) as Record<string, unknown>;

    expect(n).toBe(2);
    expect(event).toEqual({ two: [2] });
    expect(left).toBeGreaterThan(8_000);
    expect(left).toBeLessThanOrEqual(9_000);
    expect(context).toEqual({
      callbackWaitsForEmptyEventLoop: true,
      functionName: "orders",
      functionVersion: "$LATEST",
      invokedFunctionArn: "arn:aws:lambda:eu-central-1:000000000000:function:orders",
      memoryLimitInMB: "256",
      awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      logGroupName: "/aws/lambda/orders",
      logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
    });
  });

  it("gives every invocation its own request id, and every environment its own log stream", async () => {
    const fn = make(
      `export const handler = async (_event, context) => {
        await new Promise((resolve) => setTimeout(resolve, 100));
        return [context.awsRequestId, context.logStreamName];
      };`,
    );

    const both = (await Promise.all([fn.invoke({}), fn.invoke({})])).map(reply) as string[][];
    const again = reply(await fn.invoke({})) as string[];

    expect(new Set([...both.map(([id]) => id), again[0]]).size).toBe(3);
    expect(new Set(both.map(([, stream]) => stream)).size).toBe(2);
    expect(both.map(([, stream]) => stream)).toContain(again[1]);
  });

  it("sets Lambda's environment variables, and lets `env` stand before them", async () => {
    const fn = make(`export const handler = async () => process.env;`, {
      functionName: "orders",
      memoryMb: 512,
      region: "us-west-2",
      env: { TABLE: "orders", TZ: "Europe/Berlin" },
    });

    const env = reply(await fn.invoke({}));

    expect(env).toMatchObject({
      AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
      AWS_LAMBDA_FUNCTION_NAME: "orders",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/orders",
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining("[$LATEST]"),
      AWS_REGION: "us-west-2",
      AWS_DEFAULT_REGION: "us-west-2",
      LAMBDA_TASK_ROOT: folder,
      TABLE: "orders",
      TZ: "Europe/Berlin",
      _HANDLER: "handler.handler",
    });
    expect(reply(await make(`export const handler = async () => process.env.TZ;`).invoke({}))).toBe(":UTC");
  });

  it("runs a handler of a default export, of a nested name, and of TypeScript", async () => {
    const cases: [string, string, string][] = [
      ["commonjs.cjs", "exports.handler = async () => 'cjs';", "handler"],
      ["nested.mjs", "export const orders = { created: async () => 'nested' };", "orders.created"],
      ["fallback.mjs", "export default { handler: async () => 'default' };", "handler"],
      ["typed.ts", "export const handler = async (n: number): Promise<string> => `typed ${n}`;", "handler"],
    ];
    const replies = await Promise.all(
      cases.map(async ([name, code, handler]) => {
        const fn = localLambda({ handler: `${write(code, name)}#${handler}`, timeoutMs: 5_000 });
        made.push(fn);
        return reply(await fn.invoke(1));
      }),
    );
    expect(replies).toEqual(["cjs", "nested", "default", "typed 1"]);
  });

  it("passes on what is written, line by line, and by whom", async () => {
    const lines: LogLine[] = [];
    const fn = make(
      `process.stdout.write("loading\\n"); export const handler = async () => {
        console.log("one\\ntwo"); console.error("wrong"); process.stdout.write("no end");
        return process.pid;
      };`,
      { onLog: (line) => lines.push(line) },
    );

    const pid = reply(await fn.invoke({}));
    await fn.shutdown();

    const of = (stream: string) => lines.filter((line) => line.stream === stream).map(({ text }) => text);
    expect(of("stdout")).toEqual(["loading", "one", "two", "no end"]);
    expect(of("stderr")).toEqual(["wrong"]);
    expect(new Set(lines.map((line) => line.pid))).toEqual(new Set([pid]));
  });
});

describe("replies and events", () => {
  it("go through JSON; none is null, no event is {}", async () => {
    const fn = make(
      `export const handler = async (e) => e === "nothing" ? undefined : { e, at: new Date(0), gone: undefined };`,
    );

    expect(reply(await fn.invoke("nothing"))).toBeNull();
    expect(reply(await fn.invoke(undefined))).toEqual({ e: {}, at: "1970-01-01T00:00:00.000Z" });
  });

  it("that JSON cannot hold are an error, and the environment lives on", async () => {
    const fn = make(
      `let n = 0; export const handler = async (e) => {
        n += 1;
        if (e === "bigint") return { n: 1n };
        if (e === "function") return () => 1;
        if (e === "cycle") { const c = {}; c.c = c; return c; }
        return n;
      };`,
    );

    for (const event of ["bigint", "function", "cycle"])
      expect(await fn.invoke(event)).toMatchObject({
        outcome: "error",
        error: { name: "Runtime.JSONStringifyError", message: /Unable to stringify/ },
      });
    expect(reply(await fn.invoke("count"))).toBe(4);
    await expect(fn.invoke(1n)).rejects.toThrow(TypeError);
    await expect(fn.invoke(() => 1)).rejects.toThrow(/what JSON can hold, got a function/);
  });

  it("have at most 6 MB each way", async () => {
    const fn = make(`export const handler = async (e) => typeof e === "number" ? "x".repeat(e) : e.length;`);
    const ofBytes = (bytes: number) => "x".repeat(bytes - 2);

    expect(reply(await fn.invoke(ofBytes(6_291_456)))).toBe(6_291_454);
    expect(await fn.invoke(ofBytes(6_291_457))).toMatchObject({
      outcome: "too-large",
      error: { name: "RequestEntityTooLargeException" },
    });
    expect(reply(await fn.invoke(6_291_554))).toHaveLength(6_291_554);
    expect(await fn.invoke(6_291_555)).toMatchObject({
      outcome: "error",
      error: { name: "Function.ResponseSizeTooLarge" },
    });
  });
});

describe("a handler that fails", () => {
  it("throws: the error's name, message and stack; what is no error by its type", async () => {
    const fn = make(
      `export const handler = async (e) => {
        if (e === 1) throw new TypeError("boom");
        if (e === 2) throw "text";
        throw Object.create(null);
      };`,
    );

    expect(await fn.invoke(1)).toMatchObject({
      outcome: "error",
      error: { name: "TypeError", message: "boom", stack: /handler\.mjs:2/ },
    });
    expect(await fn.invoke(2)).toMatchObject({
      outcome: "error",
      error: { name: "string", message: "text" },
    });
    expect(await fn.invoke(3)).toMatchObject({ outcome: "error", error: { name: "handled" } });
  });

  it("C-13 · is killed at the function's timeout", async () => {
    const fn = make(`export const handler = () => new Promise(() => setInterval(() => {}, 1_000));`, {
      timeoutMs: 300,
    });

    expect(await fn.invoke({})).toMatchObject({
      outcome: "timeout",
      error: { name: "Sandbox.Timedout", message: "Task timed out after 0.30 seconds" },
    });
  });

  it("is killed at the timeout even while somebody has frozen it, or while it blocks", async () => {
    const fn = make(
      `export const handler = (e) => {
        if (e === "block") for (;;);
        return new Promise(() => setInterval(() => {}, 1_000));
      };`,
      { timeoutMs: 600 },
    );

    const frozen = fn.invoke("wait");
    await until(() => fn.running().length === 1);
    const [pid = 0] = fn.running();
    process.kill(pid, "SIGSTOP");
    expect((await frozen).outcome).toBe("timeout");
    expect(stateOf(pid)).toBeUndefined();

    expect((await fn.invoke("block")).outcome).toBe("timeout");
  });

  it("B-13 · process.exit, a kill and a full heap are a crash, and the next invocation finds a new environment", async () => {
    const lines: string[] = [];
    const fn = make(
      `let n = 0; export const handler = async (e) => {
        n += 1;
        if (e === "exit") process.exit(3);
        if (e === "exit 0") process.exit(0);
        if (e === "kill") process.kill(process.pid, "SIGKILL");
        if (e === "memory") { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)); }
        await new Promise((resolve) => setTimeout(resolve, e === "slow" ? 60_000 : 0));
        return n;
      };`,
      { timeoutMs: 20_000, onLog: ({ text }) => lines.push(text) },
    );
    const crash = (message: string) => ({
      outcome: "crash",
      error: { name: "Runtime.ExitError", message, stack: "" },
    });

    expect(reply(await fn.invoke("count"))).toBe(1);
    expect(await fn.invoke("exit")).toMatchObject(crash("Runtime exited with error: exit status 3"));
    expect(reply(await fn.invoke("count"))).toBe(1);
    expect(await fn.invoke("exit 0")).toMatchObject(crash("Runtime exited without providing a reason"));
    expect(await fn.invoke("kill")).toMatchObject(crash("Runtime exited with error: signal: killed"));
    expect(await fn.invoke("memory")).toMatchObject(crash("Runtime exited with error: signal: aborted"));
    expect(lines.join("\n")).toMatch(/heap out of memory/);

    const fromMs = Date.now();
    const slow = fn.invoke("slow");
    await until(() => fn.running().length === 1);
    process.kill(fn.running()[0] ?? 0, "SIGKILL");
    const killed = await slow;
    expect(killed).toMatchObject(crash("Runtime exited with error: signal: killed"));
    // It had been called, and says when.
    expect(killed.ran).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(killed.ran?.fromMs).toBeGreaterThanOrEqual(fromMs);
    expect(killed.ran?.toMs).toBeGreaterThanOrEqual(killed.ran?.fromMs ?? Infinity);
  }, 40_000);

  it("ends its environment by an uncaught exception, an unhandled rejection, or a promise that nothing can settle", async () => {
    const fn = make(
      `let n = 0; export const handler = async (e) => {
        n += 1;
        if (e === "reject") void Promise.reject(new RangeError("nobody looked"));
        if (e === "throw") setTimeout(() => { throw new EvalError("nobody caught"); }, 10);
        if (e === "never") await new Promise(() => {});
        if (e !== "count") await new Promise((resolve) => setTimeout(resolve, 2_000));
        return n;
      };`,
    );
    const crash = (name: string, message: string | RegExp) => ({
      outcome: "crash",
      error: { name, message },
    });

    expect(reply(await fn.invoke("count"))).toBe(1);
    expect(await fn.invoke("reject")).toMatchObject(
      crash("Runtime.UnhandledPromiseRejection", "nobody looked"),
    );
    expect(await fn.invoke("throw")).toMatchObject(crash("EvalError", "nobody caught"));
    expect(await fn.invoke("never")).toMatchObject(crash("Runtime.NodeJsExit", /not settled/));
    expect(reply(await fn.invoke("count"))).toBe(1);
  });
});

describe("a handler's file that cannot be loaded", () => {
  it.each([
    ["is not there", undefined, "Runtime.ImportModuleError", /missing\.mjs/],
    ["imports what is not there", `import "./nowhere.mjs";`, "Runtime.ImportModuleError", /nowhere\.mjs/],
    ["is no JavaScript", `export const = 1;`, "Runtime.UserCodeSyntaxError", /SyntaxError/],
    ["throws at import", `throw new RangeError("no table");`, "RangeError", /no table/],
    ["exports another name", `export const other = 1;`, "Runtime.HandlerNotFound", /exports: other/],
    [
      "exports no function",
      `export const handler = {};`,
      "Runtime.HandlerNotFound",
      /no function but object/,
    ],
    ["exports nothing", ``, "Runtime.HandlerNotFound", /It exports: nothing/],
    [
      "takes a callback",
      `export const handler = (e, c, done) => done();`,
      "Runtime.CallbackHandlerDeprecated",
      /async/,
    ],
    ["exits at import", `process.exit(7);`, "Runtime.ExitError", /exit status 7/],
    ["never settles", `await new Promise(() => {});`, "Runtime.ExitError", /exit status 13/],
    [
      "rejects at import",
      `Promise.reject(new Error("late")); await new Promise((r) => setTimeout(r, 200));`,
      "Runtime.UnhandledPromiseRejection",
      /late/,
    ],
  ])("%s: named with its cause", async (_says, code, name, message) => {
    const file = code === undefined ? join(folder, "missing.mjs") : write(code);
    const fn = localLambda({ handler: file, timeoutMs: 5_000 });
    made.push(fn);

    expect(await fn.invoke({})).toMatchObject({ outcome: "init-error", error: { name, message } });
    expect(fn.running()).toEqual([]);
  });

  it("is tried again at the next invocation", async () => {
    const fn = make(`throw new Error("not yet");`);

    expect(await fn.invoke({})).toMatchObject({ outcome: "init-error", error: { message: "not yet" } });
    write(`export const handler = async () => "now";`);
    expect(reply(await fn.invoke({}))).toBe("now");
  });

  it("is given up when it takes too long", async () => {
    const fn = make(`await new Promise((resolve) => setTimeout(resolve, 60_000));`, { initTimeoutMs: 300 });

    expect(await fn.invoke({})).toMatchObject({
      outcome: "init-error",
      error: { name: "Sandbox.Timedout", message: /not loaded within 300 ms/ },
    });
  });
});

describe("between invocations", () => {
  it("C-05 · the environment is frozen: a timer left running sleeps, and thaws with the next invocation", async () => {
    const fn = make(
      `let ticks = 0; setInterval(() => ticks++, 10); export const handler = async () => [process.pid, ticks];`,
    );

    const [pid = 0, before = 0] = reply(await fn.invoke(0)) as number[];
    await until(() => stateOf(pid) === "T");
    await sleep(300);
    const [again = 0, after = 0] = reply(await fn.invoke(0)) as number[];

    expect(again).toBe(pid);
    expect(after - before).toBeLessThan(10);
  });

  it("C-05 · what was left unawaited goes on in the next invocation, and can end that one", async () => {
    const fn = make(
      `let doneAtMs = 0; export const handler = async (e) => {
        if (e === "leave") setTimeout(() => { doneAtMs = Date.now(); }, 100);
        if (e === "break") setTimeout(() => { throw new Error("from the invocation before"); }, 50);
        if (e === "wait") await new Promise((resolve) => setTimeout(resolve, 300));
        return doneAtMs;
      };`,
    );

    expect(reply(await fn.invoke("leave"))).toBe(0);
    await sleep(300);
    const thawedAtMs = Date.now();
    expect(reply(await fn.invoke("wait"))).toBeGreaterThanOrEqual(thawedAtMs);
    await fn.invoke("break");
    expect(await fn.invoke("wait")).toMatchObject({
      outcome: "crash",
      error: { message: "from the invocation before" },
    });
  });

  it("an environment that is killed while it sleeps is nobody's crash", async () => {
    const fn = make(`let n = 0; export const handler = async () => [process.pid, ++n];`);

    const [pid = 0] = reply(await fn.invoke({})) as number[];
    process.kill(pid, "SIGKILL");
    await until(() => stateOf(pid) === undefined);

    expect(reply(await fn.invoke({}))).toEqual([expect.not.toBeOneOf([pid]), 1]);
  });
});

describe("the pool", () => {
  it("throttles what is more than its concurrency, and runs that much at once", async () => {
    const fn = make(`export const handler = () => new Promise((r) => setTimeout(r, 400, process.pid));`, {
      maxConcurrency: 2,
    });

    const both = [fn.invoke(0), fn.invoke(0)];
    expect(await fn.invoke(0)).toMatchObject({
      outcome: "throttled",
      error: { name: "TooManyRequestsException", message: /all 2 environments/ },
    });
    expect(new Set((await Promise.all(both)).map(reply)).size).toBe(2);
  });

  it("shutdown ends running and sleeping environments; then nothing starts any more", async () => {
    const fn = make(
      `export const handler = (e) => e === "hang" ? new Promise(() => setInterval(() => {}, 1_000)) : process.pid;`,
    );

    const asleep = reply(await fn.invoke("pid")) as number;
    const hanging = [fn.invoke("hang"), fn.invoke("hang")];
    await until(() => fn.running().length === 2);
    const pids = [asleep, ...fn.running()];
    await fn.shutdown();

    expect((await Promise.all(hanging)).map(({ outcome }) => outcome)).toEqual(
      expect.not.arrayContaining(["success"]),
    );
    expect(pids.map(stateOf)).toEqual(pids.map(() => undefined));
    await expect(fn.invoke({})).rejects.toThrow(/was shut down/);
    await fn.shutdown();
  });

  it("shutdown lets an environment with `shutdownMs` end by itself, and kills it after", async () => {
    const lines: string[] = [];
    const fn = make(
      `process.on("SIGTERM", () => { console.log("closing"); setTimeout(() => process.exit(0), 50); });
       export const handler = async () => {};`,
      { shutdownMs: 5_000, onLog: ({ text }) => lines.push(text) },
    );
    await fn.invoke({});
    await fn.shutdown();
    expect(lines).toEqual(["closing"]);

    const deaf = make(`process.on("SIGTERM", () => {}); export const handler = async () => process.pid;`, {
      shutdownMs: 200,
    });
    const pid = reply(await deaf.invoke({})) as number;
    await deaf.shutdown();
    expect(stateOf(pid)).toBeUndefined();
  });

  it("refuses options that it does not have or cannot keep", () => {
    const handler = "a.mjs";
    const refused = (options: object) => () => localLambda({ handler, timeoutMs: 1_000, ...options });
    expect(refused({ timeout: 1 })).toThrow(/no option "timeout". It has: handler, timeoutMs/);
    expect(refused({ handler: "" })).toThrow(/named as file#export/);
    expect(refused({ handler: "#handler" })).toThrow(/named as file#export/);
    expect(refused({ timeoutMs: 900_001 })).toThrow(/timeoutMs is a whole number from 1 to 900000/);
    expect(refused({ memoryMb: 64 })).toThrow(/memoryMb is a whole number from 128 to 10240, got 64/);
    expect(refused({ maxConcurrency: 0 })).toThrow(/maxConcurrency/);
  });
});
