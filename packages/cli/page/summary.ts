/** The counts, in honest words: a retry is a recovery, a duplicate is not one. */

import type { PictureData, PictureSection } from "../src/picture/data.ts";
import { el } from "./dom.ts";
import { count, of, visible } from "./text.ts";
import { LOOKS, symbol, VERDICTS } from "./verdicts.ts";

export function summaryWords({ summary, messagesLeftOut }: PictureSection): string {
  const { verdicts, origins } = summary;
  const of2 = (verdict: keyof typeof LOOKS): number => verdicts[verdict] ?? 0;
  const recoveries = of2("retry") + of2("takeover");
  const duplicates = of2("busy") + of2("duplicate");
  const parts = [
    `${of(summary.deliveries, "delivery", "deliveries")} for ${of(summary.keys, "key")}:`,
    `${of(recoveries, "recovery", "recoveries")} (retries and takeovers, after an attempt that failed or was killed) and`,
    `${of(duplicates, "duplicate")} (of work that was completed or still running).`,
  ];
  if (origins && duplicates > 0)
    parts.push(
      `Of the duplicates ${count(origins.redelivery ?? 0)} came again from the queue and ${count(origins.resend ?? 0)} were sent again by a producer.`,
    );
  if (summary.repeatedRuns !== undefined)
    parts.push(`${of(summary.repeatedRuns, "run")} repeated what was done or under way: harm done.`);
  if (summary.suppressed)
    parts.push(
      `${of(summary.suppressed, "duplicate was", "duplicates were")} turned away by a guard: harm prevented.`,
    );
  if (of2("unknown") > 0)
    parts.push(
      `Of ${of(of2("unknown"), "delivery", "deliveries")} the lines that are there do not prove what it was.`,
    );
  if (messagesLeftOut)
    parts.push(`${of(messagesLeftOut, "key is", "keys are")} counted here and not shown below.`);
  return parts.join(" ");
}

export function drawSummary(section: PictureSection): HTMLElement {
  const { summary, notes = [] } = section;
  const verdicts = VERDICTS.filter((verdict) => (summary.verdicts[verdict] ?? 0) > 0);
  const figures = (summary.figures ?? []).map(({ label, value, tone }) =>
    el(
      "div",
      { class: tone && value !== 0 ? `figure ${tone}` : "figure" },
      el("dt", {}, visible(label)),
      el("dd", {}, typeof value === "number" ? count(value) : visible(value)),
    ),
  );
  return el(
    "section",
    { "aria-labelledby": "summary-title", id: "summary" },
    el("h2", { id: "summary-title" }, "Summary"),
    el("p", {}, summaryWords(section)),
    ...notes.map((note) => el("p", { class: "note" }, visible(note))),
    figures.length === 0 ? undefined : el("dl", { class: "figures" }, ...figures),
    el(
      "table",
      { class: "verdicts" },
      el("caption", {}, "What each delivery was"),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          el("th", { scope: "col" }, "Verdict"),
          el("th", { scope: "col", class: "number" }, "Deliveries"),
          el("th", { scope: "col" }, "Meaning"),
        ),
      ),
      el(
        "tbody",
        {},
        ...verdicts.map((verdict) =>
          el(
            "tr",
            {},
            el("th", { scope: "row", class: "verdict" }, symbol(verdict), ` ${verdict}`),
            el("td", { class: "number" }, count(summary.verdicts[verdict] ?? 0)),
            el("td", {}, LOOKS[verdict].says),
          ),
        ),
      ),
    ),
    el(
      "p",
      { class: "note" },
      "A retry is not a duplicate. A retry recovers from an attempt that failed; a duplicate comes although the work is done or under way, and every run of it repeats its effects unless a guard stands before them.",
    ),
  );
}

export function drawDiagnosis({ diagnosis = [] }: PictureSection): HTMLElement | undefined {
  if (diagnosis.length === 0) return undefined;
  return el(
    "section",
    { "aria-labelledby": "diagnosis-title", id: "diagnosis" },
    el("h2", { id: "diagnosis-title" }, "Why they came again"),
    el(
      "ol",
      {},
      ...diagnosis.map(({ cause, evidence, advice }) =>
        el(
          "li",
          {},
          el("h3", {}, visible(cause)),
          ...evidence.map((sentence) => el("p", {}, visible(sentence))),
          advice === undefined ? undefined : el("p", { class: "advice" }, visible(advice)),
        ),
      ),
    ),
  );
}

/** Several sections side by side: their own figures first, then what each delivery was. */
export function drawComparison({ sections }: PictureData): HTMLElement | undefined {
  if (sections.length < 2) return undefined;
  const labels = [
    ...new Set(sections.flatMap(({ summary }) => (summary.figures ?? []).map(({ label }) => label))),
  ];
  const verdicts = VERDICTS.filter((verdict) =>
    sections.some(({ summary }) => (summary.verdicts[verdict] ?? 0) > 0),
  );
  const row = (head: readonly (Node | string)[], values: readonly (string | HTMLElement)[]): HTMLElement =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, ...head),
      ...values.map((one) => (typeof one === "string" ? el("td", { class: "number" }, one) : one)),
    );
  const figures = labels.map((label) =>
    row(
      [visible(label)],
      sections.map(({ summary }) => {
        const figure = summary.figures?.find((one) => one.label === label);
        const shown =
          figure === undefined
            ? ""
            : typeof figure.value === "number"
              ? count(figure.value)
              : visible(figure.value);
        const tone = figure?.tone && figure.value !== 0 ? ` ${figure.tone}` : "";
        return el("td", { class: `number${tone}` }, shown);
      }),
    ),
  );
  return el(
    "section",
    { "aria-labelledby": "comparison-title", id: "comparison" },
    el("h2", { id: "comparison-title" }, "Side by side"),
    el(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "The sides compared" },
      el(
        "table",
        {},
        el("caption", {}, "The same messages, and what became of them on each side"),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            el("td", {}),
            ...sections.map(({ name }) => el("th", { scope: "col", class: "number" }, visible(name))),
          ),
        ),
        el(
          "tbody",
          {},
          row(
            ["deliveries"],
            sections.map(({ summary }) => count(summary.deliveries)),
          ),
          ...figures,
          ...verdicts.map((verdict) =>
            row(
              [symbol(verdict), ` ${verdict}`],
              sections.map(({ summary }) => count(summary.verdicts[verdict] ?? 0)),
            ),
          ),
        ),
      ),
    ),
  );
}
