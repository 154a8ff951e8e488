import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { floatText } from "../../shared/core/kernel/float.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { clockOf } from "../api/context.ts";
import type { QueryRangeView, QueryView } from "../api/views-monitoring.ts";

/** As Prometheus has it. */
const MOST_STEPS = 11_000;
/** An answer of a function may have 6 MB. */
const MOST_POINTS = 100_000;
const MOST_SAMPLES = 10_000;

/** @throws HeadgateError `query.unavailable` where nobody answers PromQL */
export async function queriesOf(runtime: Runtime, tenant: string): Promise<Queries> {
  const current = await currentConfig(runtime, tenant);
  const queries = runtime.queries?.(current?.config.monitoring?.prometheus);
  if (queries) return queries;
  throw new HeadgateError(
    "query.unavailable",
    "nothing answers PromQL here: set monitoring.scrape for this machine, or monitoring.prometheus",
  );
}

const cut = (what: string, shown: number, all: number): readonly string[] =>
  shown === all ? [] : [`only the first ${shown} of ${all} ${what} are shown`];

/** @throws HeadgateError `query.invalid`, `query.unavailable` */
export async function queryView(runtime: Runtime, tenant: string, expr: string, at: Millis): Promise<QueryView> {
  const queries = await queriesOf(runtime, tenant);
  const { samples, warnings } = await queries.instant(expr, at);
  const shown = samples.slice(0, MOST_SAMPLES);
  return {
    clock: clockOf(runtime),
    at,
    source: queries.source,
    samples: shown.map(({ labels, value }) => ({ labels, value: floatText(value) })),
    warnings: [...warnings, ...cut("samples", shown.length, samples.length)],
  };
}

export interface RangeWanted {
  readonly expr: string;
  readonly from: Millis;
  readonly to: Millis;
  readonly stepMs: DurationMs;
}

/** @throws HeadgateError `input.invalid` (the range), `query.invalid`, `query.unavailable` */
export async function queryRangeView(
  runtime: Runtime,
  tenant: string,
  { expr, from, to, stepMs }: RangeWanted,
): Promise<QueryRangeView> {
  const steps = Math.floor((to - from) / stepMs) + 1;
  if (from > to || steps > MOST_STEPS) {
    const allowed = from > to ? `at or before ${to}` : `at most ${MOST_STEPS} steps between from and to`;
    const path = from > to ? "from" : "step";
    throw new HeadgateError("input.invalid", `query: ${path} ${allowed}`, {
      faults: [{ path, message: "is out of range", value: `${path === "from" ? from : stepMs}`, allowed }],
    });
  }
  const queries = await queriesOf(runtime, tenant);
  const { series, warnings } = await queries.range(expr, from, to, stepMs);
  let points = 0;
  const shown = series.filter((one) => (points += one.points.length) <= MOST_POINTS);
  return {
    clock: clockOf(runtime),
    from,
    to,
    stepMs,
    source: queries.source,
    series: shown.map(({ labels, points: all }) => ({
      labels,
      points: all.map(({ at, value }) => ({ at, value: floatText(value) })),
    })),
    warnings: [...warnings, ...cut("series", shown.length, series.length)],
  };
}
