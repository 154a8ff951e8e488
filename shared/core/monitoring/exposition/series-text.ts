import { type Labels, METRIC_NAME } from "../../kernel/labels.ts";

/** Escapes of label values and quoted names; a backslash before anything else stays, as upstream. */
const unescaped = (text: string): string =>
  text.includes("\\") ? text.replace(/\\([\\"n])/g, (_, char: string) => (char === "n" ? "\n" : char)) : text;

const PART = /[\s,]*(?:"((?:[^"\\]|\\[\s\S])*)"|([a-zA-Z_][a-zA-Z0-9_]*))[ \t]*(?:=[ \t]*"((?:[^"\\]|\\[\s\S])*)")?/y;

/**
 * Labels of a series as it stands in an exposition (`name{a="b"}`, `{"my.name",a="b"}`), which the scanner has found to be well formed; empty
 * values are left out. A text where a label stands twice.
 */
export function seriesLabels(text: string): Labels | string {
  const brace = text.indexOf("{");
  const name = brace === -1 ? text : text.slice(0, brace).trimEnd();
  // Without a prototype, as a label may well be called "constructor".
  const labels: Record<string, string> = {};
  if (name !== "") labels[METRIC_NAME] = name;
  if (brace === -1) return labels;
  const seen = new Set(Object.keys(labels));
  PART.lastIndex = brace + 1;
  for (let part = PART.exec(text); part; part = PART.exec(text)) {
    const [, quoted, bare, value] = part;
    const label = value === undefined ? METRIC_NAME : (bare ?? unescaped(quoted ?? ""));
    if (seen.has(label)) return `label name ${JSON.stringify(label)} is not unique`;
    seen.add(label);
    const written = unescaped(value ?? quoted ?? "");
    if (written !== "")
      Object.defineProperty(labels, label, { value: written, enumerable: true, writable: true, configurable: true });
  }
  return labels;
}
