import type { DeliveryConfig } from "../section.ts";
import type { PlanStep } from "./types.ts";
import { type Batch, percentOf, type Ways } from "./ways.ts";

/** Most batches of one rollout: its plan is in its state. Above so many instances more than one is replaced at a time. */
const MOST_BATCHES = 50;

/**
 * The batches of a rolling update: at every instant at most `size + maxSurge` instances, and at least `minHealthy` percent of `size` ready, as
 * Kubernetes counts (a part of an instance is a whole healthy one). Where both leave no room, one instance above is taken.
 */
export function batches(size: number, maxSurge: number, minHealthy: number): readonly Batch[] {
  const least = Math.ceil((size * minHealthy) / 100);
  const surge = Math.max(
    maxSurge === 0 && least < size ? 0 : 1,
    maxSurge,
    size > MOST_BATCHES ? size / MOST_BATCHES : 0,
  );
  const found: Batch[] = [];
  let [fresh, old] = [0, size];
  while (fresh < size) {
    // First the old one shrinks as far as what is ready of the new one allows, then the new one grows into the room.
    const keep = Math.min(old, Math.max(0, least - fresh));
    const want = Math.min(size, Math.ceil(size + surge - keep));
    found.push({ want, keep });
    [fresh, old] = [want, keep];
  }
  return found;
}

const batchesOf = ({ maxSurge, minHealthy }: DeliveryConfig, size: number) => batches(size, maxSurge, minHealthy);

/** Instances are replaced in batches, and traffic follows them. What is left of the old version after the last batch is kept through the bake. */
export const rolling: Ways = {
  strategy: "rolling",
  plan: (delivery, size) =>
    batchesOf(delivery, size).map(
      (batch): PlanStep => ({
        percent: percentOf(batch),
        // Health decides when a batch is done; one tick more lets the gate see each.
        forMs: delivery.gate === "off" ? 0 : delivery.every,
        approval: false,
      }),
    ),
  batch: (delivery, size, _percent, step) => {
    const all = batchesOf(delivery, size);
    return all[Math.max(0, step)] ?? { want: size, keep: 0 };
  },
  bakeMs: ({ bake }) => bake,
  judgedMs: ({ bake, first }) => Math.max(bake, first),
  shrinks: true,
  needsShares: false,
  readyAtOnce: false,
};
