import { faultText, TemplateFault, type TemplateSet } from "../../go-template/ast.ts";
import { COMPARISONS } from "../../go-template/compare.ts";
import { execute } from "../../go-template/execute.ts";
import { CallFault, type Engine } from "../../go-template/function-types.ts";
import { functionTable, isFunction } from "../../go-template/functions.ts";
import { GO_FUNCTIONS } from "../../go-template/functions-go.ts";
import { escapedSet, HtmlFault } from "../../go-template/html-escape.ts";
import { HTML_ESCAPERS } from "../../go-template/html-escapers.ts";
import { parseText } from "../../go-template/parse.ts";
import type { Labels } from "../../kernel/labels.ts";
import type { Millis } from "../../kernel/time.ts";
import { ALERT_FUNCTIONS, type AlertWorld } from "./functions.ts";
import { alertMethod } from "./methods.ts";
import { merged } from "./sets.ts";
import type { TemplateData } from "./types.ts";
import { dataValue } from "./values.ts";

/** A mail of ten thousand alerts passes (21 MB, a third of the steps); one that would be larger no receiver would take. */
const LIMITS = { chars: 33_554_432, made: 16_777_216, steps: 3_000_000, depth: 200 };

const ENGINE: Engine<AlertWorld> = {
  functions: functionTable<AlertWorld>(LIMITS, GO_FUNCTIONS, COMPARISONS, HTML_ESCAPERS, ALERT_FUNCTIONS),
  methods: alertMethod,
  limits: LIMITS,
};

const callable = (name: string): boolean => !name.startsWith("_") && isFunction(ENGINE.functions, name);

/** @throws TemplateFault */
export const parseAlertText = (text: string, source: string): TemplateSet => parseText(text, source, callable);

export type Rendered = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

export interface RenderOptions {
  readonly now: Millis;
}

/** Templates ready to expand expressions such as `{{ template "slack.default.title" . }}`. */
export interface AlertTemplates {
  /** As upstream's ExecuteTextString. */
  readonly text: (expr: string, data: TemplateData, options: RenderOptions) => Rendered;
  /** As ExecuteHTMLString: what comes from data is escaped for the place in HTML, CSS, script or URL where it stands. */
  readonly html: (expr: string, data: TemplateData, options: RenderOptions) => Rendered;
  /** A route's labels with their templates expanded; what cannot be is left out, and `faults` says why. */
  readonly routeLabels: (
    labels: Labels,
    data: TemplateData,
    options: RenderOptions,
  ) => { readonly labels: Labels; readonly faults: Readonly<Record<string, string>> };
}

type Mode = "text" | "html";

/** Expressions kept parsed and escaped: a configuration has few, and expands them for every notification. */
const KEPT = 500;

/** @param base templates of the defaults and the user's files */
export function renderer(base: TemplateSet): AlertTemplates {
  const kept = { text: new Map<string, TemplateSet>(), html: new Map<string, TemplateSet>() };

  const prepared = (mode: Mode, expr: string): TemplateSet => {
    const known = kept[mode].get(expr);
    if (known) return known;
    const own = parseAlertText(expr, "");
    // An expression is its own template even where it is nothing but blanks.
    const all = new Map([...merged(base, own), ...[...own].filter(([name]) => name === "")]);
    const ready = mode === "html" ? escapedSet(all, "") : all;
    const [oldest] = kept[mode].keys();
    if (kept[mode].size >= KEPT && oldest !== undefined) kept[mode].delete(oldest);
    kept[mode].set(expr, ready);
    return ready;
  };

  /** @throws TemplateFault | HtmlFault */
  const expand = (mode: Mode, expr: string, data: TemplateData, world: AlertWorld): string => {
    if (expr === "" || (mode === "text" && !expr.includes("{{"))) return expr;
    const set = prepared(mode, expr);
    const start = set.get("");
    return start ? execute(set, start, dataValue(data), ENGINE, world) : "";
  };

  /** Each label is expanded once; they may ask for each other, but not in a circle. */
  const worldOf = (mode: Mode, data: TemplateData, now: Millis): AlertWorld => {
    const done = new Map<string, string>();
    const stack: string[] = [];
    const world: AlertWorld = {
      now,
      routeLabel: (name) => {
        const raw = data.routeLabels && Object.hasOwn(data.routeLabels, name) ? data.routeLabels[name] : undefined;
        if (raw === undefined || data.routeLabelsRendered) return raw ?? "";
        const known = done.get(name);
        if (known !== undefined) return known;
        if (stack.includes(name)) throw new CallFault(`route label cycle detected: ${[...stack, name].join(" -> ")}`);
        stack.push(name);
        try {
          const text = expand(mode, raw, data, world);
          done.set(name, text);
          return text;
        } catch (error) {
          throw new CallFault(messageOf(error, raw));
        } finally {
          stack.pop();
        }
      },
    };
    return world;
  };

  const rendered = (mode: Mode, expr: string, data: TemplateData, now: Millis): Rendered => {
    try {
      return { ok: true, text: expand(mode, expr, data, worldOf(mode, data, now)) };
    } catch (error) {
      return { ok: false, message: messageOf(error, expr) };
    }
  };

  return {
    text: (expr, data, { now }) => rendered("text", expr, data, now),
    html: (expr, data, { now }) => rendered("html", expr, data, now),
    routeLabels: (labels, data, { now }) => {
      const world = worldOf("text", { ...data, routeLabels: labels, routeLabelsRendered: false }, now);
      const done: Record<string, string> = {};
      const faults: Record<string, string> = {};
      for (const name of Object.keys(labels)) {
        try {
          done[name] = world.routeLabel(name);
        } catch (error) {
          faults[name] = messageOf(error, labels[name] ?? "");
        }
      }
      return { labels: done, faults };
    },
  };
}

/** What a template's own fault says; anything else is a fault of ours and goes on. */
function messageOf(error: unknown, expr: string): string {
  if (error instanceof TemplateFault) return faultText(error, "", expr);
  if (error instanceof HtmlFault || error instanceof CallFault) return error.message;
  throw error;
}
