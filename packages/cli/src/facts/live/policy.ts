/** The least that `doctor --live` has to be allowed, and nothing that shows code or messages. */

/** All that is asked of AWS. A call of another action does not compile. */
export const LIVE_ACTIONS = [
  "cloudwatch:GetMetricData",
  "lambda:GetFunctionConcurrency",
  "lambda:GetFunctionConfiguration",
  "lambda:ListAliases",
  "lambda:ListEventSourceMappings",
  "lambda:ListFunctionEventInvokeConfigs",
  "lambda:ListFunctions",
  "sqs:GetQueueAttributes",
  "sqs:GetQueueUrl",
] as const;

export type LiveAction = (typeof LIVE_ACTIONS)[number];

/**
 * An IAM policy document. The actions of its first statement can be allowed on `*` only
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html); those of the others on
 * single functions and queues, for who wants it narrower.
 */
export const LIVE_POLICY: {
  readonly Version: "2012-10-17";
  readonly Statement: readonly {
    readonly Sid: string;
    readonly Effect: "Allow";
    readonly Action: readonly LiveAction[];
    readonly Resource: string;
  }[];
} = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "DoctorLists",
      Effect: "Allow",
      Action: ["cloudwatch:GetMetricData", "lambda:ListEventSourceMappings", "lambda:ListFunctions"],
      Resource: "*",
    },
    {
      Sid: "DoctorFunctions",
      Effect: "Allow",
      Action: [
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
        "lambda:ListAliases",
        "lambda:ListFunctionEventInvokeConfigs",
      ],
      Resource: "arn:aws:lambda:*:*:function:*",
    },
    {
      Sid: "DoctorQueues",
      Effect: "Allow",
      Action: ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
      Resource: "arn:aws:sqs:*:*:*",
    },
  ],
};

/** {@link LIVE_POLICY} as it is given to IAM. */
export function livePolicy(): string {
  return `${JSON.stringify(LIVE_POLICY, null, 2)}\n`;
}
