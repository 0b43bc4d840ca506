/** What cannot be read, or not wholly: never a silent pass. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { called, effectivelyOnce } from "../support.ts";
import { doctor, failed, sam, workspace } from "./support.ts";

const { folder, write } = workspace();

describe("files", () => {
  it("one that does not parse is named with its line, exit code 2; the others are audited all the same", async () => {
    const bad = write("parse/bad.yaml", 'Resources:\n  Q:\n    Type: "AWS::SQS::Queue\n   x: [\n');
    const good = write("parse/good.yaml", sam({ timeout: 60, visibility: 30 }));

    const { code, report, err } = await doctor(bad, good);

    expect(code).toBe(2);
    expect(err).toMatch(/parse.bad\.yaml:5:1 cannot be read as YAML/);
    expect(failed(report)).toContain("DUP001");
  });

  it("a binary file is no template", async () => {
    const path = write("binary.yaml", Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0, 1, 2]));

    const { code, err } = await called("doctor", path);

    expect(err).toMatch(/binary\.yaml is a binary file/);
    expect(code).toBe(2);
  });

  it("a file that is none of the kinds that are read", async () => {
    const { code, err } = await called("doctor", write("list.yaml", "- a\n- b\n"));

    expect(err).toMatch(/list\.yaml is neither a CloudFormation, SAM or CDK template/);
    expect(code).toBe(2);
  });

  it("a template of 50 MB is refused by CloudFormation's own limit, quickly", async () => {
    const path = write("large.yaml", `${sam()}\n${`  # ${"x".repeat(1_000)}\n`.repeat(50_000)}`);

    const startedMs = performance.now();
    const { code, err } = await called("doctor", path);

    expect(err).toMatch(/large\.yaml.*MB/);
    expect(code).toBe(2);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it("a folder without any template is a mistake, not a pass", async () => {
    write("empty/readme.txt", "nothing");

    const { code, err } = await called("doctor", join(folder, "empty"));

    expect(err).toMatch(/no template was found in .*empty/);
    expect(code).toBe(2);
  });
});

describe("templates", () => {
  it("one without Lambda has nothing to audit, and that is said", async () => {
    const path = write("no-lambda.yaml", "Resources:\n  B:\n    Type: AWS::S3::Bucket\n");

    const { code, out } = await called("doctor", path);

    expect(out).toMatch(/no-lambda\.yaml/);
    expect(out).toMatch(/0 pipelines|no function|nothing (that|to)/i);
    expect(code).toBe(0);
  });

  it("an unknown macro is told: nobody here knows what it has changed", async () => {
    const path = write(
      "macro.yaml",
      sam().replace(
        "Transform: AWS::Serverless-2016-10-31",
        "Transform: [AWS::Serverless-2016-10-31, OurMacro]",
      ),
    );

    const { code, report } = await doctor(path);

    expect(code).toBe(0);
    expect(report.gaps.map(({ reason }) => reason).join()).toMatch(/OurMacro/);
    expect((await doctor(path, "--fail-on-unknown")).code).toBe(1);
    expect((await called("doctor", path)).out).toMatch(/OurMacro/);
  });

  it("references in a circle end, and are unknown with the reason", async () => {
    const path = write(
      "circle.yaml",
      sam({
        visibility: "!If [A, 30, 60]",
        more: "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n",
      }),
    );

    const { report } = await doctor(path);

    expect(
      report.findings.some(
        ({ status, reason }) => status === "unknown" && /circle|cycl|loop|itself/i.test(reason ?? ""),
      ),
    ).toBe(true);
  });
});

describe("credentials", () => {
  const nobody = {
    AWS_ACCESS_KEY_ID: "",
    AWS_SECRET_ACCESS_KEY: "",
    AWS_SESSION_TOKEN: "",
    AWS_PROFILE: "",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SHARED_CREDENTIALS_FILE: "/nonexistent/credentials",
    AWS_CONFIG_FILE: "/nonexistent/config",
    AWS_ENDPOINT_URL: "",
    AWS_ENDPOINT_URL_LAMBDA: "",
  };

  it("none: a sentence that says what to set, exit code 2", async () => {
    const { code, err } = await effectivelyOnce(["doctor", "--live", "--region", "eu-west-1"], nobody).ended;

    expect(err).toMatch(/no AWS credentials were found/);
    expect(code).toBe(2);
  });

  it("no region: the same", async () => {
    const { code, err } = await effectivelyOnce(["doctor", "--live"], {
      ...nobody,
      AWS_REGION: "",
      AWS_DEFAULT_REGION: "",
    }).ended;

    expect(err).toMatch(/--live needs a region/);
    expect(code).toBe(2);
  });

  it("--policy prints the least policy, and needs none", async () => {
    const { code, out } = await called("doctor", "--policy");

    const { Statement } = JSON.parse(out) as { Statement: { Effect: string; Action: string[] }[] };
    expect(Statement.flatMap(({ Action }) => Action)).toContain("lambda:ListEventSourceMappings");
    expect(
      Statement.flatMap(({ Action }) => Action).every((action) => /:(List|Get|Describe)/.test(action)),
    ).toBe(true);
    expect(code).toBe(0);
  });
});
