import { floatText } from "../kernel/float.ts";
import type { Labels } from "../kernel/labels.ts";
import type { Exemplar, Family, Series } from "./registry.ts";
import { WINDOW_RANKS } from "./sample-window.ts";

/** `prometheus`: text format 0.0.4. `openmetrics`: OpenMetrics 1.0. */
export type ExposeFormat = "prometheus" | "openmetrics";

export const CONTENT_TYPES: Readonly<Record<ExposeFormat, string>> = {
  prometheus: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

const escaped = (text: string) => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
const quoted = (text: string) => `"${escaped(text).replaceAll('"', '\\"')}"`;

const pairsOf = (labels: Labels): readonly string[] =>
  Object.keys(labels)
    .sort()
    .map((name) => `${name}=${quoted(labels[name] ?? "")}`);

const braces = (pairs: readonly string[]) => (pairs.length === 0 ? "" : `{${pairs.join(",")}}`);

/** OpenMetrics wants bounds and ranks as floats ("1.0"), the older format has them as Go prints them ("1"). */
const boundText = (bound: number, format: ExposeFormat) =>
  format === "openmetrics" && Number.isInteger(bound) ? `${bound}.0` : floatText(bound);

const exemplarText = (exemplar: Exemplar | undefined): string => {
  if (!exemplar) return "";
  const at = exemplar.at === undefined ? "" : ` ${(exemplar.at / 1000).toFixed(3)}`;
  return ` # {${pairsOf(exemplar.labels).join(",")}} ${floatText(exemplar.value)}${at}`;
};

function seriesLines({ spec }: Family, series: Series, format: ExposeFormat): readonly string[] {
  const { name } = spec;
  const pairs = pairsOf(series.labels);
  if (!series.buckets && !series.window) return [`${name}${braces(pairs)} ${floatText(series.value)}`];
  const lines: string[] = [];
  if (series.buckets) {
    let below = 0;
    for (const [index, bound] of [...(spec.buckets ?? []), Infinity].entries()) {
      below += series.buckets[index] ?? 0;
      const shown = format === "openmetrics" ? exemplarText(series.exemplars?.[index]) : "";
      lines.push(`${name}_bucket${braces([...pairs, `le="${boundText(bound, format)}"`])} ${below}${shown}`);
    }
  }
  for (const [index, value] of (series.window?.quantiles(WINDOW_RANKS) ?? []).entries()) {
    const rank = boundText(WINDOW_RANKS[index] as number, format);
    lines.push(`${name}${braces([...pairs, `quantile="${rank}"`])} ${floatText(value)}`);
  }
  lines.push(`${name}_sum${braces(pairs)} ${floatText(series.value)}`, `${name}_count${braces(pairs)} ${series.count}`);
  return lines;
}

/** Everything in the families as text. Empty text (or only `# EOF`) where there is nothing. */
export function exposeFamilies(families: readonly Family[], format: ExposeFormat): string {
  const open = format === "openmetrics";
  const lines: string[] = [];
  for (const family of families) {
    const { name, type, help, unit } = family.spec;
    // OpenMetrics names a counter's family without the suffix that its samples carry.
    const shown = open && type === "counter" ? name.replace(/_total$/, "") : name;
    lines.push(`# HELP ${shown} ${open ? quoted(help).slice(1, -1) : escaped(help)}`, `# TYPE ${shown} ${type}`);
    if (open && unit !== undefined) lines.push(`# UNIT ${shown} ${unit}`);
    for (const series of family.series.values()) lines.push(...seriesLines(family, series, format));
  }
  if (open) lines.push("# EOF");
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/**
 * Which of the two formats an `Accept` header asks for. OpenMetrics is only given to who names it, and not where the header
 * prefers plain text.
 */
export function formatFor(accept: string | undefined): ExposeFormat {
  let open = 0;
  let text = 0;
  for (const part of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = part.split(";").map((one) => one.trim().toLowerCase());
    const q = parameters.find((one) => one.startsWith("q="))?.slice(2);
    const weight = q === undefined ? 1 : Number(q) || 0;
    // A version we do not write: only the 0.0.1 draft differs from what is written here.
    if (type === "application/openmetrics-text") open = Math.max(open, weight);
    else if (type === "text/plain" || type === "text/*") text = Math.max(text, weight);
  }
  return open > 0 && open >= text ? "openmetrics" : "prometheus";
}
