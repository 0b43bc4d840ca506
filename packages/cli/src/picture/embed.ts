/** Data inside a page: whatever a key holds, it stays data. */

/** Characters that end a script or begin a comment in HTML, and those that no one sees but that turn or break a line. */
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[<>&\u007F-\u009F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB]/g;

/** JSON that may stand in a `<script type="application/json">`: the same value, without a character that HTML reads. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(
    UNSAFE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text that may stand between tags or in a quoted attribute. */
export function embeddedText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}
