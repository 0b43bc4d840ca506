/** What a local Lambda is told, and what its environments see of it: options, defaults, environment variables. */

import { randomBytes } from "node:crypto";
import { dirname, extname, isAbsolute, relative, resolve } from "node:path";

/** A line of an execution environment's log: one that the handler wrote, or one of the platform's. */
export interface LogLine {
  /** `platform`: Lambda's own lines, which are there with `logFormat` only. */
  readonly stream: "stdout" | "stderr" | "platform";
  /** Without its line end. */
  readonly text: string;
  /** Which execution environment wrote it. */
  readonly pid: number;
  /** The same as CloudWatch Logs names it: `2026/09/25/[$LATEST]0123…`, its `AWS_LAMBDA_LOG_STREAM_NAME`. */
  readonly logStream: string;
}

export interface LocalLambdaOptions {
  /** `path/to/file.ts#export`, seen from the working directory; the export is `handler` when none is named. */
  readonly handler: string;
  /** The function's timeout, 1 ms to 15 minutes. The environment is killed then, as Lambda does. */
  readonly timeoutMs: number;
  /** @default "local" */
  readonly functionName?: string;
  /** 128 to 10,240. The limit of V8's heap: a handler that needs more dies. Buffers are not counted. @default 128, as Lambda's */
  readonly memoryMb?: number;
  /** How many environments there are at most; one more invocation is throttled. @default 10 */
  readonly maxConcurrency?: number;
  /** @default AWS_REGION or AWS_DEFAULT_REGION of this process, or "eu-west-1" */
  readonly region?: string;
  /** Added to this process's environment and to what Lambda sets; stands before both. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags for the environments' `node`, such as `["--import", "tsx"]`. @default none */
  readonly execArgv?: readonly string[];
  /** Gets what the environments write, line by line. @default written to this process's own output */
  readonly onLog?: (line: LogLine) => void;
  /**
   * `json`: the log is what Lambda writes where `LoggingConfig.LogFormat` is `JSON`. Each call of `console` is one line of
   * JSON with its instant and its request id, and the platform's own lines are there as well: `platform.start` before an
   * invocation's lines, `platform.report` after them, with how it ended (`success`, `error`, `timeout`) and how many
   * milliseconds it took. What went to `process.stdout` past `console` stands as it is.
   * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html)
   *
   * @default what the handler writes and nothing else
   *
   * @example
   * const lambda = localLambda({
   *   handler: "src/orders.ts#handler",
   *   timeoutMs: 5_000,
   *   logFormat: "json",
   *   onLog: ({ logStream, text }) => console.log(logStream, text),
   * });
   */
  readonly logFormat?: "json";
  /**
   * Gets what a handler's process sends with `process.send`, before the reply that it was sent before.
   * @default such messages are dropped
   */
  readonly onMessage?: (message: unknown) => void;
  /** How long loading the handler's file may take. Lambda gives 10 s on a machine of its own; here processes share one. @default 60_000 */
  readonly initTimeoutMs?: number;
  /**
   * What `shutdown` leaves an environment between SIGTERM and SIGKILL. Lambda gives 2,000 to a function with an
   * extension, and kills one without at once (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
   * @default 0
   */
  readonly shutdownMs?: number;
}

export interface LambdaSettings {
  readonly file: string;
  readonly exportName: string;
  readonly functionArn: string;
  readonly timeoutMs: number;
  readonly initTimeoutMs: number;
  readonly shutdownMs: number;
  readonly maxConcurrency: number;
  readonly execArgv: readonly string[];
  readonly functionName: string;
  readonly memoryMb: number;
  readonly logFormat: "json" | undefined;
  readonly onLog: ((line: LogLine) => void) | undefined;
  readonly onMessage: ((message: unknown) => void) | undefined;
  /** What Lambda sets for a new environment; each has a log stream of its own. */
  variables(): NodeJS.ProcessEnv;
}

const OPTIONS = [
  "handler",
  "timeoutMs",
  "functionName",
  "memoryMb",
  "maxConcurrency",
  "region",
  "env",
  "execArgv",
  "onLog",
  "logFormat",
  "onMessage",
  "initTimeoutMs",
  "shutdownMs",
];
const LONGEST_TIMEOUT_MS = 900_000;
const FROM_SOURCE = extname(import.meta.filename) === ".ts";

export function settingsOf(options: LocalLambdaOptions): LambdaSettings {
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name))
      throw new TypeError(`localLambda has no option "${name}". It has: ${OPTIONS.join(", ")}.`);
  if (typeof options.handler !== "string" || /^(#|$)/.test(options.handler))
    throw new TypeError(
      `localLambda needs a handler named as file#export, for example "src/orders.ts#handler"; got ${JSON.stringify(options.handler)}.`,
    );
  const [path = "", exportName = "handler"] = options.handler.split("#");
  const { env = {}, functionName = "local", execArgv = [], logFormat, onMessage } = options;
  if (logFormat !== undefined && logFormat !== "json")
    throw new TypeError(`logFormat is "json", or left out, got ${JSON.stringify(logFormat)}.`);
  const timeoutMs = within("timeoutMs", options.timeoutMs, 1, LONGEST_TIMEOUT_MS);
  const memoryMb = within("memoryMb", options.memoryMb ?? 128, 128, 10_240);
  const region =
    options.region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"] ?? "eu-west-1";
  const file = resolve(path);
  return {
    file,
    exportName,
    functionArn: `arn:aws:lambda:${region}:000000000000:function:${functionName}`,
    timeoutMs,
    initTimeoutMs: within("initTimeoutMs", options.initTimeoutMs ?? 60_000, 1, LONGEST_TIMEOUT_MS),
    shutdownMs: within("shutdownMs", options.shutdownMs ?? 0, 0, LONGEST_TIMEOUT_MS),
    maxConcurrency: within("maxConcurrency", options.maxConcurrency ?? 10, 1, 1_000),
    execArgv: [
      "--disable-warning=ExperimentalWarning",
      `--max-old-space-size=${memoryMb}`,
      ...(FROM_SOURCE ? ["--conditions=@effectively-once/source"] : []),
      ...execArgv,
    ],
    functionName,
    memoryMb,
    logFormat,
    // Lines of the platform's are this process's to write.
    onLog: options.onLog ?? (logFormat && (({ text }) => void process.stdout.write(`${text}\n`))),
    onMessage,
    variables: () => ({
      ...process.env,
      ...lambdaVariables({ file, exportName, functionName, memoryMb, region }),
      ...env,
    }),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function lambdaVariables(of: {
  readonly file: string;
  readonly exportName: string;
  readonly functionName: string;
  readonly memoryMb: number;
  readonly region: string;
}): Record<string, string> {
  const here = relative(process.cwd(), of.file);
  const root = here.startsWith("..") || isAbsolute(here) ? dirname(of.file) : process.cwd();
  const inRoot = relative(root, of.file);
  const [day = ""] = new Date().toISOString().split("T");
  return {
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(of.memoryMb),
    AWS_LAMBDA_FUNCTION_NAME: of.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${of.functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `${day.replaceAll("-", "/")}/[$LATEST]${randomBytes(16).toString("hex")}`,
    AWS_REGION: of.region,
    AWS_DEFAULT_REGION: of.region,
    LAMBDA_TASK_ROOT: root,
    TZ: ":UTC",
    _HANDLER: `${inRoot.slice(0, inRoot.length - extname(inRoot).length)}.${of.exportName}`,
  };
}

function within(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is a whole number from ${min} to ${max}, got ${String(value)}.`);
}
