import type { DecisionRecord } from "./record.ts";
import type { Action, Clause } from "./step.ts";
import { formatDuration, iso } from "./time.ts";

/** What a noun tells beside that which every record has; what is left out is told the common way, or not at all. */
export interface Telling {
  /** Also the mode, and how long after the decision an outcome was known: of nouns that act on the world. */
  readonly acts?: boolean;
  /** Lines between what woke it and the clauses. */
  readonly about?: readonly string[];
  /** Lines instead of one {@link clauseLine} per clause. */
  readonly clauses?: readonly string[];
  /** Lines of an action; "did: nothing" where there was none. Without it actions are not told. */
  readonly did?: (action: Action) => string | readonly string[];
  /** Lines between the actions and the outcomes. */
  readonly after?: readonly string[];
}

/** A clause as a line: what was read, or what spoke and by which rule. */
export const clauseLine = ({ kind, rule, text }: Clause): string =>
  kind === "input" ? `read: ${text}` : `${kind} by ${rule}: ${text}`;

/** A record's whole chain for a person: its sentence, what woke it, each clause, what was done, what became of it. */
export function explainRecord(record: DecisionRecord, sentence: string, telling: Telling = {}): readonly string[] {
  const { at, trigger, mode, actions } = record;
  const { acts, about = [], clauses = record.trace.map(clauseLine), did, after = [] } = telling;
  const late = (ms: number) => (ms <= 0 ? "at once" : `${formatDuration(ms)} later`);
  return [
    sentence,
    `${iso(at)}, woken by ${trigger.type}${trigger.detail ? ` (${trigger.detail})` : ""}${acts ? `, mode ${mode}` : ""}, configuration ${record.configVersion}`,
    ...about,
    ...clauses,
    ...(did === undefined ? [] : actions.length === 0 ? ["did: nothing"] : actions.flatMap(did)),
    ...after,
    ...record.outcomes.map(
      (one) => `${one.phase} at ${iso(one.at)}${acts ? ` (${late(one.at - at)})` : ""}: ${one.text}`,
    ),
    `reason: ${record.reason}`,
  ];
}
