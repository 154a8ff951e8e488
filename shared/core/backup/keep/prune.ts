import { DAY_MS, type DurationMs, type Millis } from "../../kernel/time.ts";
import type { Manifest } from "../format/types.ts";
import { choosePoints } from "./choose.ts";
import type { PointPapers } from "./demand.ts";
import { type Lying, type Proven, planPlace, provePlace, type Removals } from "./plan.ts";
import type { Choice, Hold, Keep, PointFacts } from "./types.ts";

/** Work of a run that never became a restore point is removed after this. */
export const ORPHAN_AFTER_MS: DurationMs = DAY_MS;

export interface PruneInput {
  readonly plan: string;
  readonly points: readonly (PointFacts & { readonly papers: PointPapers })[];
  /** Points that were pruned before and still have papers. */
  readonly pruned?: readonly PointPapers[];
  readonly lying: readonly Lying[];
  readonly holds: readonly Hold[];
  readonly keep: Keep;
  readonly now: Millis;
  readonly running?: readonly string[];
}

export interface PrunePlan extends Choice {
  readonly removals: Removals;
  readonly proof: Proven;
}

/** The whole plan of one destination in one call, for what fits in memory. */
export function planPrune(input: PruneInput): PrunePlan {
  const { plan, points, pruned = [], lying, holds, keep, now, running = [] } = input;
  const choice = choosePoints(points, keep, holds, now);
  const situation = {
    plan,
    lying,
    kept: new Set(choice.keep.map(({ id }) => id)),
    gone: new Set([...choice.remove.map(({ id }) => id), ...pruned.map(({ manifest }) => manifest.id)]),
    running: new Set(running),
    now,
    orphanAfterMs: ORPHAN_AFTER_MS,
  };
  const known = new Map([...points.map((one) => one.papers), ...pruned].map((one) => [one.manifest.id, one]));
  const papers = chainOrder([...known.values()].map(({ manifest }) => manifest))
    .reverse()
    .flatMap(({ id }) => known.get(id) ?? []);
  const place = planPlace(situation);
  for (const one of papers) place.take(one);
  const removals = place.removals();
  const proof = provePlace(situation, removals);
  for (const one of papers.reverse()) proof.take(one);
  return { ...choice, removals, proof: proof.result() };
}

/**
 * The oldest first, and each after all that it needs, also where a clock went backwards between them. Papers are proven in this order and reckoned in the opposite one.
 */
export function chainOrder<
  T extends { readonly id: string; readonly cutAt: Millis; readonly needs: Manifest["needs"] },
>(points: readonly T[]): T[] {
  const sorted = [...points].sort((a, b) => a.cutAt - b.cutAt || (a.id < b.id ? -1 : 1));
  const left = new Map(sorted.map((one) => [one.id, one]));
  const ordered: T[] = [];
  for (const first of sorted) {
    // A stack of its own: a chain may be longer than calls may be deep.
    const stack = [first];
    while (stack.length > 0) {
      const one = stack.at(-1) as T;
      const before = left.has(one.id)
        ? one.needs.map(({ id }) => left.get(id)).find((need) => need && !stack.includes(need))
        : undefined;
      if (before) stack.push(before);
      else {
        stack.pop();
        if (left.delete(one.id)) ordered.push(one);
      }
    }
  }
  return ordered;
}
