/** The SDK's clients for one region. The SDK is loaded when they are first made: no other command pays for it. */

import type { CloudWatch } from "@aws-sdk/client-cloudwatch";
import type { Lambda } from "@aws-sdk/client-lambda";
import type { SQS } from "@aws-sdk/client-sqs";
import { type AwsSettings, clientConfig } from "../../aws/settings.ts";

export interface LiveClients {
  readonly lambda: Lambda;
  readonly sqs: SQS;
  readonly cloudwatch: CloudWatch;
}

export type ClientsOf = (region: string) => LiveClients;

/** Their credentials are found once, for all regions: a profile may ask a person, or another program. */
export async function sdkClients(settings: AwsSettings): Promise<ClientsOf> {
  const [{ Lambda }, { SQS }, { CloudWatch }] = await Promise.all([
    import("@aws-sdk/client-lambda"),
    import("@aws-sdk/client-sqs"),
    import("@aws-sdk/client-cloudwatch"),
  ]);
  let found: { readonly credentials: Lambda["config"]["credentials"] } | undefined;
  return (region) => {
    const lambda = new Lambda({ ...clientConfig(settings, "LAMBDA"), region, ...found });
    found ??= { credentials: lambda.config.credentials };
    return {
      lambda,
      // The queue's URL would otherwise choose the host, and may name an old one.
      sqs: new SQS({ ...clientConfig(settings, "SQS"), region, useQueueUrlAsEndpoint: false, ...found }),
      cloudwatch: new CloudWatch({ ...clientConfig(settings, "CLOUDWATCH"), region, ...found }),
    };
  };
}
