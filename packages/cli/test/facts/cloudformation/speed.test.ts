import { expect, test } from "vitest";
import { read } from "./support.ts";

function template(pairs: number): string {
  const parts = Array.from(
    { length: pairs },
    (_, index) => `
  Queue${index}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "\${AWS::StackName}-queue-${index}"
      VisibilityTimeout: !If [IsProd, 60, 30]
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
  Function${index}:
    Type: AWS::Serverless::Function
    Properties:
      Events: { E: { Type: SQS, Properties: { Queue: !GetAtt Queue${index}.Arn } } }`,
  );
  return `Transform: AWS::Serverless-2016-10-31
Parameters: { Stage: { Type: String, Default: dev } }
Conditions: { IsProd: !Equals [!Ref Stage, prod] }
Resources:
  Dead: { Type: AWS::SQS::Queue }${parts.join("")}
`;
}

/** Of this process, which other things on the machine slow down less than the clock. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test("a template of nearly a megabyte takes seconds, and not minutes", { timeout: 120_000 }, () => {
  const text = template(2_200);
  expect(text.length).toBeGreaterThan(800_000);

  const spent = cpuMs(() => expect(read(text).mappings).toHaveLength(2_200));

  expect(spent).toBeLessThan(15_000);
});

test("a template of five kilobytes takes milliseconds", { timeout: 120_000 }, () => {
  const text = template(13);
  expect(text.length).toBeGreaterThan(4_500);
  read(text);

  const spent = cpuMs(() => {
    for (let time = 0; time < 50; time += 1) read(text);
  });

  expect(spent / 50).toBeLessThan(50);
});
