import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";

const HOOK = "hook:";
const GATE = "gate:";

/** Whether the record is about a rollout that somebody else makes. */
export const isForOthers = ({ subject }: Pick<DecisionRecord, "subject">): boolean =>
  subject.startsWith(HOOK) || subject.startsWith(GATE);

/** What became of it; it follows the name. The last clause follows, which says why. */
const SAID: Readonly<Record<string, string>> = {
  let_through: "is let through",
  rollback_seen: "is rolled back by ECS",
  smoke_passed: "passed its smoke test",
  smoke_failed: "failed its smoke test",
  approved: "was approved",
  refused: "was refused",
  gate_passed: "passed the gate",
  gate_failed: "failed the gate",
  gate_insufficient: "is not let through, too little was counted",
  gate_let_through: "is let through",
  gate_begun: "is judged from now on",
  gate_judged: "is being judged",
  first_traffic: "gets its first traffic",
  approval_asked: "waits for approval",
  door_opened: "has its gate opened",
  door_closed: "has its gate closed",
  held_smoke: "waits for its smoke test",
  held_approval: "waits for approval",
  held_judging: "is being judged",
  held_no_data: "waits for data",
  held_over: "was decided before",
};

/** "orders, asked by flagger": the service where the record has it, else what the other system calls it. */
function named({ subject, stateAfter, config }: DecisionRecord): string {
  const member = (value: unknown, name: string): string | undefined => {
    const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
    return typeof found === "string" ? found : undefined;
  };
  if (subject.startsWith(HOOK)) return `${subject.slice(HOOK.length)}, asked by ECS,`;
  const system = subject.slice(GATE.length, subject.indexOf("/"));
  const service = member(config, "service") ?? member(stateAfter, "service") ?? subject.slice(subject.indexOf("/") + 1);
  return `${service}, asked by ${system},`;
}

/** The record in one sentence. */
export function sentence(record: DecisionRecord): string {
  const said = SAID[record.reason] ?? record.reason.replace("held_", "held, ").replaceAll("_", " ");
  const why = record.trace.at(-1)?.text;
  return `${named(record)} ${said}${why === undefined ? "" : `: ${why}`}`;
}

/** The whole chain for a person. */
export const explain = (record: DecisionRecord): readonly string[] => explainRecord(record, sentence(record));
