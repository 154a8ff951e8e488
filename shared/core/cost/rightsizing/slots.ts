import type { NotProposed, Opportunity } from "../opportunity.ts";
import type { RightsizingConfig } from "../section.ts";
import { percentileOf, type SlotsSeen } from "./history.ts";
import { byHand, notFor, perMonth, spanText, type UnitPrices } from "./made.ts";

const shown = (value: number): number => Math.round(value * 10) / 10;

/** How many slots a Flink cluster needs: those that jobs held at the percentile of its hours, and a headroom. What is above it stands idle in task managers. */
export function proposeSlots(
  seen: SlotsSeen,
  config: RightsizingConfig,
  context: { readonly now: number; readonly prices?: UnitPrices; readonly currency: string },
): Opportunity | NotProposed {
  const { cluster, used, all, from, to } = seen;
  const { now, prices, currency } = context;
  const resource = { type: "flink:cluster", id: cluster, name: cluster, service: "flink", cluster };
  const no = (reason: string, text: string) => notFor(resource, "rightsize_taskmanager", reason, text);
  if (used.length < config.minimumSamples)
    return no(
      "insufficient_data",
      `${cluster}: ${used.length} hours with slots; ${config.minimumSamples} are asked for`,
    );
  const peak = percentileOf(used, config.percentile === "p99" ? 99 : 95) ?? 0;
  const has = Math.min(...all.slice(-24));
  const needed = Math.ceil(peak * (1 + config.headroom / 100));
  if (needed >= Math.floor(has)) return no("optimized", `${cluster} has ${shown(has)} slots and needs ${needed}`);
  const spare = Math.floor(has) - needed;
  return {
    ...byHand(
      "rightsize_taskmanager",
      resource,
      [
        `run so many task managers less that ${needed} slots stay`,
        "jobs that were on them are moved from their checkpoints",
      ],
      now,
    ),
    text: `${cluster} has ${shown(has)} slots, and its jobs hold ${shown(peak)} at ${config.percentile}: ${needed} are enough`,
    current: { slots: shown(has) },
    proposed: { slots: needed },
    ...(prices?.slotHour ? { savingPerMonth: perMonth(spare, prices.slotHour) } : {}),
    currency: prices?.currency ?? currency,
    effort: "medium",
    risk: "medium",
    restartNeeded: true,
    evidence: [
      {
        name: `slots_${config.percentile}`,
        value: shown(peak),
        from,
        to,
        samples: used.length,
        source: "usage by hour",
      },
      {
        name: "slots_maximum",
        value: shown(Math.max(...used)),
        from,
        to,
        samples: used.length,
        source: "usage by hour",
      },
    ],
    bounds: [
      spanText({ now, from, to, samples: used.length }),
      `${config.percentile} of the hours with ${config.headroom} % on top`,
      "a task manager goes as a whole: what stays is rounded up to its slots",
    ],
  };
}
