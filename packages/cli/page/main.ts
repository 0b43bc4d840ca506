/** The page: reads the data that is embedded in it, draws it, and follows its links. */

import type { PictureData, PictureSection } from "../src/picture/data.ts";
import { el } from "./dom.ts";
import { SectionPage } from "./section.ts";
import { drawComparison } from "./summary.ts";
import { visible } from "./text.ts";
import { themeChoice } from "./theme.ts";
import { linked, linkTo, viewOf } from "./view.ts";

const data = JSON.parse(document.getElementById("data")?.textContent ?? "") as PictureData;
const place = el("div");
const pages = new Map<PictureSection, SectionPage>();
let shown = data.sections[0] as PictureSection;

function pageOf(section: PictureSection): SectionPage {
  const known = pages.get(section);
  if (known) return known;
  const made = new SectionPage(data, viewOf(section));
  pages.set(section, made);
  return made;
}

function show(section: PictureSection): void {
  shown = section;
  const page = pageOf(section);
  page.draw();
  place.replaceChildren(page.element);
  page.fit(place.clientWidth);
  for (const input of document.querySelectorAll<HTMLInputElement>("input[name=section]"))
    input.checked = input.value === section.id;
}

function switcher(): HTMLElement | undefined {
  if (data.sections.length < 2) return undefined;
  const choices = data.sections.map((section) => {
    const input = el("input", { type: "radio", name: "section", value: section.id });
    input.addEventListener("change", () => {
      location.hash = linkTo(data, section);
    });
    return el("label", { class: "tick" }, input, ` ${visible(section.name)}`);
  });
  return el("fieldset", { class: "switch" }, el("legend", {}, "Shown below"), ...choices);
}

function follow(): void {
  const { section, key, message } = linked(data, location.hash, shown);
  if (section && section !== shown) show(section);
  const page = pageOf(shown);
  page.open(message);
  if (key !== undefined && message === undefined)
    page.say(`There is no message "${visible(key)}" in this picture.`);
}

/** Not by the address: that names messages. */
function skipLink(): HTMLElement {
  const link = el("a", { class: "skip", href: "#timeline-title" }, "Skip to the timeline");
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("timeline-title")?.focus();
  });
  return link;
}

function start(): void {
  document
    .getElementById("picture")
    ?.replaceWith(
      skipLink(),
      el(
        "header",
        {},
        el("h1", {}, visible(data.title)),
        el("p", {}, visible(data.generatedFrom)),
        themeChoice(),
      ),
      el("main", {}, drawComparison(data) ?? "", switcher(), place),
    );
  show(shown);
  if (location.hash.length > 1) follow();
  addEventListener("hashchange", follow);
  new ResizeObserver(() => pageOf(shown).fit(place.clientWidth)).observe(place);
}

start();
