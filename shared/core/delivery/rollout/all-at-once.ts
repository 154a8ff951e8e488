import type { Ways } from "./ways.ts";

/** The platform's deploy: start it beside the old one, wait for health, make it the service, take the old one away. */
export const allAtOnce: Ways = {
  strategy: "all-at-once",
  plan: () => [{ percent: 100, forMs: 0, approval: false }],
  batch: (_delivery, size, _percent, _step, serving) => ({ want: Math.max(size, serving), keep: size }),
  bakeMs: () => 0,
  judgedMs: () => undefined,
  shrinks: false,
  needsShares: false,
  readyAtOnce: true,
};
