import type { Clause } from "../../kernel/step.ts";
import type { Policy } from "../config.ts";
import { align } from "./align.ts";
import { believed, capacity, type Demand, scalability, scaled, type Times, trueRate } from "./capacity.ts";
import type { VertexRates } from "./rates.ts";
import { MOST_NAME } from "./window.ts";
import { clause, figure } from "./words.ts";

type FlinkPolicy = Extract<Policy, { type: "flink" }>;

/** What one decision may make of a vertex, whatever the policy wants. */
export interface Limits {
  readonly min: number;
  readonly max: number;
  /** Slots of the job; undefined: no limit is known. */
  readonly slots: number | undefined;
  readonly stepOut: number;
  readonly stepIn: number;
}

/** A parallelism for one vertex, and how it came about. */
export interface Recommendation {
  readonly vertex: VertexRates;
  readonly demand: Demand;
  /** True rate that is believed; NaN: unknown, and the vertex stays as it is. */
  readonly rate: number;
  readonly to: number;
  /** Reads after "because". */
  readonly text: string;
  readonly clause: Clause;
  /** A bound kept it from growing. */
  readonly limited?: string;
  /** Why nothing can be said of the whole job. */
  readonly unknown?: string;
}

/** Whether a vertex keeps its parallelism. */
export const excluded = (
  exclude: readonly string[],
  { id, name }: { readonly id: string; readonly name: string },
): boolean => exclude.some((one) => one === id || one.slice(0, MOST_NAME) === name.slice(0, MOST_NAME));

/** True rate of a vertex: by its busy time, or as observed under backlog. */
export function rateOf(vertex: VertexRates, aggregation: FlinkPolicy["busyAggregation"]): number {
  const { inRate, gauge, busyMax, busyMean, observed } = vertex;
  // The busiest subtask is a gauge; so is what is divided by it, where the cluster tells it.
  const byMax = aggregation === "max";
  const read = byMax && inRate > 0 && gauge !== undefined && gauge > 0 ? gauge : inRate;
  return believed(trueRate(read, byMax ? busyMax : busyMean), observed);
}

/** Parallelism that one vertex should have: capacity over true rate, within bounds, aligned where records go by key or partition. */
export function recommend(
  policy: FlinkPolicy,
  vertex: VertexRates,
  demand: Demand,
  times: Times,
  limits: Limits,
  points: readonly (readonly [number, number])[] | undefined,
): Recommendation {
  const { parallelism: current, name } = vertex;
  const rate = rateOf(vertex, policy.busyAggregation);
  const stays = (text: string, more: Partial<Recommendation> = {}): Recommendation => ({
    vertex,
    demand,
    rate,
    to: current,
    text: `${name}: ${text}`,
    clause: clause("held", "vertex", `${name}: ${text}`, { rate }),
    ...more,
  });
  if (excluded(policy.exclude, vertex)) return stays("is excluded");
  const wanted = capacity(demand, policy.utilization, true, times);
  if (Number.isNaN(wanted))
    return stays("what it has to do is not known", { unknown: "what it has to do is not known" });
  if (Number.isNaN(rate)) {
    // Legacy sources never tell how busy they are; anything else that does not is not measured whole.
    if (vertex.source) return stays("how busy it is is not told, so it stays as it is");
    return stays("how busy it is is not told", { unknown: "how busy it is is not told" });
  }
  const others = points?.filter(([parallelism]) => parallelism !== current);
  const alpha = others ? scalability([...others, [current, rate]]) : 1;
  const factors = { downMaxFactor: policy.scaleDownMaxFactor, upMaxFactor: policy.scaleUpMaxFactor };
  const { factor, parallelism } = scaled({ capacity: wanted, rate, current, alpha }, factors);
  const { lower, upper, by } = boundsOf(policy, vertex, limits);
  const inside = Math.min(upper, Math.max(lower, parallelism));
  const to = aligned(policy, vertex, inside, upper);
  const busy = vertex.busyMax === undefined ? "" : `, busy ${figure(vertex.busyMax / 10)} %`;
  const grew = alpha < 1 ? `, of which ${figure(alpha * 100)} % is gained by each` : "";
  const has = `reads ${figure(vertex.inRate)}/s${busy}, has to do ${figure(demand.target)}/s${catchingUp(demand)} and can do ${figure(rate)}/s`;
  const round = to === inside ? "" : `, aligned from ${inside}`;
  const clamp = inside < parallelism ? `, ${by} allows no more than ${inside}` : "";
  const text = `${name} ${has}: ${current} × ${figure(factor)}${grew} → ${to}${clamp}${round}`;
  return {
    vertex,
    demand,
    rate,
    to,
    text,
    clause: clause("computed", "vertex", text, {
      target: demand.target,
      catchUp: demand.catchUp,
      rate,
      capacity: wanted,
      factor,
      from: current,
      to,
      lag: vertex.lag,
    }),
    ...(inside < parallelism && to <= current ? { limited: by } : {}),
  };
}

const catchingUp = ({ catchUp }: Demand): string => (catchUp > 0 ? ` and ${figure(catchUp)}/s to catch up` : "");

/** What the vertex has already widens both bounds, except where more than one share each is no use. */
function boundsOf(
  policy: FlinkPolicy,
  { parallelism: current, maxParallelism, partitions }: VertexRates,
  limits: Limits,
): { readonly lower: number; readonly upper: number; readonly by: string } {
  const uppers: readonly (readonly [number, string])[] = [
    [policy.vertexMax, "vertexMax"],
    [limits.max, "the maximum"],
    [maxParallelism, "its maximum of parallelism"],
    [partitions ?? Number.POSITIVE_INFINITY, "the number of partitions"],
    [limits.slots ?? Number.POSITIVE_INFINITY, "the number of slots"],
    [current + limits.stepOut, "maxStep"],
  ];
  const [most, by] = uppers.reduce((a, b) => (b[0] < a[0] ? b : a));
  const least = Math.max(policy.vertexMin, limits.min, current - limits.stepIn, 1);
  return { lower: Math.min(current, least), upper: Math.max(current, most), by };
}

/** Key groups where records come by key, partitions where a source reads them. */
function aligned(policy: FlinkPolicy, vertex: VertexRates, to: number, upper: number): number {
  const shares = vertex.source ? vertex.partitions : vertex.hash ? vertex.maxParallelism : undefined;
  if (shares === undefined || to === vertex.parallelism) return to;
  return align(to, shares, policy.alignment, { current: vertex.parallelism, limit: upper });
}
