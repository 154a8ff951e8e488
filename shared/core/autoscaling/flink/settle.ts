import { isInstant } from "../signal.ts";
import { patch } from "./state.ts";
import type { FlinkSettle } from "./types.ts";

/** What was asked for may show from now on, not from when it was decided; what was refused is gone about in another way. */
export const settle: FlinkSettle = (_config, state, results, now) => {
  const { rescale } = state;
  const result = rescale && results.find(({ key }) => key === rescale.asked.key);
  if (!rescale || !result || !isInstant(now)) return state;
  const at = isInstant(result.at) && result.at <= now ? Math.max(result.at, rescale.asked.at) : now;
  const { refused: _, skipped: __, done: ___, ...asked } = rescale.asked;
  const { jobId: started } = result.values ?? {};
  const ours = typeof started === "string" && rescale.asked.key.includes(":run:");
  switch (result.status) {
    case "done":
      return patch(state, {
        rescale: { ...rescale, asked: { ...asked, done: at }, ...(ours && started !== "" ? { started } : {}) },
      });
    case "refused":
      return patch(state, { rescale: { ...rescale, asked: { ...asked, refused: result.detail.slice(0, 500) } } });
    case "skipped":
      // It had not begun: what was decided is forgotten, and decided anew under what is in force now.
      if (asked.count === 1 && (rescale.phase === "requiring" || rescale.phase === "stopping"))
        return patch(state, { rescale: undefined });
      return patch(state, { rescale: { ...rescale, asked: { ...asked, skipped: true } } });
    // Nobody knows whether it was done: it is looked for, and asked for again.
    case "failed":
    case "superseded":
      return state;
  }
};
