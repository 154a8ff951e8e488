import type { Demand } from "./capacity.ts";

/** What is known of one vertex's rates; records per second. */
export interface Flow {
  readonly id: string;
  readonly inputs: readonly string[];
  readonly inRate: number;
  /** Undefined: not told. */
  readonly outRate?: number;
  /** Sources: records that wait, and how fast they become more. Undefined: not told, nothing is added for them. */
  readonly lag?: number;
  readonly lagRate?: number;
}

const NONE: Demand = { target: Number.NaN, catchUp: Number.NaN };

/**
 * What each vertex has to do. A source: max(0, read + growth of its lag), and its lag over the time to catch up; any other: what its
 * inputs have to do, times what arrives here of each of their records. NaN where a rate that is needed is unknown.
 *
 * @param flows in topological order
 */
export function demands(flows: readonly Flow[], catchUpSec: number): ReadonlyMap<string, Demand> {
  const byId = new Map(flows.map((flow) => [flow.id, flow]));
  const outputs = new Map<string, number>();
  for (const { inputs } of flows) for (const id of new Set(inputs)) outputs.set(id, (outputs.get(id) ?? 0) + 1);
  const demands = new Map<string, Demand>();
  for (const flow of flows) demands.set(flow.id, demandOf(flow, byId, outputs, demands, catchUpSec));
  return demands;
}

function demandOf(
  flow: Flow,
  byId: ReadonlyMap<string, Flow>,
  outputs: ReadonlyMap<string, number>,
  demands: ReadonlyMap<string, Demand>,
  catchUpSec: number,
): Demand {
  if (flow.inputs.length === 0) {
    const catchUp = catchUpSec > 0 && flow.lag !== undefined ? flow.lag / catchUpSec : 0;
    return { target: Math.max(0, flow.inRate + (flow.lagRate ?? 0)), catchUp };
  }
  let target = 0;
  let catchUp = 0;
  for (const id of new Set(flow.inputs)) {
    const from = byId.get(id);
    const demand = demands.get(id) ?? NONE;
    const share = from ? ratio(from, flow, byId, outputs) : Number.NaN;
    target += share === 0 ? 0 : demand.target * share;
    catchUp += share === 0 ? 0 : demand.catchUp * share;
  }
  return { target, catchUp };
}

/** Records that arrive at `to` for each one that arrives at `from`; 0 where none does. */
export function ratio(
  from: Flow,
  to: Flow,
  byId: ReadonlyMap<string, Flow>,
  outputs: ReadonlyMap<string, number>,
): number {
  return from.inRate === 0 ? 0 : edgeRate(from, to, byId, outputs) / from.inRate;
}

/**
 * Records per second on one edge: all that arrives, where there is one input; what the other inputs do not account for, where each of
 * them has no other output; else all that `from` emits, which is least reliable.
 */
export function edgeRate(
  from: Flow,
  to: Flow,
  byId: ReadonlyMap<string, Flow>,
  outputs: ReadonlyMap<string, number>,
): number {
  const others = [...new Set(to.inputs)].filter((id) => id !== from.id);
  if (others.length === 0) return to.inRate;
  if (others.every((id) => outputs.get(id) === 1)) {
    const accounted = others.reduce((sum, id) => sum + (byId.get(id)?.outRate ?? Number.NaN), 0);
    return Number.isNaN(accounted) ? Number.NaN : Math.max(0, to.inRate - accounted);
  }
  return from.outRate ?? Number.NaN;
}
