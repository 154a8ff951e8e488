import type { Ways } from "./ways.ts";

/**
 * A whole second colour, then all traffic at once. It is judged while the old colour is kept, against what the old one served before
 * the switch: nothing is served beside it any more.
 */
export const blueGreen: Ways = {
  strategy: "blue-green",
  plan: () => [{ percent: 100, forMs: 0, approval: false }],
  batch: (_delivery, size, _percent, _step, serving) => ({ want: Math.max(size, serving), keep: size }),
  bakeMs: ({ bake }) => bake,
  judgedMs: ({ bake }) => bake,
  shrinks: false,
  needsShares: true,
  readyAtOnce: false,
};
