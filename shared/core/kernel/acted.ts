import type { DecisionRecord } from "./record.ts";

/**
 * Whether a decision did or proposed something: it has an action beyond a note to an earlier record, or its reason says
 * what it would have done ("would_…", the word every noun uses in the modes observe and recommend).
 */
export function acted(record: Pick<DecisionRecord, "actions" | "reason">): boolean {
  return record.reason.startsWith("would_") || record.actions.some((action) => action.type !== "record_outcome");
}
