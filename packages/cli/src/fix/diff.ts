/** A unified diff of two texts, as `patch` and `git apply` read it. */

const CONTEXT = 3;

interface Step {
  readonly sign: " " | "-" | "+";
  readonly line: string;
}

/** Empty when they are equal. */
export function diff(file: string, before: string, after: string): string {
  if (before === after) return "";
  const steps = stepsOf(linesOf(before), linesOf(after));
  const name = file.replaceAll("\\", "/").replace(/^\.\//, "");
  const absolute = name.startsWith("/");
  const out = [`--- ${absolute ? name : `a/${name}`}`, `+++ ${absolute ? name : `b/${name}`}`];
  for (const { from, to } of hunksOf(steps)) {
    const count = (sign: Step["sign"], list: readonly Step[]): number =>
      list.filter((step) => step.sign !== sign).length;
    const above = steps.slice(0, from);
    const within = steps.slice(from, to);
    out.push(
      `@@ -${range(count("+", above), count("+", within))} +${range(count("-", above), count("-", within))} @@`,
    );
    for (const { sign, line } of within)
      out.push(
        line.endsWith("\n") ? `${sign}${line.slice(0, -1)}` : `${sign}${line}\n\\ No newline at end of file`,
      );
  }
  return `${out.join("\n")}\n`;
}

/** Each with its line end. */
function linesOf(text: string): readonly string[] {
  return text === "" ? [] : (text.match(/[^\n]*\n|[^\n]+$/g) ?? []);
}

/** A hunk without lines names the line above it. */
function range(above: number, length: number): string {
  const start = length === 0 ? above : above + 1;
  return length === 1 ? String(start) : `${start},${length}`;
}

function hunksOf(steps: readonly Step[]): readonly { readonly from: number; readonly to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  for (const [at, { sign }] of steps.entries()) {
    if (sign === " ") continue;
    const from = Math.max(0, at - CONTEXT);
    const to = Math.min(steps.length, at + 1 + CONTEXT);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  return hunks;
}

/** The shortest way from one to the other (Myers, "An O(ND) Difference Algorithm", 1986). */
function stepsOf(before: readonly string[], after: readonly string[]): readonly Step[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const trace: ReadonlyMap<number, number>[] = [];
  const most = before.length + after.length;
  for (let edits = 0; edits <= most; edits += 1) {
    trace.push(new Map(furthest));
    for (let k = -edits; k <= edits; k += 2) {
      let x = fromAbove(furthest, k, edits) ? (furthest.get(k + 1) ?? 0) : (furthest.get(k - 1) ?? 0) + 1;
      while (x < before.length && x - k < after.length && before[x] === after[x - k]) x += 1;
      furthest.set(k, x);
      if (x >= before.length && x - k >= after.length) return back(trace, before, after);
    }
  }
  return [];
}

function fromAbove(furthest: ReadonlyMap<number, number>, k: number, edits: number): boolean {
  return k === -edits || (k !== edits && (furthest.get(k - 1) ?? 0) < (furthest.get(k + 1) ?? 0));
}

function back(
  trace: readonly ReadonlyMap<number, number>[],
  before: readonly string[],
  after: readonly string[],
): readonly Step[] {
  const steps: Step[] = [];
  let x = before.length;
  let y = after.length;
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const furthest = trace[edits] as ReadonlyMap<number, number>;
    const k = x - y;
    const above = fromAbove(furthest, k, edits);
    const fromX = furthest.get(above ? k + 1 : k - 1) ?? 0;
    const fromY = fromX - (above ? k + 1 : k - 1);
    while (x > Math.max(fromX, 0) && y > Math.max(fromY, 0)) {
      x -= 1;
      y -= 1;
      steps.push({ sign: " ", line: before[x] as string });
    }
    if (edits === 0) break;
    if (above) steps.push({ sign: "+", line: after[(y -= 1)] as string });
    else steps.push({ sign: "-", line: before[(x -= 1)] as string });
  }
  return steps.toReversed();
}
