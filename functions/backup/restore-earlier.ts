import type { RestorePlan, TopicPlan } from "../../shared/core/backup/restore/types.ts";
import { keptPaper } from "./kept-paper.ts";
import { listAll } from "./list-all.ts";
import type { Place } from "./place.ts";
import type { RestoreKept } from "./restore-turn.ts";

/** Whether a topic's settings are those that a restore holds back: one was cut off before it could set them again. */
const looksHeld = ({ action, held, settled }: TopicPlan): boolean =>
  action === "append" &&
  held.every(({ name, value }) => settled.some((one) => one.name === name && one.value === value));

/**
 * A topic that others use keeps its own settings. Where a restore was cut off they are not the topic's own any more, and what it had is in the plan of that restore, which
 * lies at the destinations.
 */
export async function withEarlierSettings(places: readonly Place[], plan: RestorePlan): Promise<RestorePlan> {
  if (!plan.topics.some(looksHeld)) return plan;
  const ids = new Set<string>();
  const prefix = `work/${plan.point.plan}/`;
  for (const place of places)
    for await (const { key } of listAll(place, `${prefix}rst_`)) ids.add(key.slice(prefix.length).split("/")[0] ?? "");
  const earlier: RestorePlan[] = [];
  // The first of them saw the topic as it was.
  for (const id of [...ids].sort()) {
    const kept = await keptPaper<RestoreKept>(places, plan.point.plan, id).load();
    if (kept?.plan.cluster.id === plan.cluster.id) earlier.push(kept.plan);
  }
  const topics = plan.topics.map((topic): TopicPlan => {
    if (!looksHeld(topic)) return topic;
    const found = earlier
      .flatMap((one) => one.topics)
      .findLast((one) => one.target === topic.target && !looksHeld(one));
    return found ? { ...topic, settled: found.settled } : topic;
  });
  return { ...plan, topics };
}
