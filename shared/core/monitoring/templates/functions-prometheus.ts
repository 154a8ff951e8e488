import { CallFault, type TemplateFunction } from "../../go-template/function-types.ts";
import { queryEscaped } from "../../go-template/functions-go.ts";
import { goFloat } from "../../go-template/go-float.ts";
import { timeText } from "../../go-template/go-time.ts";
import { floatOf, humanize, humanize1024, humanizeDuration, humanizePercentage } from "../../go-template/humanize.ts";
import { matches, regexpCost, replaced } from "../../go-template/regexp.ts";
import { type ListValue, type MapValue, type StructValue, textMap, type Value } from "../../go-template/values.ts";
import { goQuoted } from "../../kernel/go-quote.ts";
import type { Labels } from "../../kernel/labels.ts";
import { parsePromDuration } from "../../kernel/prometheus-duration.ts";
import type { Millis } from "../../kernel/time.ts";
import { stripDomain, stripPort } from "./hosts.ts";

/** One element of what `query` answers. */
export interface QueriedSample {
  readonly labels: Labels;
  readonly value: number;
}

/** What the functions of a rule's template can ask for while it is expanded. */
export interface RuleWorld {
  readonly now: Millis;
  readonly externalUrl: string;
  /** Answers an instant query at `now`. */
  readonly query?: ((expr: string) => readonly QueriedSample[]) | undefined;
}

const VECTOR = "template.queryResult";
const SAMPLE = "*template.sample";

const sampleOf = ({ labels, value }: QueriedSample): StructValue => ({
  kind: "struct",
  type: "template.sample",
  pointer: true,
  fields: new Map<string, Value>([
    ["Labels", textMap(labels)],
    ["Value", value],
  ]),
});

const vectorOf = (items: readonly Value[]): ListValue => ({ kind: "list", type: VECTOR, of: SAMPLE, items });

/** nil passes for a sample; what it points at is not there. */
function fieldOf(sample: Value, name: "Labels" | "Value"): Value {
  if (sample === null) throw new CallFault("runtime error: invalid memory address or nil pointer dereference");
  return (sample as StructValue).fields.get(name) ?? null;
}

const labelOf = (sample: Value, name: string): string => {
  const labels = fieldOf(sample, "Labels") as MapValue;
  return (labels.entries.get(name) as string | undefined) ?? "";
};

/** A time in seconds, cut to milliseconds as Prometheus cuts it. */
function instantOf(seconds: number): { readonly nanos: bigint; readonly zone: "UTC" } {
  if (!Number.isFinite(seconds)) throw new CallFault("value is NaN or Inf");
  if (Math.abs(seconds * 1e9) > 2 ** 63)
    throw new CallFault(
      `${goFloat(seconds, "g")} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  return { nanos: BigInt(Math.trunc(Math.trunc(seconds * 1e9) / 1e6)) * 1_000_000n, zone: "UTC" };
}

const link = (tab: 0 | 1): TemplateFunction => ({
  params: ["string"],
  call: ([expr]) => `/graph?g0.expr=${queryEscaped(expr as string)}&g0.tab=${tab}`,
});
const onNumber = (write: (value: number) => Value): TemplateFunction => ({
  params: ["any"],
  call: ([value = null]) => write(floatOf(value)),
});
const onText = (write: (text: string) => Value): TemplateFunction => ({
  params: ["string"],
  call: ([text]) => write(text as string),
});

/** Letters that begin a word become capitals; the rest stays. */
const titled = (text: string): string =>
  text.replace(/(?<![\p{L}\p{M}\p{N}_'’])\p{L}/gu, (letter) => letter.toUpperCase());

/** The functions Prometheus 3 gives to the templates of rules (template.NewTemplateExpander). */
export const PROMETHEUS_FUNCTIONS: Readonly<Record<string, TemplateFunction<RuleWorld>>> = {
  query: {
    params: ["string"],
    call: ([expr], { query }) => {
      if (!query) throw new CallFault("no query is possible here");
      return vectorOf(query(expr as string).map(sampleOf));
    },
  },
  first: {
    params: [VECTOR],
    call: ([vector]) => {
      const item = (vector as ListValue | null)?.items[0];
      if (!item) throw new CallFault("first() called on vector with no elements");
      return item;
    },
  },
  label: {
    params: ["string", SAMPLE],
    call: ([name, sample = null]) => labelOf(sample, name as string),
  },
  value: { params: [SAMPLE], call: ([sample = null]) => fieldOf(sample, "Value") },
  strvalue: { params: [SAMPLE], call: ([sample = null]) => labelOf(sample, "__value__") },
  sortByLabel: {
    params: ["string", VECTOR],
    call: ([name, vector]) => {
      const by = (item: Value) => labelOf(item, name as string);
      return vectorOf(
        [...((vector as ListValue | null)?.items ?? [])].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0)),
      );
    },
  },
  args: {
    params: [],
    rest: "any",
    call: (args) => ({
      kind: "map",
      type: "map[string]interface {}",
      of: "any",
      entries: new Map(args.map((arg, index) => [`arg${index}`, arg])),
    }),
  },
  humanize: onNumber(humanize),
  humanize1024: onNumber(humanize1024),
  humanizeDuration: onNumber(humanizeDuration),
  humanizePercentage: onNumber(humanizePercentage),
  humanizeTimestamp: onNumber((value) =>
    Number.isFinite(value) ? timeText(instantOf(value)) : goFloat(value, "g", 4),
  ),
  toTime: onNumber((value) => ({ kind: "time", pointer: true, ...instantOf(value) })),
  toDuration: onNumber((value) => ({ kind: "duration", nanos: BigInt(Math.trunc(value * 1e9)) })),
  now: { params: [], call: (_args, { now }) => now / 1000 },
  parseDuration: onText((text) => {
    const ms = parsePromDuration(text);
    if (ms === undefined)
      throw new CallFault(text === "" ? "empty duration string" : `not a valid duration string: ${goQuoted(text)}`);
    return ms / 1000;
  }),
  title: onText(titled),
  toUpper: onText((text) => text.toUpperCase()),
  toLower: onText((text) => text.toLowerCase()),
  safeHtml: onText((text) => text),
  stripPort: onText(stripPort),
  stripDomain: onText(stripDomain),
  urlQueryEscape: onText(queryEscaped),
  match: {
    params: ["string", "string"],
    cost: ([pattern, text]) => regexpCost(pattern as string, text as string),
    call: ([pattern, text]) => matches(pattern as string, text as string),
  },
  reReplaceAll: {
    params: ["string", "string", "string"],
    cost: ([pattern, , text]) => regexpCost(pattern as string, text as string),
    call: ([pattern, replacement, text]) => replaced(pattern as string, replacement as string, text as string),
  },
  graphLink: link(0),
  tableLink: link(1),
  externalURL: { params: [], call: (_args, { externalUrl }) => externalUrl },
  pathPrefix: {
    params: [],
    call: (_args, { externalUrl }) => externalUrl.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, ""),
  },
};
