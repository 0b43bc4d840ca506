/** `effectively-once explain`: the page of a rule, or the list of all. */

import type { Answer, Command } from "../../command.ts";
import { didYouMean } from "../../nearest.ts";
import { pageOf } from "../../rules/pages.ts";
import { PROFILES } from "../../rules/rule.ts";
import { Usage } from "../../usage.ts";

const HELP = `effectively-once explain [rule]: what a rule of doctor looks for, why, and what to do

Without a rule: all of them, with how they count in each profile.

  --format pretty|json, --json, --no-color, --config <file>

Examples:
  effectively-once explain
  effectively-once explain DUP003
  effectively-once explain visibility-below-timeout

Exit codes: 0, 2 for a rule that there is not, 3 our own bug.
`;

export const explain: Command = {
  help: HELP,
  options: {},
  maxPositionals: 1,
  async run(call): Promise<Answer> {
    const { RULES, ruleNamed } = await import("../../rules/catalogue.ts");
    const [wanted] = call.positionals;
    if (wanted === undefined) {
      const rules = RULES.map(({ id, name, title, severity }) => ({ id, name, title, severity }));
      const width = Math.max(...RULES.map(({ name }) => name.length));
      const lines = rules.map(
        ({ id, name, title, severity }) =>
          `${id.padEnd(7)}  ${name.padEnd(width)}  ${PROFILES.map((profile) => severity[profile].padEnd(7)).join("  ")}  ${title}`,
      );
      const head = `${"rule".padEnd(7)}  ${"".padEnd(width)}  ${PROFILES.map((profile) => profile.slice(0, 7).padEnd(7)).join("  ")}`;
      return { exitCode: 0, data: { rules }, text: `${[head.trimEnd(), ...lines].join("\n")}\n` };
    }
    const rule = ruleNamed(wanted);
    if (!rule) {
      const known = RULES.flatMap(({ id, name }) => [id, name]);
      throw new Usage(
        `there is no rule "${wanted}".${didYouMean(wanted.includes("-") ? wanted : wanted.toUpperCase(), known)} effectively-once explain lists all.`,
      );
    }
    const { id, name, title, severity, why, fix, source } = rule;
    const page = pageOf(id);
    return { exitCode: 0, data: { id, name, title, severity, why, fix, source, page }, text: page };
  },
};
