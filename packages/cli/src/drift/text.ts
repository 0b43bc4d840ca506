/** Drift for people: what differs first, then what is on one side only, then what nobody could compare. */

import type { Place } from "../facts/value.ts";
import { spelledWorld } from "../facts/value.ts";
import type { DriftItem, Said } from "./item.ts";

export type Paint = (style: "bold" | "dim" | "yellow" | "green", text: string) => string;

type Of<Status extends DriftItem["status"]> = Extract<DriftItem, { status: Status }>;

/** Lines, the last one ended too. */
export function driftText(items: readonly DriftItem[], paint: Paint = (_, text) => text): string {
  const differing = of(items, "differs");
  const missing = of(items, "only-in-template");
  const alone = of(items, "only-live");
  const open = of(items, "not-compared");
  const title =
    differing.length + missing.length + alone.filter(({ near }) => near).length === 0
      ? open.length === 0
        ? paint("green", "No drift was found.")
        : "No drift was found in what could be compared."
      : paint("bold", `Drift: ${counted(differing.length, "setting differs", "settings differ")}.`);
  const lines = [
    title,
    ...differingLines(differing, paint),
    ...section(
      "Only in the templates",
      missing.map((one) => `${one.thing} ${one.id}${at(one.place, one.file)}`),
      paint,
    ),
    ...section("Only in the account", aloneLines(alone), paint),
    ...section("Not compared", openLines(open), paint),
  ];
  return `${lines.join("\n")}\n`;
}

function differingLines(items: readonly Of<"differs">[], paint: Paint): readonly string[] {
  const things = Object.groupBy(items, ({ thing, id, file, liveId, account }) =>
    JSON.stringify([thing, id, file, liveId, account]),
  );
  return Object.values(things).flatMap((some = []) => {
    const [first] = some;
    if (first === undefined) return [];
    const guess =
      first.matchedBy === "generated-name" ? ", by the name that CloudFormation seems to have made" : "";
    return [
      "",
      `${paint("yellow", `${first.thing} ${first.id}`)}${at(first.place, first.file)} and ${first.liveId} (${first.account}${guess})`,
      ...some.map(
        ({ setting, template, live }) =>
          `  ${setting}: ${template.map(said).join(" or ")} in the template, ${plain(live)} live`,
      ),
    ];
  });
}

function aloneLines(items: readonly Of<"only-live">[]): readonly string[] {
  const near = items.filter((one) => one.near);
  const far = items.filter((one) => !one.near);
  const functions = far.filter(({ thing }) => thing === "function").length;
  const others = [
    ...(functions > 0 ? [counted(functions, "function", "functions")] : []),
    ...(far.length > functions ? [counted(far.length - functions, "queue", "queues")] : []),
  ];
  return [
    ...near.map(
      ({ thing, liveId, account, between }) =>
        `${thing} ${liveId} (${account})${between === undefined ? "" : `, from ${between}`}`,
    ),
    ...(others.length > 0 ? [`${others.join(" and ")} that no template here has to do with`] : []),
  ];
}

function openLines(items: readonly Of<"not-compared">[]): readonly string[] {
  const reasons = Object.groupBy(items, ({ reason, setting = "" }) => JSON.stringify([reason, setting]));
  return Object.values(reasons).flatMap((some = []) => {
    const [first] = some;
    if (first === undefined) return [];
    const what = some.map(({ thing, id }) => `${thing} ${id}`).join(", ");
    return [`${what}${first.setting === undefined ? "" : `, ${first.setting}`}: ${first.reason}`];
  });
}

function section(title: string, lines: readonly string[], paint: Paint): readonly string[] {
  return lines.length === 0 ? [] : ["", paint("bold", `${title}:`), ...lines.map((line) => `  ${line}`)];
}

/** `30 (template.yaml:14, when Stage is dev)` */
function said(one: Said): string {
  const notes = [
    ...(one.place === undefined ? [] : [`${one.place.file}:${one.place.line}`]),
    ...(one.from === "default" ? ["the default"] : []),
    ...(one.when === undefined ? [] : [`when ${spelledWorld(one.when)}`]),
  ];
  return notes.length === 0 ? plain(one) : `${plain(one)} (${notes.join(", ")})`;
}

function plain({ value }: Said): string {
  return value === null ? "none" : String(value);
}

function at(place: Place | undefined, file: string): string {
  return place === undefined ? ` (${file})` : ` (${place.file}:${place.line})`;
}

function counted(count: number, one: string, more: string): string {
  return `${count} ${count === 1 ? one : more}`;
}

function of<Status extends DriftItem["status"]>(
  items: readonly DriftItem[],
  status: Status,
): readonly Of<Status>[] {
  return items.filter((item): item is Of<Status> => item.status === status);
}
