import { describe, expect, test } from "vitest";
import { one, read, told } from "./support.ts";

function queue(
  properties: string,
  sections = "",
): ReturnType<typeof one<ReturnType<typeof read>["queues"][number]>> {
  return one(
    read(
      `${sections}\nResources:\n  D: { Type: AWS::SQS::Queue, Properties: { QueueName: dead } }\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: ${properties}\n`,
    ).queues,
    "Q",
  );
}

test("a queue without properties has SQS's defaults, and a place where they would be written", () => {
  const facts = read("Resources:\n  Q:\n    Type: AWS::SQS::Queue\n");

  const bare = one(facts.queues, "Q");
  expect(told(bare.visibilityTimeoutSeconds)).toBe("30 default");
  expect(told(bare.retentionSeconds)).toBe("345600 default");
  expect(told(bare.delaySeconds)).toBe("0 default");
  expect(told(bare.fifo)).toBe("false default");
  expect(told(bare.contentBasedDeduplication)).toBe("false default");
  expect(told(bare.deadLetterQueue)).toBe("undefined default");
  expect(told(bare.maxReceiveCount)).toBe("undefined default");
  expect(bare.place).toMatchObject({
    file: "template.yaml",
    line: 2,
    column: 3,
    endColumn: 4,
    pointer: "/Resources/Q",
  });
  expect(bare.settings).toMatchObject({ line: 2, pointer: "/Resources/Q/Properties" });
});

test("settings are read, with the place of each", () => {
  const read1 = queue(
    '{ QueueName: a.fifo, VisibilityTimeout: 90, MessageRetentionPeriod: "60", DelaySeconds: 9, FifoQueue: "true", ContentBasedDeduplication: yes }',
  );

  expect(told(read1.name)).toBe("a.fifo literal");
  expect(told(read1.retentionSeconds)).toBe("60 literal");
  expect(told(read1.delaySeconds)).toBe("9 literal");
  expect(told(read1.fifo)).toBe("true literal");
  expect(told(read1.contentBasedDeduplication)).toBe("true literal");
  expect(read1.visibilityTimeoutSeconds.cases[0]?.answer.place).toMatchObject({
    line: 6,
    pointer: "/Resources/Q/Properties/VisibilityTimeout",
  });
});

describe("a redrive policy", () => {
  test.each([
    ["an object", "{ deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 3 }", "D literal", "3 literal"],
    [
      "an object in long form",
      '{ deadLetterTargetArn: { "Fn::GetAtt": [D, Arn] }, maxReceiveCount: "3" }',
      "D literal",
      "3 literal",
    ],
    [
      "a JSON text",
      `'{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:x","maxReceiveCount":3}'`,
      "arn:aws:sqs:eu-west-1:123456789012:x literal",
      "3 literal",
    ],
    [
      "a text with the ARN put in",
      `!Sub '{"deadLetterTargetArn":"\${D.Arn}","maxReceiveCount":"4"}'`,
      "D literal",
      "4 literal",
    ],
    [
      "a text with an ARN of the queue's name",
      `!Sub '{"deadLetterTargetArn":"arn:\${AWS::Partition}:sqs:\${AWS::Region}:\${AWS::AccountId}:dead","maxReceiveCount":4}'`,
      "D literal",
      "4 literal",
    ],
    [
      "a text with the count put in",
      `!Sub ['{"deadLetterTargetArn":"\${A}","maxReceiveCount":\${N}}', { A: !GetAtt D.Arn, N: 5 }]`,
      "D literal",
      "5 literal",
    ],
    [
      "an ARN of the same stack",
      "{ deadLetterTargetArn: !Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:dead', maxReceiveCount: 3 }",
      "D literal",
      "3 literal",
    ],
    [
      "an ARN made of the name",
      "{ deadLetterTargetArn: !Sub 'arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${D.QueueName}', maxReceiveCount: 3 }",
      "D literal",
      "3 literal",
    ],
    [
      "a joined ARN",
      '{ deadLetterTargetArn: !Join [":", [arn, aws, sqs, !Ref AWS::Region, !Ref AWS::AccountId, dead]], maxReceiveCount: 3 }',
      "D literal",
      "3 literal",
    ],
    [
      "a queue that is imported",
      "{ deadLetterTargetArn: !ImportValue Dead, maxReceiveCount: 3 }",
      "Fn::ImportValue Dead literal",
      "3 literal",
    ],
    ["no count", "{ deadLetterTargetArn: !GetAtt D.Arn }", "D literal", "10 default"],
  ])("may be %s", (_form, policy, target, count) => {
    const { deadLetterQueue, maxReceiveCount } = queue(`{ RedrivePolicy: ${policy} }`);

    expect(told(deadLetterQueue)).toBe(target);
    expect(told(maxReceiveCount)).toBe(count);
  });

  test("that is a choice is one in each of its worlds", () => {
    const { deadLetterQueue, maxReceiveCount } = queue(
      "{ RedrivePolicy: !If [Keep, { deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 1 }, !Ref AWS::NoValue] }",
      "Conditions: { Keep: !Equals [!ImportValue A, b] }",
    );

    expect(told(deadLetterQueue)).toBe("Keep=true: D branch | Keep=false: undefined default");
    expect(told(maxReceiveCount)).toBe("Keep=true: 1 branch | Keep=false: undefined default");
  });

  test("that cannot be read is not known, and not absent", () => {
    expect(told(queue("{ RedrivePolicy: 'none' }").deadLetterQueue)).toBe(
      "unknown, RedrivePolicy is a text that cannot be read as JSON",
    );
    expect(told(queue("{ RedrivePolicy: !ImportValue Policy }").maxReceiveCount)).toBe(
      "unknown, RedrivePolicy is imported (Fn::ImportValue)",
    );
  });
});

test("a queue of a literal account is not taken for the stack's own of that name", () => {
  const { deadLetterQueue } = queue(
    "{ RedrivePolicy: { deadLetterTargetArn: 'arn:aws:sqs:eu-west-1:123456789012:dead', maxReceiveCount: 3 } }",
  );

  expect(told(deadLetterQueue)).toBe("arn:aws:sqs:eu-west-1:123456789012:dead literal");
});

test("names are equal whatever is open in them", () => {
  const facts = read(`
Parameters: { Stage: { Type: String } }
Resources:
  Q: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub "\${Stage}-orders" } }
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: f
      EventSourceArn: !Join [":", [arn, !Ref AWS::Partition, sqs, !Ref AWS::Region, !Ref AWS::AccountId, !Join ["-", [!Ref Stage, orders]]]]
`);

  expect(told(one(facts.mappings, "M").source)).toBe("Q literal");
});

test("a macro inside of the properties leaves open what they do not set", () => {
  const { visibilityTimeoutSeconds, delaySeconds } = queue(
    "{ DelaySeconds: 1, 'Fn::Transform': { Name: 'AWS::Include', Parameters: { Location: s3://b/x } } }",
  );

  expect(told(delaySeconds)).toBe("1 literal");
  expect(told(visibilityTimeoutSeconds)).toBe(
    "unknown, VisibilityTimeout may be written by a macro (Fn::Transform)",
  );
});

test("metadata suppresses rules at the resource itself", () => {
  const facts = read(`
Resources:
  Q:
    Type: AWS::SQS::Queue
    Metadata: { EffectivelyOnce: { ignore: [{ rule: DUP003, reason: it is slow }, DUP004] } }
`);

  expect(one(facts.queues, "Q").ignores).toEqual([
    { rule: "DUP003", reason: "it is slow" },
    { rule: "DUP004" },
  ]);
});
