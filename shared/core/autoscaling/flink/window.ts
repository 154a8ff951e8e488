import type { JobVertex } from "../../kernel/jobs.ts";
import { type DurationMs, MINUTE_MS } from "../../kernel/time.ts";
import type { FlinkReading, FlinkSeen, FlinkWindow } from "./types.ts";

/** Readings of one vertex that are kept; fewer of a job with many, so that a state stays below some 100 KB. */
export const MOST_POINTS = 30;
const MOST_READINGS = 900;
const LEAST_POINTS = 6;
/** More vertices would not fit into a state. */
export const MOST_VERTICES = 300;

export type PointResult =
  | { readonly ok: true; readonly of: readonly FlinkReading[] }
  | { readonly ok: false; readonly why: string };

/** What a look tells of every vertex, or why it may not be used: what is missing is unknown, and never 0. */
export function readingsOf(seen: FlinkSeen): PointResult {
  const { vertices } = seen;
  if (!Array.isArray(vertices) || vertices.length === 0) return bad("the cluster tells of no vertex");
  if (vertices.length > MOST_VERTICES)
    return bad(`${vertices.length} vertices are more than the ${MOST_VERTICES} that can be kept`);
  const ids = new Set(vertices.map(({ id }) => id));
  if (ids.size !== vertices.length) return bad("two vertices have the same id");
  const of: FlinkReading[] = [];
  for (const vertex of vertices) {
    const reading = readingOf(vertex, ids);
    if (typeof reading === "string") return bad(`${nameOf(vertex)}: ${reading}`);
    of.push(reading);
  }
  return { ok: true, of };
}

const bad = (why: string): PointResult => ({ ok: false, why });

/** Names of chained operators are long. */
export const MOST_NAME = 80;
export const nameOf = ({ id, name }: Pick<JobVertex, "id" | "name">): string => (name || id).slice(0, MOST_NAME);

const count = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

function readingOf(vertex: JobVertex, ids: ReadonlySet<string>): FlinkReading | string {
  if (!count(vertex.parallelism)) return `its parallelism is ${vertex.parallelism}`;
  if (!count(vertex.maxParallelism)) return `its maximum of parallelism is ${vertex.maxParallelism}`;
  if (!vertex.inputs.every(({ id }) => ids.has(id))) return "one of its inputs is no vertex of the job";
  const values = [
    vertex.recordsIn,
    vertex.recordsOut,
    vertex.pendingRecords,
    vertex.inPerSecond,
    vertex.busyMax,
    vertex.busyMean,
    vertex.backPressuredMax,
  ].map((value) => value ?? null);
  const broken = values.find((value) => value !== null && !(Number.isFinite(value) && value >= 0));
  if (broken !== undefined) return `${broken} is no measurement`;
  const [recordsIn = null, recordsOut = null, ...rest] = values;
  // Where a source reads from the outside Flink may count only what it hands on.
  const source = vertex.inputs.length === 0;
  const read = source && !recordsIn && recordsOut !== null && recordsOut > 0 ? recordsOut : recordsIn;
  if (read === null) return "how many records it has read is not told";
  const [pending = null, perSecond = null, busyMax = null, busyMean = null, backPressured = null] = rest;
  return [read, recordsOut, pending, round(perSecond), round(busyMax), round(busyMean), round(backPressured)];
}

/** A thousandth of a record a second, or of a millisecond, is beyond what is measured. */
const round = (value: number | null): number | null => (value === null ? null : Math.round(value * 1000) / 1000);

/** Two clocks of ours may be so far apart; beyond that one of them was put back. */
const BACK_MS = 2 * MINUTE_MS;

export interface Sampled {
  /** With the look as its newest point: what is judged. */
  readonly live: FlinkWindow;
  /** What is kept: not every look becomes a point. The same object where nothing changed. */
  readonly kept: FlinkWindow;
  /** Why it begins anew; undefined where it goes on. */
  readonly anew?: string;
}

/** Adds a look to the window, which begins anew where the tasks did. */
export function sampled(
  before: FlinkWindow | undefined,
  seen: FlinkSeen,
  of: readonly FlinkReading[],
  windowMs: DurationMs,
): Sampled {
  const point = { at: seen.at, of };
  const back = (before?.points.at(-1)?.at ?? 0) - seen.at >= BACK_MS ? "the clock went back" : undefined;
  const anew = before ? (back ?? otherLife(before, seen, of)) : "it is seen for the first time";
  const last = before?.points.at(-1);
  if (!before || !last || anew !== undefined) {
    const window = begun(seen, point);
    return { live: window, kept: window, ...(anew === undefined ? {} : { anew }) };
  }
  if (seen.at <= last.at) return { live: before, kept: before };
  const points = trimmed([...before.points, point], seen.at - windowMs);
  const live = { ...before, points };
  const most = Math.min(MOST_POINTS, Math.max(LEAST_POINTS, Math.floor(MOST_READINGS / of.length)));
  // One point is older than the window, and the newest may be so much younger than one spacing.
  const due = seen.at - last.at >= windowMs / (most - 2);
  return { live, kept: due ? { ...live, points: points.slice(-most) } : before };
}

function begun(seen: FlinkSeen, point: FlinkWindow["points"][number]): FlinkWindow {
  return {
    jobId: seen.jobId,
    ...(seen.startedAt === undefined ? {} : { startedAt: seen.startedAt }),
    ...(seen.restarts === undefined ? {} : { restarts: seen.restarts }),
    ids: seen.vertices.map(({ id }) => id),
    parallelism: seen.vertices.map(({ parallelism }) => parallelism),
    points: [point],
  };
}

/** The newest point that is a whole window old is kept: rates are taken over at least the window. */
function trimmed(points: FlinkWindow["points"], from: number): FlinkWindow["points"] {
  let first = 0;
  while (first + 1 < points.length && (points[first + 1] as { at: number }).at <= from) first += 1;
  return points.slice(first);
}

/** Why what is counted now has nothing to do with what was counted before. */
function otherLife(window: FlinkWindow, seen: FlinkSeen, of: readonly FlinkReading[]): string | undefined {
  if (window.jobId !== seen.jobId) return "it is another job";
  const { startedAt, restarts, ids, parallelism } = window;
  if (startedAt !== undefined && seen.startedAt !== undefined && startedAt !== seen.startedAt)
    return "its tasks began anew";
  if (restarts !== undefined && seen.restarts !== undefined && restarts !== seen.restarts) return "it has restarted";
  if (ids.length !== seen.vertices.length || !ids.every((id, index) => seen.vertices[index]?.id === id))
    return "it has other vertices";
  if (!parallelism.every((one, index) => seen.vertices[index]?.parallelism === one)) return "its parallelism changed";
  const last = window.points.at(-1)?.of ?? [];
  const less = of.some(([read, sent], index) => {
    const [readBefore = 0, sentBefore = null] = last[index] ?? [];
    return read < readBefore || (sent !== null && sentBefore !== null && sent < sentBefore);
  });
  return less ? "its counters began anew" : undefined;
}
