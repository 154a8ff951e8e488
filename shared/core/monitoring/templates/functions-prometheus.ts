import { RE2JS } from "re2js";
import { parsePromDuration } from "../../kernel/prometheus-duration.ts";
import { goExpand } from "../go-expand.ts";
import { CallFault, type TemplateFunction } from "./function-types.ts";
import { queryEscaped } from "./functions-go.ts";
import { goFloat } from "./go-float.ts";
import { goQuote } from "./go-string.ts";
import { stripDomain, stripPort } from "./hosts.ts";
import { humanize, humanize1024, humanizeDuration, humanizePercentage } from "./humanize.ts";
import { type SampleValue, textMap, timeText, typeName, type Value, type VectorValue } from "./values.ts";

const GO_FLOAT = /^[+-]?(\d[\d_]*\.?[\d_]*|\.\d[\d_]*)([eE][+-]?\d+)?$/;

/** A number, or a text that is one: label values may be given to the functions that make numbers readable. */
function floatOf(value: Value): number {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "object" && value?.kind === "duration") return value.seconds;
  if (typeof value !== "string") throw new CallFault(`can't convert ${typeName(value)} to float`);
  const plain = value.toLowerCase();
  if (plain === "nan") return Number.NaN;
  if (/^[+-]?inf(inity)?$/.test(plain)) return plain.startsWith("-") ? -Infinity : Infinity;
  if (!GO_FLOAT.test(value) || value.includes("_"))
    throw new CallFault(`strconv.ParseFloat: parsing ${goQuote(value)}: invalid syntax`);
  return Number(value);
}

/** Milliseconds, cut as Prometheus cuts them. */
function millis(seconds: number): number {
  if (!Number.isFinite(seconds)) throw new CallFault("value is NaN or Inf");
  if (Math.abs(seconds * 1e9) > 2 ** 63)
    throw new CallFault(
      `${goFloat(seconds, "g")} cannot be represented as a nanoseconds timestamp since it overflows int64`,
    );
  return Math.trunc(Math.trunc(seconds * 1e9) / 1e6);
}

function compiled(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    throw new CallFault(error instanceof Error ? error.message : String(error));
  }
}

/** More than this is not put together: each reference of a replacement is as long as what it refers to. */
const MOST_REPLACED = 10_000_000;

function replaced(pattern: string, replacement: string, text: string): string {
  const references = replacement.split("$").length - 1;
  if (references > 1 && references * text.length > MOST_REPLACED)
    throw new CallFault(`${references} references to parts of ${text.length} characters are too many`);
  const matcher = compiled(pattern).matcher(text);
  let out = "";
  let from = 0;
  while (matcher.find()) {
    out += text.slice(from, matcher.start()) + goExpand(replacement, matcher);
    from = matcher.end();
  }
  return out + text.slice(from);
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
export const PROMETHEUS_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  query: {
    params: ["string"],
    call: ([expr], { query }) => {
      if (!query) throw new CallFault("no query is possible here");
      return {
        kind: "vector",
        items: query(expr as string).map(({ labels, value }) => ({ kind: "sample", labels: textMap(labels), value })),
      };
    },
  },
  first: {
    params: ["vector"],
    call: ([vector]) => {
      const item = (vector as VectorValue).items[0];
      if (!item) throw new CallFault("first() called on vector with no elements");
      return item;
    },
  },
  label: {
    params: ["string", "sample"],
    call: ([name, sample]) => (sample as SampleValue).labels.entries.get(name as string) ?? "",
  },
  value: { params: ["sample"], call: ([sample]) => (sample as SampleValue).value },
  strvalue: { params: ["sample"], call: ([sample]) => (sample as SampleValue).labels.entries.get("__value__") ?? "" },
  sortByLabel: {
    params: ["string", "vector"],
    call: ([name, vector]) => {
      const by = (item: SampleValue) => item.labels.entries.get(name as string) ?? "";
      return {
        kind: "vector",
        items: [...(vector as VectorValue).items].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0)),
      };
    },
  },
  args: {
    params: [],
    rest: "any",
    call: (args) => ({ kind: "map", of: "any", entries: new Map(args.map((arg, index) => [`arg${index}`, arg])) }),
  },
  humanize: onNumber(humanize),
  humanize1024: onNumber(humanize1024),
  humanizeDuration: onNumber(humanizeDuration),
  humanizePercentage: onNumber(humanizePercentage),
  humanizeTimestamp: onNumber((value) => (Number.isFinite(value) ? timeText(millis(value)) : goFloat(value, "g", 4))),
  toTime: onNumber((value) => ({ kind: "time", at: millis(value) })),
  toDuration: onNumber((value) => ({ kind: "duration", seconds: value })),
  now: { params: [], call: (_args, { now }) => now / 1000 },
  parseDuration: onText((text) => {
    const ms = parsePromDuration(text);
    if (ms === undefined)
      throw new CallFault(text === "" ? "empty duration string" : `not a valid duration string: ${goQuote(text)}`);
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
    call: ([pattern, text]) =>
      compiled(pattern as string)
        .matcher(text as string)
        .find(),
  },
  reReplaceAll: {
    params: ["string", "string", "string"],
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
