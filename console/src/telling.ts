import type { DecisionSummary } from "../../functions/api/views.ts";

/** A look that changed nothing: rollouts are judged every few seconds, and each judgement is a record. */
const isRoutine = ({ noun, reason, acted }: DecisionSummary): boolean =>
  noun === "delivery" && !acted && (reason === "judged" || reason === "gate_judged" || reason.startsWith("held_"));

/** Decisions, newest first, without the looks that the next look of the same subject made old. */
export function telling(items: readonly DecisionSummary[]): readonly DecisionSummary[] {
  const looked = new Set<string>();
  return items.filter((item) => {
    if (!isRoutine(item)) return true;
    if (looked.has(item.subject)) return false;
    looked.add(item.subject);
    return true;
  });
}
