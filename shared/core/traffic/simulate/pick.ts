import { averageMs, begin, hostLoads, observe } from "../balance/loads.ts";
import { randomOf } from "../balance/random.ts";
import { balancerOf } from "../balancer.ts";
import type { PickRequest, PickWhy } from "../types.ts";
import type { GivenHost } from "./hosts-read.ts";
import { BEGIN } from "./queue.ts";
import type { Balancing } from "./setting.ts";

/** Response times of a file were seen one after the other, the last one now. */
const APART_MS = 1;

/**
 * Picks one host after the other for the same request; none of them ends. `why` is that of the first. Picks are indexes into `hosts`,
 * -1: none.
 */
export function pickFrom(
  hosts: readonly GivenHost[],
  balancing: Balancing,
  request: Omit<PickRequest, "at">,
  options: { readonly count?: number; readonly seed?: number } = {},
): { readonly why: PickWhy; readonly picks: readonly number[] } {
  const loads = hostLoads(hosts.length, { decayMs: balancing.balance.decay, settledAt: 0 });
  for (const [index, { active, responsesMs }] of hosts.entries()) {
    loads.active[index] = active;
    for (const [place, ms] of responsesMs.entries())
      observe(loads, index, BEGIN - (responsesMs.length - 1 - place) * APART_MS, ms);
    // A list without times says no more than its mean, the platform's measure: which of them came last is not known.
    loads.ewmaMs[index] = averageMs(loads, index, BEGIN) ?? Number.NaN;
  }
  const balancer = balancerOf(
    balancing,
    hosts.map((one) => one.host),
    loads,
    randomOf(options.seed ?? 1),
  );
  const asked: PickRequest = { ...request, at: BEGIN };
  const why = balancer.why(asked);
  const picks: number[] = [];
  for (let turn = 0; turn < (options.count ?? 1); turn += 1) {
    const index = balancer.pick(asked);
    picks.push(index);
    if (index >= 0) begin(loads, index, asked.at);
  }
  return { why, picks };
}
