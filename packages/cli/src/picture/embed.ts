/** Data inside a page: whatever a key holds, it stays data. */

/** What ends a script or begins a comment in HTML, and what no one sees but turns, joins or breaks the text around it. */
const UNSAFE = /[<>&\p{Cc}\p{Cf}\u2028\u2029]/gu;

/** JSON that may stand in a `<script type="application/json">`: the same value, without a character that HTML reads. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value).replace(UNSAFE, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
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
