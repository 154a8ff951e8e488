import type { PlanStep } from "./types.ts";
import { partOf, type Ways } from "./ways.ts";

/**
 * Shares of the traffic in steps. The old version keeps all of its instances up to the end, so that going back is a change of shares;
 * the new one gets instances in proportion to its share.
 */
export const canary: Ways = {
  strategy: "canary",
  plan: ({ steps, first, step }) => {
    const planned = steps.map(
      ({ percent, approval, ...own }, index): PlanStep => ({
        percent,
        forMs: "forMs" in own ? own.forMs : index === 0 ? first : step,
        approval,
      }),
    );
    return (planned.at(-1)?.percent ?? 0) < 100 ? [...planned, { percent: 100, forMs: 0, approval: false }] : planned;
  },
  batch: (_delivery, size, percent, _step, serving) => ({ want: partOf(Math.max(size, serving), percent), keep: size }),
  bakeMs: ({ bake }) => bake,
  // What the first step can show is what the plan is about; the gate goes on after it.
  judgedMs: (delivery) => canary.plan(delivery, 1)[0]?.forMs,
  shrinks: false,
  needsShares: true,
  readyAtOnce: false,
};
