import type { QueryRangeView, TargetsView } from "../functions/api/views-monitoring.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { parseFloatText } from "../shared/core/kernel/float.ts";
import type { Labels } from "../shared/core/kernel/labels.ts";
import { formatPromDuration } from "../shared/core/kernel/prometheus-duration.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../shared/core/kernel/time.ts";
import type { BacktestWindow, HeldSeries } from "../shared/core/monitoring/rules-backtest.ts";
import type { AlertingRule, RuleGroup } from "../shared/core/monitoring/types.ts";
import { answer, client } from "./client.ts";
import { UsageError } from "./errors.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";

/** 4 million samples of a dump are below this. */
const MAX_DATA_BYTES = 536_870_912;
/** Prometheus's own bound is 11,000 steps; both ends are included. */
const STEPS_PER_QUERY = 10_000;
/** The API answers at most so many points, so that steps are few where series may be many. */
const STEPS_PER_VIEW = 1_000;

/** What of the history is wanted; what is absent is taken from the data, or from now. */
export interface Wanted {
  readonly from?: Millis | undefined;
  /** In place of `from`: so long before the end. */
  readonly agoMs?: DurationMs | undefined;
  readonly to?: Millis | undefined;
  readonly stepMs?: DurationMs | undefined;
  readonly semantics: "v2" | "v3";
}

export interface History {
  readonly source: string;
  readonly window: BacktestWindow;
  /** By rule. */
  readonly held: readonly (readonly HeldSeries[])[];
  readonly warnings: readonly string[];
}

const HELP = "headgate rules backtest --help";
const DEFAULT_LENGTH_MS = 24 * 60 * MINUTE_MS;

function windowOf(from: Millis, to: Millis, stepMs: DurationMs): BacktestWindow {
  if (from >= to) throw new UsageError(`--from is not before --to`, HELP);
  const steps = Math.floor((to - from) / stepMs);
  if (steps > 2_000_000) throw new UsageError(`${steps} steps; a longer --step is needed`, HELP);
  return { from, to, stepMs };
}

/** Equality matchers of the only selector of the rules: what a CSV, which has no labels, is taken for. */
async function labelsOfCsv(series: string | undefined, rules: readonly AlertingRule[]): Promise<Labels> {
  const { readSeries } = await import("../shared/core/monitoring/unit-test/series-notation.ts");
  if (series !== undefined) {
    const read = readSeries(series);
    if (read.ok) return read.value;
    throw new UsageError(`--series ${JSON.stringify(series)}: ${read.message}`, HELP);
  }
  const [{ parsePromql }, { selectorsOf }] = await Promise.all([
    import("../shared/core/monitoring/promql/parse.ts"),
    import("../shared/core/monitoring/promql/selectors.ts"),
  ]);
  const found = new Map<string, Labels>();
  for (const rule of rules) {
    const parsed = parsePromql(rule.expr);
    for (const { matchers } of parsed.ok ? selectorsOf(parsed.expr) : []) {
      const labels = Object.fromEntries(matchers.flatMap((one) => (one.op === "=" ? [[one.label, one.value]] : [])));
      found.set(JSON.stringify(labels), labels);
    }
  }
  const [only] = [...found.values()];
  if (found.size === 1 && only) return only;
  throw new UsageError(
    `the rules read ${found.size} series, and a CSV is one: name it with --series 'metric{label="value"}', or the rule with --rule`,
    HELP,
  );
}

/** History from a file: everything is evaluated here. */
export async function fromFile(
  io: Io,
  file: string,
  groups: readonly RuleGroup[],
  rules: readonly AlertingRule[],
  wanted: Wanted & { readonly series?: string | undefined },
): Promise<History> {
  const text = await readText(io, file, MAX_DATA_BYTES);
  const [{ isCsvHistory, readHistory, usualDistanceMs }, { heldOver }] = await Promise.all([
    import("../shared/core/monitoring/history-file.ts"),
    import("../shared/core/monitoring/held-series.ts"),
  ]);
  const labels = isCsvHistory(text) ? await labelsOfCsv(wanted.series, rules) : {};
  const read = readHistory(text, labels);
  if (!read.ok)
    throw new HeadgateError("input.invalid", `${file} holds no samples that can be read`, {
      faults: read.faults.map((fault) => ({ file, ...fault })),
    });
  const times = read.series.flatMap(({ points }) => [points[0]?.at ?? 0, points.at(-1)?.at ?? 0]);
  if (times.length === 0) throw new HeadgateError("input.invalid", `${file} holds no samples`);
  const distanceMs = usualDistanceMs(read.series) ?? MINUTE_MS;
  const intervalMs = groups.find((group) => group.intervalMs !== undefined)?.intervalMs ?? MINUTE_MS;
  // Between samples that are far apart nothing is known; a finer step would only find them stale.
  const stepMs = wanted.stepMs ?? Math.max(intervalMs, distanceMs);
  const [first, last] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))];
  const to = wanted.to ?? last;
  const from = wanted.agoMs === undefined ? (wanted.from ?? first) : Math.max(first, to - wanted.agoMs);
  const window = windowOf(from, to, stepMs);
  const lookbackMs = Math.max(5 * MINUTE_MS, 2 * distanceMs);
  const held = heldOver(read.series, groups, rules, window, { semantics: wanted.semantics, lookbackMs });
  const warnings =
    lookbackMs > 5 * MINUTE_MS
      ? [
          `samples are ${formatPromDuration(distanceMs)} apart: a value counts for ${formatPromDuration(lookbackMs)} instead of 5m`,
        ]
      : [];
  return { source: file, window, held, warnings };
}

type Range = (expr: string, from: Millis, to: Millis, stepMs: DurationMs) => Promise<readonly HeldSeries[]>;

/** One range query after the other, so that a long history stays within the bounds of one answer. */
async function inPieces(
  range: Range,
  expr: string,
  window: BacktestWindow,
  steps: number,
): Promise<readonly HeldSeries[]> {
  const all: HeldSeries[] = [];
  const pieceMs = steps * window.stepMs;
  for (let from = window.from; from <= window.to; from += pieceMs)
    all.push(...(await range(expr, from, Math.min(window.to, from + pieceMs - window.stepMs), window.stepMs)));
  return all;
}

async function queried(
  range: Range,
  source: string,
  groups: readonly RuleGroup[],
  rules: readonly AlertingRule[],
  wanted: Wanted,
  steps: number,
): Promise<History> {
  const to = wanted.to ?? Date.now();
  const intervalMs = groups.find((group) => group.intervalMs !== undefined)?.intervalMs ?? MINUTE_MS;
  const stepMs = wanted.stepMs ?? intervalMs;
  const from = wanted.from ?? to - (wanted.agoMs ?? DEFAULT_LENGTH_MS);
  // On the grid of the step, as rules are evaluated.
  const window = windowOf(Math.floor(from / stepMs) * stepMs, Math.floor(to / stepMs) * stepMs, stepMs);
  const held: (readonly HeldSeries[])[] = [];
  for (const rule of rules) held.push(await inPieces(range, rule.expr, window, steps));
  return { source, window, held, warnings: [] };
}

/** History in a Prometheus, or in what speaks its API. */
export async function fromPrometheus(
  url: string,
  groups: readonly RuleGroup[],
  rules: readonly AlertingRule[],
  wanted: Wanted,
): Promise<History> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new UsageError(`--prometheus ${JSON.stringify(url)} is no http or https address`, HELP);
  const [{ prometheusQueries }, { httpClient }] = await Promise.all([
    import("../shared/edge/prometheus-queries.ts"),
    import("../shared/edge/http-client.ts"),
  ]);
  const queries = prometheusQueries({ url, http: httpClient({ allowLocal: true }), timeoutMs: MINUTE_MS });
  const range: Range = async (expr, from, to, stepMs) => (await queries.range(expr, from, to, stepMs)).series;
  return queried(range, url, groups, rules, wanted, STEPS_PER_QUERY);
}

/** History as the API has it: the local window, or the Prometheus that is configured. */
export async function fromApi(
  io: Io,
  groups: readonly RuleGroup[],
  rules: readonly AlertingRule[],
  wanted: Wanted,
): Promise<History> {
  const range: Range = async (expr, from, to, stepMs) => {
    const query = { expr, from, to, step: `${stepMs}ms` };
    const view = await answer<QueryRangeView>(client(io).api.v1.monitoring.query_range.$get({ query }));
    if (view.warnings.some((warning) => warning.startsWith("only the first")))
      throw new HeadgateError("input.invalid", `${expr} has more series than the API answers; use --prometheus URL`);
    return view.series.map(({ labels, points }) => ({
      labels,
      points: points.map(({ at, value }) => ({ at, value: parseFloatText(value) ?? Number.NaN })),
    }));
  };
  if (wanted.to !== undefined) return queried(range, "the API", groups, rules, wanted, STEPS_PER_VIEW);
  // The control plane's clock may run faster than this machine's; at this machine's now it has no history.
  const { clock } = await answer<TargetsView>(client(io).api.v1.monitoring.targets.$get());
  return queried(range, "the API", groups, rules, { ...wanted, to: Math.floor(clock.now) }, STEPS_PER_VIEW);
}
