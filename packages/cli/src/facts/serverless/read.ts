/** Reads a service of the Serverless Framework as facts. */

import { nothingRead } from "../nothing.ts";
import { type Files, InputProblem } from "../files.ts";
import type { Facts, Gap } from "../model.ts";
import { eventFacts } from "./events.ts";
import { functionFacts } from "./functions.ts";
import { Reader } from "./reader.ts";
import { References } from "./references.ts";
import { queueFacts, resourceGaps, streamFacts, tableFacts } from "./resources.ts";
import { Service } from "./service.ts";

/** Whether a file is called as a service's is: `serverless.yml`, `serverless.prod.yml`, `serverless.ts`. */
export function isServerless(path: string): boolean {
  return /(^|[\\/])serverless(\.[\w-]+)?\.(ya?ml|json|ts|[cm]?js)$/.test(path);
}

/** @throws InputProblem when it is not well formed, no service, or a program */
export function readServerless(path: string, text: string, files: Files): Facts {
  if (/\.(ts|[cm]?js)$/.test(path))
    throw new InputProblem(
      `${path} is a program, which is not run here: "serverless print --format json > serverless.json" writes down what it comes to, and that can be read.`,
    );
  const service = new Service(path, text, files);
  if (!service.get("provider") && !service.get("functions"))
    throw new InputProblem(
      `${path} is no service of the Serverless Framework: it has neither provider nor functions.`,
    );
  const other = otherProvider(service);
  if (other) return nothingRead("serverless", path, [other]);
  const reader = new Reader(service, new References(service));
  const { mappings, deliveries, gaps } = eventFacts(reader);
  return {
    language: "serverless",
    file: path,
    functions: functionFacts(reader),
    queues: queueFacts(reader),
    streams: streamFacts(reader),
    mappings,
    pipes: [],
    deliveries,
    tables: tableFacts(reader),
    idempotency: [],
    signs: [],
    gaps: [...service.gaps, ...gaps, ...resourceGaps(reader), ...constructGaps(service)],
  };
}

/** Another cloud's. */
function otherProvider(service: Service): Gap | undefined {
  const provider = service.get("provider", "name") ?? service.get("provider");
  if (!provider?.known || provider.node.kind !== "scalar" || provider.node.value === "aws") return undefined;
  return { reason: `the provider is ${String(provider.node.value)}, not aws`, place: provider.node.place };
}

/** What plugins make. */
function constructGaps(service: Service): readonly Gap[] {
  const constructs = service.get("constructs");
  if (!constructs?.known || constructs.node.kind !== "map") return [];
  return [...constructs.node.entries].map(([name, node]) => ({
    reason: `the construct ${name} (Serverless Lift) makes resources of its own, which are not looked at; "serverless package" makes a template that can be`,
    place: node.key ?? node.place,
  }));
}
