/** The doctor as it is called: what it finds, what it prints, and how it ends. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { called, effectivelyOnce } from "../support.ts";
import { doctor, failed, sam, workspace } from "./support.ts";

const { folder, write, read } = workspace();
const ROOT = join(import.meta.dirname, "../../../..");

describe("what is audited", () => {
  it("without arguments it finds the templates of the folder by itself", async () => {
    write("alone/template.yaml", sam({ visibility: 10, timeout: 60 }));
    write("alone/infra/main.tf", 'resource "aws_sqs_queue" "q" {\n  name = "q"\n}\n');
    write("alone/node_modules/x/template.yaml", sam({ visibility: 1 }));
    write("alone/package.json", "{}");

    const { code, out } = await effectivelyOnce(["doctor", "--json"], {}, join(folder, "alone")).ended;

    const report = JSON.parse(out) as { summary: { pipelines: number }; findings: { file: string }[] };
    expect(report.summary.pipelines).toBe(1);
    expect([...new Set(report.findings.map(({ file }) => file))]).toEqual(["template.yaml"]);
    expect(code).toBe(1);
  });

  it("this project's own SAM example passes, with every rule", async () => {
    const { code, report } = await doctor(
      join(ROOT, "examples/orders-sam/template.yaml"),
      "--fail-on",
      "info",
      "--rule-profile",
      "recommended",
    );

    expect(failed(report)).toEqual([]);
    expect(report.summary).toMatchObject({ pipelines: 1, error: 0, warning: 0, info: 0 });
    expect(code).toBe(0);
  });

  it("a template on stdin", async () => {
    const text = sam({ timeout: 60, visibility: 30 });

    const { code, out } = await effectivelyOnce(["doctor", "-", "--json"], {}, undefined, text).ended;

    expect(failed(JSON.parse(out) as never)).toContain("DUP001");
    expect(code).toBe(1);
  });

  it("files, and globs in quotes", async () => {
    write("globs/one.yaml", sam({ visibility: 10 }));
    write("globs/two.yaml", sam({ visibility: 10 }));

    const { report } = await doctor(join(folder, "globs/*.yaml"));

    expect(report.summary.pipelines).toBe(2);
  });

  it.each([
    [
      "a dead-letter queue of Type SQS",
      "      DeadLetterQueue:\n        Type: SQS\n        TargetArn: !GetAtt Dead.Arn\n",
    ],
    [
      "a destination of Type SQS",
      "      EventInvokeConfig:\n        DestinationConfig:\n          OnFailure:\n            Type: SQS\n            Destination: !GetAtt Dead.Arn\n",
    ],
  ])("%s is no event source: one pipeline, and none of it is audited as one", async (_, decoy) => {
    const path = write("decoy.yaml", sam().replace("      Timeout: 10\n", `      Timeout: 10\n${decoy}`));

    const { report } = await doctor(path);

    expect(report.summary.pipelines).toBe(1);
    expect(failed(report)).not.toContain("DUP001");
  });
});

describe("how it ends", () => {
  it("--fail-on says from where on findings count", async () => {
    const path = write("margin.yaml", sam({ timeout: 60, visibility: 60 }));

    const codes = [];
    for (const failOn of ["error", "warning", "info", "none"])
      codes.push((await doctor(path, "--fail-on", failOn)).code);

    expect(codes).toEqual([0, 1, 1, 0]);
  });

  it("what cannot be known counts with --fail-on-unknown only, and says why", async () => {
    const path = write("unknown.yaml", sam({ visibility: '!ImportValue "visibility"' }));

    const { code, report } = await doctor(path);

    expect(code).toBe(0);
    const open = report.findings.filter(({ status }) => status === "unknown");
    expect(open.map(({ ruleId }) => ruleId)).toContain("DUP001");
    const about = open.filter(({ ruleId }) => /^DUP00[1-4]$/.test(ruleId));
    expect(about.every(({ reason }) => /ImportValue/.test(reason ?? ""))).toBe(true);
    expect((await doctor(path, "--fail-on-unknown")).code).toBe(1);
  });

  it("profiles: strict warns where recommended informs, minimal speaks of errors only", async () => {
    const path = write("profiles.yaml", sam({ timeout: 10, visibility: 20, receives: 3 }));

    const severities = async (profile: string): Promise<readonly string[]> =>
      (await doctor(path, "--rule-profile", profile)).report.findings
        .filter(({ status }) => status === "fail")
        .map(({ ruleId, severity }) => `${ruleId} ${severity}`)
        .toSorted();

    expect(await severities("recommended")).toContain("DUP004 info");
    expect(await severities("strict")).toContain("DUP004 warning");
    expect((await severities("minimal")).every((line) => line.endsWith("error"))).toBe(true);
  });

  it("one rule alone, by id or by name", async () => {
    const path = write("one.yaml", sam({ timeout: 60, visibility: 30, partial: false }));

    expect(failed((await doctor(path, "--rule", "DUP005")).report)).toEqual(["DUP005"]);
    expect(failed((await doctor(path, "--rule", "visibility-below-timeout")).report)).toEqual(["DUP001"]);
  });

  it.each([
    ["a rule that there is not", ["--rule", "DUP999"], /there is no rule "DUP999"/],
    ["a format that there is not", ["--format", "xml"], /--format is one of pretty, json, sarif/],
    ["a dry run of nothing", ["--dry-run"], /--dry-run is for --fix/],
    ["a path that is not there", ["nowhere.yaml"], /nowhere\.yaml is not there/],
    [
      "a severity that there is not",
      ["--fail-on", "fatal"],
      /--fail-on is one of error, warning, info, none/,
    ],
  ])("%s is refused with exit code 2", async (_, args, sentence) => {
    const { code, err } = await called("doctor", ...args);

    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });
});

describe("what is suppressed", () => {
  const wrong = sam({ timeout: 60, visibility: 60 });

  it("a comment with a reason takes a finding out, and one without is told", async () => {
    const because = write(
      "because.yaml",
      wrong.replace("# seconds", "# effectively-once-ignore DUP003: measured"),
    );
    const silent = write("silent.yaml", wrong.replace("# seconds", "# effectively-once-ignore DUP003"));

    expect(failed((await doctor(because, "--rule", "DUP003")).report)).toEqual([]);
    const { report, err } = await doctor(silent, "--rule", "DUP003");
    expect(failed(report)).toEqual(["DUP003"]);
    expect(err).toMatch(/reason/);
  });

  it("one that does nothing any more is told", async () => {
    const path = write(
      "unused.yaml",
      sam().replace("# seconds", "# effectively-once-ignore DUP003: measured"),
    );

    expect((await doctor(path)).err).toMatch(/DUP003/);
  });

  it("the configuration file ignores, with a reason, and changes severities", async () => {
    const path = write("configured.yaml", sam({ timeout: 60, visibility: 60, receives: 3 }));
    const config = write(
      "doctor.config.json",
      JSON.stringify({
        doctor: {
          ignore: [{ rule: "DUP003", queue: "Jobs", reason: "measured" }],
          severities: { LOSS002: "error" },
        },
      }),
    );

    const { code, report } = await doctor(path, "--config", config);

    expect(failed(report)).not.toContain("DUP003");
    expect(report.findings.find(({ ruleId }) => ruleId === "LOSS002")?.severity).toBe("error");
    expect(code).toBe(1);
  });

  it.each([
    [{ ignore: [{ rule: "DUP003" }] }, /reason/],
    [{ ignore: [{ rule: "DUP000", reason: "x" }] }, /no rule "DUP000"/],
    [{ severities: { DUP003: "fatal" } }, /DUP003 is one of error, warning, info, off/],
    [{ idempotency: [{ function: "Worker", recordsLastSeconds: "day" }] }, /recordsLastSeconds/],
    [{ ignored: [] }, /no setting "ignored"/],
  ])("a configuration of %j is refused", async (section, sentence) => {
    const config = write("wrong.config.json", JSON.stringify({ doctor: section }));

    const { code, err } = await called("doctor", write("x.yaml", sam()), "--config", config);

    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });

  it("a baseline holds what is there now; only what is new fails", async () => {
    const path = write("based.yaml", sam({ timeout: 60, visibility: 30 }));
    const baseline = join(folder, "baseline.json");

    expect((await doctor(path, "--write-baseline", baseline)).code).toBe(1);
    expect((await doctor(path, "--baseline", baseline)).code).toBe(0);
    // Lines that move do not make a finding new; another finding is.
    write("based.yaml", `# moved\n${sam({ timeout: 60, visibility: 30, receives: 1 })}`);
    const { code, report } = await doctor(path, "--baseline", baseline);
    expect(failed(report)).toEqual(["LOSS002"]);
    expect(code).toBe(1);
  });
});

describe("--fix", () => {
  it("changes the literal in place, keeps every comment, and is content afterwards", async () => {
    const text = sam({ timeout: 60, visibility: 60 });
    const path = write("mend/template.yaml", text);

    const dry = await effectivelyOnce(
      ["doctor", "template.yaml", "--fix", "--dry-run"],
      {},
      join(folder, "mend"),
    ).ended;
    expect(dry.out).toMatch(/^-\s+VisibilityTimeout: 60 # seconds$/m);
    expect(dry.out).toMatch(/^\+\s+VisibilityTimeout: 360 # seconds$/m);
    expect(read("mend/template.yaml")).toBe(text);

    const { code } = await effectivelyOnce(
      ["doctor", "template.yaml", "--fix", "--fail-on", "info"],
      {},
      join(folder, "mend"),
    ).ended;
    expect(read("mend/template.yaml")).toBe(
      text.replace("VisibilityTimeout: 60 #", "VisibilityTimeout: 360 #"),
    );
    expect(code).toBe(0);
    expect(failed((await doctor(path)).report)).toEqual([]);
  });

  it("a longer visibility that breaks the retention rule raises the retention too", async () => {
    const text = sam({ timeout: 300, visibility: 300, retention: 3_600, receives: 5 });
    write("chase/template.yaml", text);

    const { out } = await effectivelyOnce(["doctor", "--fix", "--json"], {}, join(folder, "chase")).ended;

    expect(failed(JSON.parse(out) as never)).not.toContain("LOSS005");
    const [, visibility] = /VisibilityTimeout: (\d+)/.exec(read("chase/template.yaml")) ?? [];
    const [, retention] = /MessageRetentionPeriod: (\d+)/.exec(read("chase/template.yaml")) ?? [];
    expect(Number(visibility)).toBe(1_800);
    expect(Number(retention)).toBeGreaterThanOrEqual(5 * 1_800);
  });
});

describe("several formats at once", () => {
  it("one to stdout, the others to files; JSON alone is on stdout", async () => {
    const path = write("formats.yaml", sam({ timeout: 60, visibility: 30 }));
    const files = ["sarif", "junit", "markdown", "github", "pretty"].map((name) => [
      name,
      join(folder, `out.${name}`),
    ]);

    const { out, code } = await called(
      "doctor",
      path,
      "--format",
      "json",
      ...files.flatMap(([name, file]) => ["--format", `${name}=${file}`]),
    );

    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ schemaVersion: 1 });
    for (const [name] of files) expect(read(`out.${name}`)).toContain("DUP001");
  });
});

describe("explain", () => {
  it("prints the page of every rule that there is, by id or name", async () => {
    const { out } = await called("explain", "--json");
    const { rules } = JSON.parse(out) as { rules: { id: string; name: string }[] };

    expect(rules.length).toBeGreaterThan(34);
    for (const { id, name } of rules) {
      expect((await called("explain", id)).out).toContain(id);
      expect((await called("explain", name)).code).toBe(0);
    }
  });

  it("names the rule that was probably meant", async () => {
    const { code, err } = await called("explain", "dup03");

    expect(err).toMatch(/there is no rule "dup03".*Did you mean "DUP003"/);
    expect(code).toBe(2);
  });
});
