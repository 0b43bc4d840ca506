/** A CloudFormation or SAM template as facts. */

import type { Files } from "../files.ts";
import type { Facts, Language } from "../model.ts";
import { queueIntegrations } from "./api-gateway.ts";
import { Draft } from "./draft.ts";
import { type Exports } from "./exports.ts";
import { functionOf, noteInvokeConfig } from "./functions.ts";
import { imported } from "./imported.ts";
import { idempotencyOf } from "./idempotency.ts";
import { mappingOf } from "./mappings.ts";
import { loaded } from "./nested.ts";
import { bucketNotifications, inlineSubscriptions, subscription } from "./notifications.ts";
import {
  functionDestinations,
  receiptRule,
  subscriptionFilter,
  topicRule,
  userPool,
} from "./other-senders.ts";
import { pipe } from "./pipes.ts";
import { queueOf } from "./queues.ts";
import { samEvents } from "./sam-events.ts";
import { ruleTargets, schedule } from "./schedules.ts";
import { kinesisStream, tableOf, tableStream } from "./streams.ts";
import { gatherCompared, type Resource, type Template } from "./template.ts";

export { isTemplate } from "./text.ts";

/**
 * Reads a template, and those nested in it that lie on the same disk.
 *
 * @param path as it was asked for; nested templates and code are looked for beside it
 * @throws InputProblem for a text that is no template or cannot be read
 */
export function readCloudFormation(path: string, text: string, files: Files): Facts {
  return factsOf(path, text, files);
}

interface Known {
  /** Where something else than the template tells it. */
  readonly language?: Language;
  readonly exports?: Exports;
}

/** As {@link readCloudFormation}, for what is known to be a template of an application. */
export function factsOf(path: string, text: string, files: Files, { language, exports }: Known = {}): Facts {
  const draft = new Draft(files);
  const template = loaded(path, text, files, draft.gaps, { isSure: language !== undefined });
  template.imports = (name) => exports?.named(name);
  gatherCompared(template);
  const resources = [...template.allResources()];
  for (const resource of resources) noteConfigs(resource, draft);
  for (const resource of resources) (READERS[resource.type] ?? nothing)(resource, draft);
  for (const [id, configs] of draft.invokeConfigs)
    for (const config of configs) functionDestinations(id, config, draft);
  // What is called, and as which version, is known only now.
  for (const resource of resources)
    if (isFunction(resource)) draft.functions.push(functionOf(resource, draft));
  for (const resource of imported(draft, exports?.templates ?? []))
    if (isFunction(resource)) draft.functions.push(functionOf(resource, draft));
    else (READERS[resource.type] ?? nothing)(resource, draft);
  const { functions, queues, streams, mappings, pipes, deliveries, tables, idempotency, gaps } = draft;
  return {
    language: language ?? languageOf(template),
    file: path,
    ...{ functions, queues, streams, mappings, pipes, deliveries, tables, idempotency, gaps },
    signs: [],
  };
}

function languageOf(template: Template): Language {
  if (template.source.constructs.size > 0) return "cdk";
  for (const { isSam } of template.all()) if (isSam) return "sam";
  return "cloudformation";
}

function isFunction({ type }: Resource): boolean {
  return type === "AWS::Lambda::Function" || type === "AWS::Serverless::Function";
}

function noteConfigs(resource: Resource, draft: Draft): void {
  if (resource.type === "AWS::Lambda::EventInvokeConfig" || resource.type === "AWS::Serverless::Function")
    noteInvokeConfig(resource, draft);
}

function nothing(): void {}

const READERS: Readonly<Record<string, (resource: Resource, draft: Draft) => void>> = {
  "AWS::Lambda::Function": functionParts,
  "AWS::Serverless::Function": (resource, draft) => {
    functionParts(resource, draft);
    samEvents(resource, draft);
  },
  "AWS::Lambda::EventSourceMapping": (resource, draft) => draft.mappings.push(mappingOf(resource)),
  "AWS::SQS::Queue": (resource, draft) => draft.queues.push(queueOf(resource)),
  "AWS::Kinesis::Stream": (resource, draft) => draft.streams.push(kinesisStream(resource)),
  "AWS::DynamoDB::Table": table,
  "AWS::DynamoDB::GlobalTable": table,
  "AWS::Serverless::SimpleTable": table,
  "AWS::Pipes::Pipe": pipe,
  "AWS::Events::Rule": ruleTargets,
  "AWS::Scheduler::Schedule": schedule,
  "AWS::SNS::Subscription": subscription,
  "AWS::SNS::Topic": inlineSubscriptions,
  "AWS::S3::Bucket": bucketNotifications,
  "Custom::S3BucketNotifications": bucketNotifications,
  "AWS::IoT::TopicRule": topicRule,
  "AWS::Logs::SubscriptionFilter": subscriptionFilter,
  "AWS::SES::ReceiptRule": receiptRule,
  "AWS::Cognito::UserPool": userPool,
  "AWS::ApiGateway::Method": queueIntegrations,
  "AWS::ApiGateway::RestApi": queueIntegrations,
  "AWS::ApiGatewayV2::Api": queueIntegrations,
  "AWS::ApiGatewayV2::Integration": queueIntegrations,
  "AWS::Serverless::Api": queueIntegrations,
  "AWS::Serverless::HttpApi": queueIntegrations,
};

function functionParts(resource: Resource, draft: Draft): void {
  const remembers = idempotencyOf(resource);
  if (remembers) draft.idempotency.push(remembers);
}

function table(resource: Resource, draft: Draft): void {
  draft.tables.push(tableOf(resource));
  const stream = tableStream(resource);
  if (stream) draft.streams.push(stream);
}
