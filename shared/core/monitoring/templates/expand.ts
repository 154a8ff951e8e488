import { faultText, TemplateFault, type TemplateSet } from "../../go-template/ast.ts";
import { OLDER_COMPARISONS } from "../../go-template/compare.ts";
import { execute } from "../../go-template/execute.ts";
import type { Engine } from "../../go-template/function-types.ts";
import { functionTable, isFunction } from "../../go-template/functions.ts";
import { GO_FUNCTIONS } from "../../go-template/functions-go.ts";
import { parseText } from "../../go-template/parse.ts";
import { type StructValue, textMap, type Value } from "../../go-template/values.ts";
import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { PROMETHEUS_FUNCTIONS, type QueriedSample, type RuleWorld } from "./functions-prometheus.ts";

/** An annotation longer than this helps nobody. */
const LIMITS = { chars: 65_536, made: 4_194_304, steps: 100_000, depth: 100 };

const ENGINE: Engine<RuleWorld> = {
  functions: functionTable<RuleWorld>(LIMITS, GO_FUNCTIONS, OLDER_COMPARISONS, PROMETHEUS_FUNCTIONS),
  methods: () => undefined,
  limits: LIMITS,
};

/** Prometheus puts these in front of every template of a rule; a template's own text starts behind them. */
const ALERT_VARIABLES =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";

const parse = (source: string, name: string): TemplateSet =>
  parseText(source, name, (called) => isFunction(ENGINE.functions, called));

export type ParsedTemplate =
  | { readonly ok: true; readonly template: TemplateSet }
  | { readonly ok: false; readonly message: string; readonly line: number; readonly column: number };

/** 1-based line and column of an offset. */
function placeOf(text: string, pos: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, pos);
  return { line: before.split("\n").length, column: pos - before.lastIndexOf("\n") };
}

/**
 * Parses a label's or an annotation's template as Prometheus parses it (Go's text/template with Prometheus's functions and
 * `$labels`, `$externalLabels`, `$externalURL`, `$value`). Functions and variables that do not exist are faults here already.
 */
export function parseTemplate(text: string): ParsedTemplate {
  try {
    return { ok: true, template: parse(ALERT_VARIABLES + text, "") };
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return { ok: false, message: error.message, ...placeOf(text, Math.max(0, error.pos - ALERT_VARIABLES.length)) };
  }
}

/** Templates kept parsed: rules have few, and expand them for every alert. When full, the oldest goes. */
const CACHE = 1_000;
const parsed = new Map<string, TemplateSet>();

function parsedText(source: string, name: string): TemplateSet {
  const key = `${name}\n${source}`;
  const known = parsed.get(key);
  if (known) return known;
  const templates = parse(source, name);
  const [oldest] = parsed.keys();
  if (parsed.size >= CACHE && oldest !== undefined) parsed.delete(oldest);
  parsed.set(key, templates);
  return templates;
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
    const templates = parsedText(source, name);
    const start = templates.get(name);
    return { ok: true, text: start ? execute(templates, start, dataValue(data), ENGINE, world) : "" };
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const doing = error.place ? "executing" : "parsing";
    return { ok: false, message: `error ${doing} template ${name}: ${faultText(error, name, source)}` };
  }
}

/** The text as it gets into a label or an annotation: where expanding failed, what failed stands in it, as Prometheus does. */
export function expandedText(text: string, data: TemplateData): { readonly text: string; readonly fault?: string } {
  const expanded = expandTemplate(text, data);
  if (expanded.ok) return { text: expanded.text };
  return { text: `<error expanding template: ${expanded.message}>`, fault: expanded.message };
}

function dataValue({ labels, value, externalLabels = {}, externalUrl = "" }: TemplateData): StructValue {
  return {
    kind: "struct",
    type: "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }",
    fields: new Map<string, Value>([
      ["Labels", textMap(labels)],
      ["ExternalLabels", textMap(externalLabels)],
      ["ExternalURL", externalUrl],
      ["Value", value],
    ]),
  };
}
