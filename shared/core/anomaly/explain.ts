import type { DecisionRecord } from "../kernel/record.ts";
import type { Action, Clause } from "../kernel/step.ts";
import { formatDuration, iso } from "../kernel/time.ts";

/** Clauses that say what was decided, the most telling first. */
const SAYING: readonly string[] = ["feedback", "opened", "grew", "ended", "learned", "score"];

/** The record in one English sentence: which signal did what, what moved first, what was done before. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  const { subject, trace, reason } = record;
  const main = SAYING.map((rule) => trace.find((clause) => clause.rule === rule)).find(
    (clause) => clause !== undefined,
  );
  if (!main) return `${subject}: ${trace[0]?.text ?? reason.replaceAll("_", " ")}`;
  const others = trace.filter((clause) => clause.rule === main.rule).length - 1;
  const more = others > 0 ? `, and ${others} more ${others === 1 ? "signal" : "signals"}` : "";
  const told = ["opened", "grew"].includes(main.rule) ? facts(trace) : "";
  const mode = reason === "would_alert" ? ` (mode ${record.mode}, no alert is sent)` : "";
  return `${subject}: ${main.text}${more}${told}${mode}`;
}

function facts(trace: readonly Clause[]): string {
  const driver = trace.find((clause) => clause.rule === "driver");
  const context = trace.findLast((clause) => clause.rule === "context");
  return [driver, context].map((clause) => (clause ? `; ${clause.text}` : "")).join("");
}

/** The whole chain for a person: sentence, trigger, inputs, each clause, actions, outcomes. */
export function explain(record: DecisionRecord): readonly string[] {
  const { trigger, mode, trace } = record;
  return [
    sentence(record),
    `${iso(record.at)}, woken by ${trigger.type}${trigger.detail ? ` (${trigger.detail})` : ""}, mode ${mode}, configuration ${record.configVersion}`,
    ...trace.map((clause) =>
      clause.kind === "input" ? `read: ${clause.text}` : `${clause.kind} by ${clause.rule}: ${clause.text}`,
    ),
    ...(record.actions.length === 0 ? ["did: nothing"] : record.actions.map(done)),
    ...record.outcomes.map(
      (outcome) => `${outcome.phase} at ${iso(outcome.at)} (${after(outcome.at - record.at)}): ${outcome.text}`,
    ),
    `reason: ${record.reason}`,
  ];
}

const after = (ms: number): string => (ms <= 0 ? "at once" : `${formatDuration(ms)} later`);

interface Told extends Action {
  readonly alert?: { readonly labels?: { readonly severity?: string } };
  readonly verdict?: string;
  readonly signal?: string;
}

function done(action: Told): string {
  if (action.type === "notify") {
    const { alert } = action;
    return `did: send the alert as ${action.key.endsWith(":firing") ? `firing, severity ${alert?.labels?.severity ?? "unknown"}` : "resolved"} (key ${action.key})`;
  }
  if (action.type === "teach") return `did: teach the detector of ${action.signal} that it was ${action.verdict}`;
  return `did: ${action.type} (key ${action.key})`;
}
