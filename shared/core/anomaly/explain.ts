import { explainRecord } from "../kernel/explain.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action, Clause } from "../kernel/step.ts";

/** Clauses that say what was decided, the most telling first. */
const SAYING: readonly string[] = ["feedback", "opened", "grew", "ended", "learned", "score"];

/** The record in one English sentence: which signal did what, what moved first, what was done before. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  const { subject, trace, reason } = record;
  const rule = SAYING.find((one) => trace.some((clause) => clause.rule === one));
  if (rule === undefined) return `${subject}: ${trace[0]?.text ?? reason.replaceAll("_", " ")}`;
  const alike = trace.filter((clause) => clause.rule === rule);
  const score = (clause: Clause) => Number(clause.values["score"] ?? 0);
  // Of several signals the most surprising one stands for all.
  const main = alike.reduce((a, b) => (score(b) > score(a) ? b : a));
  const others = alike.length - 1;
  const more = others > 0 ? `, and ${others} more ${others === 1 ? "signal" : "signals"}` : "";
  const told = ["opened", "grew"].includes(rule) ? facts(trace, main) : "";
  const mode = reason === "would_alert" ? ` (mode ${record.mode}, no alert is sent)` : "";
  return `${subject}: ${main.text}${more}${told}${mode}`;
}

/** What was said about the same signal just before: each signal's clauses begin with its points. */
function facts(trace: readonly Clause[], main: Clause): string {
  const before = trace.slice(0, trace.indexOf(main));
  const own = before.slice(before.findLastIndex((clause) => clause.rule === "points") + 1);
  const driver = own.find((clause) => clause.rule === "driver");
  const context = own.findLast((clause) => clause.rule === "context");
  return [driver, context].map((clause) => (clause ? `; ${clause.text}` : "")).join("");
}

/** The whole chain for a person: sentence, trigger, inputs, each clause, actions, outcomes. */
export function explain(record: DecisionRecord): readonly string[] {
  return explainRecord(record, sentence(record), { acts: true, did: done });
}

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
