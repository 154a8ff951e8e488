import { type Labels, METRIC_NAME, setLabel } from "../../kernel/labels.ts";

/** Escapes of label values and quoted names; a backslash before anything else stays, as upstream. */
const unescaped = (text: string): string =>
  text.includes("\\") ? text.replace(/\\([\\"n])/g, (_, char: string) => (char === "n" ? "\n" : char)) : text;

/** Index after the closing quote of the text that begins at `from`. */
function quotedEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

const BETWEEN = " \t\n,";
const AFTER_NAME = "= \t";

function skip(text: string, from: number, chars: string): number {
  let at = from;
  while (at < text.length && chars.includes(text[at] as string)) at += 1;
  return at;
}

/**
 * Labels of a series as it stands in an exposition (`name{a="b"}`, `{"my.name",a="b"}`), which the scanner has found to be well formed; empty
 * values are left out. A text where a label stands twice. Written without regular expressions: a first scrape of a large fleet
 * reads a hundred thousand of them.
 */
export function seriesLabels(text: string): Labels | string {
  const brace = text.indexOf("{");
  const labels: Record<string, string> = {};
  const name = brace === -1 ? text : text.slice(0, brace).trimEnd();
  if (name !== "") labels[METRIC_NAME] = name;
  if (brace === -1) return labels;
  let empty: Set<string> | undefined;
  for (let at = skip(text, brace + 1, BETWEEN); text[at] !== "}" && at < text.length; at = skip(text, at, BETWEEN)) {
    const from = at;
    const quoted = text[at] === '"';
    if (quoted) at = quotedEnd(text, at);
    else while (at < text.length && !AFTER_NAME.includes(text[at] as string)) at += 1;
    const written = quoted ? unescaped(text.slice(from + 1, at - 1)) : text.slice(from, at);
    at = skip(text, at, " \t");
    const isName = text[at] !== "=";
    let value = written;
    if (!isName) {
      const start = skip(text, at + 1, " \t");
      at = quotedEnd(text, start);
      value = unescaped(text.slice(start + 1, at - 1));
    }
    const label = isName ? METRIC_NAME : written;
    if (Object.hasOwn(labels, label) || empty?.has(label)) return `label name ${JSON.stringify(label)} is not unique`;
    if (value !== "") setLabel(labels, label, value);
    else (empty ??= new Set()).add(label);
  }
  return labels;
}
