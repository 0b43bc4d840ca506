/**
 * The picture: one page that needs nothing but itself. It asks for no network and is forbidden to: its policy allows the one
 * script whose hash it names, inline styles, and no load of anything.
 *
 * Load this file when a picture is asked for: it reads the page's script, or bundles it when it runs from source.
 */

import { createHash } from "node:crypto";
import { assets } from "#picture-page";
import type { PictureData } from "./data.ts";
import { embeddedJson, embeddedText } from "./embed.ts";

/** A whole HTML document, UTF-8. */
export function pictureOf(data: PictureData): string {
  if (data.sections.length === 0) throw new Error("A picture has at least one section.");
  const { script, style } = assets;
  const hash = createHash("sha256").update(script).digest("base64");
  const policy = [
    "default-src 'none'",
    "img-src data:",
    `script-src 'sha256-${hash}'`,
    "style-src 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
  const title = embeddedText(data.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<noscript><p>This page draws its picture with a script of its own, which this browser does not run. The data is in the page's source, as JSON.</p></noscript>
<div id="picture"></div>
<script type="application/json" id="data">${embeddedJson(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}
