import type { DecisionSummary } from "../../functions/api/views.ts";

/** What only says that a backup, a restore or a drill got further; begin and end are told. */
const FURTHER =
  /^(cut_asked|cut_taken|work_sent|progressed|taken|parts_.*|sealing|sealed|verification_asked|verified|pruning|records_restored|held_.*)$/u;

/** A look that changed nothing: rollouts are judged every few seconds, and each judgement is a record. */
const isRoutine = ({ noun, reason, acted }: DecisionSummary): boolean =>
  noun === "backup"
    ? FURTHER.test(reason)
    : noun === "delivery" && !acted && (reason === "judged" || reason === "gate_judged" || reason.startsWith("held_"));

/** Decisions, newest first, without the looks that the next look of the same subject made old. */
export function telling(items: readonly DecisionSummary[]): readonly DecisionSummary[] {
  const looked = new Set<string>();
  return items.filter((item) => {
    const routine = isRoutine(item);
    if (routine && looked.has(item.subject)) return false;
    // How far a run was says nothing more once anything newer is known of it.
    if (routine || item.noun === "backup") looked.add(item.subject);
    return true;
  });
}
