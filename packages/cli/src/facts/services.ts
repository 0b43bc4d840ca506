/** What an ARN, a URL or a name says of the service behind it. */

import type { Destination } from "./model.ts";

/** What an ARN, a URL of a queue, or a name says; a part that is not known stands as one character of the private use area. */
export function namedBy(text: string): { readonly service?: string; readonly name?: string | undefined } {
  const fn = /function:([^:/\uE000]+)/.exec(text);
  if (fn) return { service: "lambda", name: fn[1] };
  const arn = /^arn:[^:]*:([^:]*):[^:]*:[^:]*:(.+)$/s.exec(text);
  if (arn) {
    const [, service = "", resource = ""] = arn;
    if (service === "dynamodb") return { service, name: /^table\/([^/]+)/.exec(resource)?.[1] };
    if (service === "kinesis") return { service, name: /^stream\/([^/]+)/.exec(resource)?.[1] };
    return { service, name: resource };
  }
  const url = /sqs[.-][^/]*amazonaws\.com[^/]*\/[^/]*\/([^/]+)$/.exec(text);
  return url ? { service: "sqs", name: url[1] } : { name: text };
}

/** @param service as an ARN names it */
export function destinationKind(service: string | undefined): Destination["kind"] {
  switch (service) {
    case "sqs":
    case "sns":
    case "s3":
    case "kafka":
    case "lambda":
      return service;
    case "events":
      return "eventbridge";
    default:
      return "other";
  }
}
