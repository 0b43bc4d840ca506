/**
 * Lambda, SQS and CloudWatch over one local HTTP server, as far as the live reading asks: REST JSON
 * (https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html and its neighbours) and AWS JSON 1.0
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-making-api-requests-json.html;
 * the installed CloudWatch client speaks that too).
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ACCOUNT, type Account, type Shape } from "./account.ts";

export interface Asked {
  /** `lambda:ListFunctions` */
  readonly action: string;
  /** Function, queue; of metrics none. */
  readonly about: string;
  /** As the request is signed for it. */
  readonly region: string;
  readonly body: Shape;
  readonly query: URLSearchParams;
  /** Which call of this action it is, from 1 on. */
  readonly nth: number;
}

export interface Failure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** `reset`: the connection is cut. `hang`: no answer. */
export type Intercept = (asked: Asked) => Failure | "reset" | "hang" | undefined;

export interface AwsServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  close(): Promise<void>;
}

/** Items on a page, whatever was asked for. */
const PAGE = 50;
const LAMBDA: readonly (readonly [RegExp, string])[] = [
  [/^\/2015-03-31\/functions\/?$/, "ListFunctions"],
  [/^\/2015-03-31\/event-source-mappings\/?$/, "ListEventSourceMappings"],
  [/^\/2015-03-31\/functions\/([^/]+)\/configuration$/, "GetFunctionConfiguration"],
  [/^\/2015-03-31\/functions\/([^/]+)\/aliases$/, "ListAliases"],
  [/^\/2019-09-30\/functions\/([^/]+)\/concurrency$/, "GetFunctionConcurrency"],
  [/^\/2019-09-25\/functions\/([^/]+)\/event-invoke-config\/list$/, "ListFunctionEventInvokeConfigs"],
];

export async function awsServer(
  account: Account,
  intercept: Intercept = () => undefined,
): Promise<AwsServer> {
  const asked: Asked[] = [];
  const counts = new Map<string, number>();
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const call = callOf(request, body, counts);
      asked.push(call);
      const fate = intercept(call);
      if (fate === "hang") return;
      if (fate === "reset") request.socket.resetAndDestroy();
      else if (fate !== undefined) fail(response, fate);
      else {
        const answer = answerOf(account, call, `http://${request.headers.host}`);
        if ("code" in answer) fail(response, answer as unknown as Failure);
        else response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Shape> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString("utf8");
  return text === "" ? {} : (JSON.parse(text) as Shape);
}

function callOf(request: IncomingMessage, body: Shape, counts: Map<string, number>): Asked {
  const { pathname, searchParams: query } = new URL(request.url ?? "", "http://aws");
  const [service = "", operation = ""] = String(request.headers["x-amz-target"] ?? "").split(".");
  let action = `${service === "AmazonSQS" ? "sqs" : "cloudwatch"}:${operation}`;
  let about = "";
  if (operation === "") {
    const [path, name] = LAMBDA.find(([pattern]) => pattern.test(pathname)) ?? [/()/, `? ${pathname}`];
    action = `lambda:${name}`;
    about = decodeURIComponent(path.exec(pathname)?.[1] ?? "");
  } else about = String(body["QueueName"] ?? body["QueueUrl"] ?? "").replace(/^.*\//, "");
  const region = String(request.headers.authorization ?? "").split("/")[2] ?? "";
  const nth = (counts.get(action) ?? 0) + 1;
  counts.set(action, nth);
  return {
    action,
    about,
    region,
    body,
    query,
    nth,
  };
}

function answerOf(account: Account, { action, about, body, query }: Asked, origin: string): Shape {
  const { functions, mappings, queues = {} } = account;
  const page = (name: string, all: readonly Shape[]): Shape => {
    const from = Number(query.get("Marker") ?? 0);
    const to = from + PAGE;
    return { [name]: all.slice(from, to), ...(to < all.length ? { NextMarker: String(to) } : {}) };
  };
  const known = functions.some((one) => one["FunctionName"] === about);
  const missing = failure(404, "ResourceNotFoundException", `Function not found: ${about}`);
  const noQueue = failure(400, "QueueDoesNotExist", "The specified queue does not exist.");
  switch (action) {
    case "lambda:ListFunctions":
      return page("Functions", functions);
    case "lambda:ListEventSourceMappings":
      return page("EventSourceMappings", mappings);
    case "lambda:GetFunctionConcurrency": {
      const reserved = account.concurrency?.[about];
      return known ? (reserved === undefined ? {} : { ReservedConcurrentExecutions: reserved }) : missing;
    }
    case "lambda:ListFunctionEventInvokeConfigs":
      return page("FunctionEventInvokeConfigs", account.invokes?.[about] ?? []);
    case "lambda:ListAliases":
      return known ? page("Aliases", account.aliases?.[about] ?? []) : missing;
    case "lambda:GetFunctionConfiguration":
      return account.versions?.[`${about}:${query.get("Qualifier")}`] ?? missing;
    case "sqs:GetQueueUrl":
      return about in queues ? { QueueUrl: `${origin}/${ACCOUNT}/${about}` } : noQueue;
    case "sqs:GetQueueAttributes":
      return about in queues ? { Attributes: queues[about] } : noQueue;
    case "cloudwatch:GetMetricData":
      return metricData(account, body);
    default:
      return failure(400, "UnknownOperationException", action);
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: one value on a page. */
function metricData({ metrics = {} }: Account, body: Shape): Shape {
  const queries = body["MetricDataQueries"] as readonly {
    readonly Id: string;
    readonly MetricStat: {
      readonly Stat: string;
      readonly Metric: { readonly MetricName: string; readonly Dimensions: readonly { Value: string }[] };
    };
  }[];
  if (queries.length > 500) return failure(400, "ValidationError", "At most 500 queries");
  const at = Number(body["NextToken"] ?? 0);
  const valuesOf = queries.map(({ MetricStat: { Stat, Metric } }) => {
    const name = Metric.Dimensions.at(-1)?.Value;
    return metrics[`${Metric.MetricName} ${Stat} ${name}`] ?? [];
  });
  const more = valuesOf.some((values) => values.length > at + 1);
  return {
    MetricDataResults: queries.map(({ Id }, index) => {
      const values = (valuesOf[index] ?? []).slice(at, at + 1);
      return {
        Id,
        Label: Id,
        Timestamps: values.map(() => 1_790_000_000 - at * 86_400),
        Values: values,
        StatusCode: more ? "PartialData" : "Complete",
      };
    }),
    Messages: [],
    ...(more ? { NextToken: String(at + 1) } : {}),
  };
}

export function failure(status: number, code: string, message: string): Shape & Failure {
  return { status, code, message };
}

/** REST JSON names the error in a header, AWS JSON in the body, and SQS by its old name in a header besides. */
function fail(response: ServerResponse, { status, code, message }: Failure): void {
  response
    .writeHead(status, { "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": code })
    .end(JSON.stringify({ __type: `com.amazonaws#${code}`, message, Message: message }));
}
