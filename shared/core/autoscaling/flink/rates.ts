import { type DurationMs, formatDuration } from "../../kernel/time.ts";
import { observedRate } from "./capacity.ts";
import type { Flow } from "./target.ts";
import type { FlinkReading, FlinkSeen, FlinkWindow } from "./types.ts";
import { nameOf } from "./window.ts";

/** What the window says of one vertex. Rates in records per second, times in ms per second. */
export interface VertexRates extends Flow {
  readonly name: string;
  readonly parallelism: number;
  readonly maxParallelism: number;
  /** Records reach it by key. */
  readonly hash: boolean;
  readonly source: boolean;
  readonly partitions?: number;
  /** Mean of the gauge of records in per second. */
  readonly gauge?: number;
  readonly busyMax?: number;
  readonly busyMean?: number;
  readonly backPressured?: number;
  /** Sources under backlog: what they would do if nothing held them up, by instant. */
  readonly observed: readonly number[];
}

export type RatesResult =
  | { readonly ok: true; readonly vertices: readonly VertexRates[] }
  | { readonly ok: false; readonly reason: "held_window" | "held_incomplete"; readonly why: string };

/** Rates of all vertices over a window that is full: (last − first) / time of accumulated counters, and means of gauges. */
export function ratesOf(seen: FlinkSeen, window: FlinkWindow, windowMs: DurationMs): RatesResult {
  const [first, last] = [window.points[0], window.points.at(-1)];
  const lasted = first && last ? last.at - first.at : 0;
  if (window.points.length < 2 || lasted <= 0 || lasted < windowMs) {
    const why = `${formatDuration(Math.max(0, lasted))} of ${formatDuration(windowMs)} have been measured`;
    return { ok: false, reason: "held_window", why };
  }
  const vertices: VertexRates[] = [];
  for (const [index, vertex] of seen.vertices.entries()) {
    const readings = window.points.map(({ at, of }) => ({ at, reading: of[index] as FlinkReading }));
    const rates = vertexRates(vertex, readings);
    if (typeof rates === "string") return { ok: false, reason: "held_incomplete", why: `${nameOf(vertex)}: ${rates}` };
    vertices.push(rates);
  }
  return { ok: true, vertices };
}

type Readings = readonly { readonly at: number; readonly reading: FlinkReading }[];
type Vertex = FlinkSeen["vertices"][number];

function vertexRates(vertex: Vertex, readings: Readings): VertexRates | string {
  const source = vertex.inputs.length === 0;
  const read = slope(readings, 0);
  if (read === undefined || read === "lost" || !(read.perSecond >= 0)) return "its rate is not known";
  const inRate = read.perSecond;
  const sent = slope(readings, 1);
  if (sent === "lost") return "how many records it sends is not told any more";
  const lag = source ? slope(readings, 2) : undefined;
  if (lag === "lost") return "how many records wait is not told any more";
  const gauge = mean(readings, 3);
  const busyMax = mean(readings, 4);
  const busyMean = mean(readings, 5);
  if (busyMax === "lost" || busyMean === "lost") return "how busy it is is not told any more";
  const backPressured = mean(readings, 6);
  const { partitions } = vertex;
  return {
    id: vertex.id,
    name: nameOf(vertex),
    inputs: vertex.inputs.map(({ id }) => id),
    parallelism: vertex.parallelism,
    maxParallelism: vertex.maxParallelism,
    hash: vertex.inputs.some(({ ship }) => ship === "HASH"),
    source,
    inRate,
    observed: source ? observedOf(readings, inRate) : [],
    ...(partitions !== undefined && partitions >= 1 ? { partitions: Math.floor(partitions) } : {}),
    ...(sent ? { outRate: sent.perSecond } : {}),
    ...(lag ? { lag: lag.last, lagRate: lag.perSecond } : {}),
    ...(typeof gauge === "number" ? { gauge } : {}),
    ...(busyMax === undefined ? {} : { busyMax }),
    ...(busyMean === undefined ? {} : { busyMean }),
    ...(typeof backPressured === "number" ? { backPressured } : {}),
  };
}

function observedOf(readings: Readings, inRate: number): readonly number[] {
  return readings.flatMap(({ reading: [, , pending, perSecond, , , backPressured] }) => {
    const rate = observedRate(perSecond ?? inRate, pending ?? undefined, backPressured ?? undefined);
    return rate === undefined ? [] : [rate];
  });
}

/** (last − first) / time between the first and the newest reading that tell it. "lost": it was told, and is not any more, or only once. */
function slope(
  readings: Readings,
  of: 0 | 1 | 2,
): { readonly perSecond: number; readonly last: number } | "lost" | undefined {
  const first = readings.find(({ reading }) => reading[of] !== null);
  if (!first) return undefined;
  const newest = readings.at(-1);
  const last = newest?.reading[of];
  if (!newest || last === null || last === undefined || newest.at <= first.at) return "lost";
  return { perSecond: (last - (first.reading[of] ?? 0)) / ((newest.at - first.at) / 1000), last };
}

/** Mean of what was told; "lost": it was told, and is not any more. */
function mean(readings: Readings, of: 3 | 4 | 5 | 6): number | "lost" | undefined {
  const told = readings.flatMap(({ reading }) => reading[of] ?? []);
  if (told.length === 0) return undefined;
  if ((readings.at(-1)?.reading[of] ?? null) === null) return "lost";
  return told.reduce((sum, one) => sum + one, 0) / told.length;
}

/** Records of all vertices together since their tasks began: what grows while a job makes progress. Undefined: not told. */
export function recordsOf({ vertices }: FlinkSeen): number | undefined {
  let sum = 0;
  for (const { recordsIn, recordsOut } of vertices) {
    if (!Number.isFinite(recordsIn ?? Number.NaN)) return undefined;
    sum += (recordsIn ?? 0) + (Number.isFinite(recordsOut ?? Number.NaN) ? (recordsOut ?? 0) : 0);
  }
  return vertices.length === 0 ? undefined : sum;
}
