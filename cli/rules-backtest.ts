import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { parseInstant } from "../shared/core/kernel/instant.ts";
import { formatPromDuration, parsePromDuration } from "../shared/core/kernel/prometheus-duration.ts";
import { type DurationMs, formatDuration, type Millis } from "../shared/core/kernel/time.ts";
import type { Backtest, BacktestCounts } from "../shared/core/monitoring/rules-backtest.ts";
import { type AlertingRule, isAlerting, type RuleGroup } from "../shared/core/monitoring/types.ts";
import { type Given, text, type Verb } from "./command.ts";
import { UsageError } from "./errors.ts";
import { number, stamp } from "./format.ts";
import { type Io, plain, table } from "./io.ts";
import { readRules } from "./rule-files.ts";
import type { History } from "./rules-history.ts";
import { SEMANTICS, semanticsOf } from "./semantics.ts";

const HELP = "headgate rules backtest --help";
/** Firings listed in the document. */
const MOST_LISTED = 1_000;

/** An instant, or how long before the end. */
function timeOf(
  options: Given,
  name: "from" | "to",
): { readonly at?: Millis; readonly agoMs?: DurationMs } | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  const at = parseInstant(given)?.at;
  if (at !== undefined) return { at };
  const agoMs = parsePromDuration(given);
  if (agoMs !== undefined && name === "from") return { agoMs };
  const allowed =
    name === "from" ? "instant (2026-01-31T12:00:00Z) or duration (7d)" : "instant (2026-01-31T12:00:00Z)";
  throw new UsageError(`--${name} ${JSON.stringify(given)} is no ${allowed}`, HELP);
}

function durationsOf(options: Given, name: "for" | "step"): readonly DurationMs[] | undefined {
  const given = text(options, name);
  return given?.split(",").map((part) => {
    const ms = parsePromDuration(part.trim());
    if (ms !== undefined && (ms > 0 || name === "for")) return ms;
    throw new UsageError(`--${name} ${JSON.stringify(part)} is no duration such as 30s or 5m`, HELP);
  });
}

interface Chosen {
  readonly group: RuleGroup;
  readonly rule: AlertingRule;
}

function choose(file: string, groups: readonly RuleGroup[], name: string | undefined): readonly Chosen[] {
  const all = groups.flatMap((group) => group.rules.flatMap((rule) => (isAlerting(rule) ? [{ group, rule }] : [])));
  const chosen = name === undefined ? all : all.filter(({ rule }) => rule.alert === name);
  if (chosen.length > 0) return chosen;
  const names = [...new Set(all.map(({ rule }) => rule.alert))].join(", ");
  if (name === undefined) throw new HeadgateError("input.invalid", `${file} has no alerting rules`);
  throw new UsageError(`${file} has no rule ${name}; there are ${names}`, HELP);
}

const cells = (counts: BacktestCounts): readonly string[] => [
  `${counts.firings}`,
  number(counts.firingsPerWeek),
  formatDuration(counts.firingMs),
  formatDuration(counts.longestMs),
  `${counts.pendingOnly}`,
  counts.firingAtEnd > 0
    ? `${counts.firingAtEnd} firing`
    : counts.pendingAtEnd > 0
      ? `${counts.pendingAtEnd} pending`
      : "",
];
const HEADINGS = ["FIRINGS", "PER WEEK", "FIRING", "LONGEST", "PENDING ONLY", "AT THE END"];

function tell(io: Io, { rule }: Chosen, result: Backtest, groupBy: string | undefined): void {
  io.line();
  io.line(plain(`${rule.alert}: ${rule.expr}`));
  const rows = result.rows.map((row) => [`${formatPromDuration(row.forMs)}${row.given ? " *" : ""}`, ...cells(row)]);
  for (const line of table([["FOR", ...HEADINGS], ...rows])) io.line(line);
  const groups = result.rows.find((row) => row.given)?.groups ?? [];
  if (groupBy === undefined || groups.length === 0) return;
  io.line();
  const byValue = groups.map((group) => [group.value === "" ? "(none)" : group.value, ...cells(group)]);
  for (const line of table([[groupBy.toUpperCase(), ...HEADINGS], ...byValue])) io.line(line);
}

async function historyOf(
  io: Io,
  options: Given,
  groups: readonly RuleGroup[],
  rules: readonly AlertingRule[],
): Promise<History> {
  const [data, prometheus] = [text(options, "data"), text(options, "prometheus")];
  if (data !== undefined && prometheus !== undefined)
    throw new UsageError("either --data or --prometheus, not both", HELP);
  const { fromApi, fromFile, fromPrometheus } = await import("./rules-history.ts");
  const from = timeOf(options, "from");
  const wanted = {
    to: timeOf(options, "to")?.at,
    from: from?.at,
    agoMs: from?.agoMs,
    stepMs: durationsOf(options, "step")?.[0],
    semantics: semanticsOf(text(options, "semantics"), HELP),
    series: text(options, "series"),
  };
  if (data !== undefined) return fromFile(io, data, groups, rules, wanted);
  return prometheus !== undefined
    ? fromPrometheus(prometheus, groups, rules, wanted)
    : fromApi(io, groups, rules, wanted);
}

/** `headgate rules backtest`. */
export const rulesBacktestVerb: Verb = {
  name: "backtest",
  about:
    "How often a file's alerting rules would have fired over a history, for how long, with which `for`: over samples in a file, in a Prometheus, or (without either) what the API has.",
  positionals: ["FILE"],
  options: [
    {
      name: "data",
      value: "FILE",
      about: "CSV timestamp,value (one series), or Prometheus or OpenMetrics text with timestamps",
    },
    { name: "prometheus", value: "URL", about: "ask this Prometheus (up to and without /api/v1)" },
    { name: "rule", value: "NAME", about: "only this alert (default: all)" },
    {
      name: "from",
      value: "TIME",
      about: "an instant, or how long before the end, e.g. 7d (default: all of a file, else 1d)",
    },
    { name: "to", value: "TIME", about: "the end (default: of the file, else now)" },
    { name: "step", value: "DURATION", about: "time between evaluations (default: the group's interval, else 1m)" },
    {
      name: "for",
      value: "LIST",
      about: "values of `for` to compare, e.g. 0,1m,5m (default: none, its own, 2, 5, 10 times it)",
    },
    { name: "group-by", value: "LABEL", about: "count by this label as well" },
    {
      name: "series",
      value: "SERIES",
      about: "what a CSV is: 'metric{label=\"value\"}' (default: what the rule selects)",
    },
    SEMANTICS,
  ],
  example: "headgate rules backtest examples/rules/platform.yml --rule KafkaConsumerLag --data lag.csv --for 0,2m,10m",
  run: async ({ io, positionals, options }) => {
    const file = positionals[0] as string;
    const read = await readRules(io, file);
    if (read.kind !== "rules") throw new HeadgateError("input.invalid", `${file} is no rule file`);
    if (read.faults.length > 0) throw new HeadgateError("rules.invalid", `${file} has faults`, { faults: read.faults });
    const chosen = choose(file, read.groups, text(options, "rule"));
    const fors = durationsOf(options, "for");
    const groupBy = text(options, "group-by");
    io.progress("evaluating …");
    const rules = chosen.map(({ rule }) => rule);
    const { source, window, held, warnings } = await historyOf(io, options, read.groups, rules);
    const { backtestRule } = await import("../shared/core/monitoring/rules-backtest.ts");
    const results = chosen.map(({ rule }, index) =>
      backtestRule(held[index] ?? [], window, rule, {
        ...(fors === undefined ? {} : { fors }),
        ...(groupBy === undefined ? {} : { groupBy }),
      }),
    );
    io.document({
      file,
      source,
      ...window,
      rules: chosen.map(({ group, rule }, index) => ({
        group: group.name,
        alert: rule.alert,
        expr: rule.expr,
        ...results[index],
        firings: results[index]?.firings.slice(0, MOST_LISTED),
      })),
      warnings,
    });
    const length = formatDuration(window.to - window.from);
    io.line(
      plain(
        `${source}: ${stamp(window.from)} to ${stamp(window.to)} (${length}), every ${formatPromDuration(window.stepMs)}; * is the rule's own for`,
      ),
    );
    for (const [index, one] of chosen.entries()) tell(io, one, results[index] as Backtest, groupBy);
    for (const warning of warnings) io.note(plain(`warning: ${warning}`));
    return 0;
  },
};
