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

// Loose enough for a machine that is busy with other things; what is quadratic is slower by far.
test("a template of a megabyte is read in seconds", () => {
  const text = template(2_200);
  expect(text.length).toBeGreaterThan(800_000);

  const begun = performance.now();
  const { mappings } = read(text);

  expect(mappings).toHaveLength(2_200);
  expect(performance.now() - begun).toBeLessThan(15_000);
});

test("a hundred templates of five kilobytes are read in seconds", () => {
  const text = template(13);
  expect(text.length).toBeGreaterThan(4_500);

  const begun = performance.now();
  for (let time = 0; time < 100; time += 1) read(text);

  expect(performance.now() - begun).toBeLessThan(5_000);
});
