import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { type Template, TemplateFault } from "./ast.ts";
import { execute } from "./execute.ts";
import type { QueriedSample } from "./function-types.ts";
import { ALERT_VARIABLES, parseText, placeOf } from "./parse.ts";
import { type DataValue, textMap, type Value } from "./values.ts";

/** Templates kept parsed: rules have few, and expand them for every alert. When full, the oldest goes. */
const CACHE = 1_000;
const parsed = new Map<string, Template>();

function parsedText(source: string): Template {
  const known = parsed.get(source);
  if (known) return known;
  const template = parseText(source);
  const [oldest] = parsed.keys();
  if (parsed.size >= CACHE && oldest !== undefined) parsed.delete(oldest);
  parsed.set(source, template);
  return template;
}

export interface TemplateData {
  /** Labels of the series, before the rule's own. */
  readonly labels: Labels;
  readonly value: number;
  readonly externalLabels?: Labels;
  readonly externalUrl?: string;
  /** The instant of the evaluation. */
  readonly now: Millis;
  /** Answers an instant query at `now`; without it a template that asks fails. */
  readonly query?: (expr: string) => readonly QueriedSample[];
  /** Name of the alert, for messages. */
  readonly alert?: string;
}

export type Expanded = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/**
 * Expands a template of a rule. Never throws on data: what Prometheus would refuse while it expands (a wrong type, `first` of
 * nothing, an int compared with a float) is `ok: false` with Prometheus's own message.
 */
export function expandTemplate(text: string, data: TemplateData): Expanded {
  // Most labels and many annotations hold no action at all.
  if (!text.includes("{{")) return { ok: true, text };
  const name = `__alert_${data.alert ?? ""}`;
  const source = ALERT_VARIABLES + text;
  try {
    const world = { now: data.now, externalUrl: data.externalUrl ?? "", query: data.query };
    return { ok: true, text: execute(parsedText(source), dataValue(data), world) };
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { line, column } = placeOf(source, error.pos);
    if (error.context === undefined)
      return { ok: false, message: `error parsing template ${name}: template: ${name}:${line}: ${error.message}` };
    // Go counts a line's bytes, from 0.
    const before = source.slice(error.pos - column + 1, error.pos);
    const place = `${name}:${line}:${new TextEncoder().encode(before).length}`;
    return {
      ok: false,
      message: `error executing template ${name}: template: ${place}: executing "${name}" at <${error.context}>: ${error.message}`,
    };
  }
}

/** The text as it gets into a label or an annotation: where expanding failed, what failed stands in it, as Prometheus does. */
export function expandedText(text: string, data: TemplateData): { readonly text: string; readonly fault?: string } {
  const expanded = expandTemplate(text, data);
  if (expanded.ok) return { text: expanded.text };
  return { text: `<error expanding template: ${expanded.message}>`, fault: expanded.message };
}

function dataValue({ labels, value, externalLabels = {}, externalUrl = "" }: TemplateData): DataValue {
  return {
    kind: "data",
    fields: new Map<string, Value>([
      ["Labels", textMap(labels)],
      ["ExternalLabels", textMap(externalLabels)],
      ["ExternalURL", externalUrl],
      ["Value", value],
    ]),
  };
}
