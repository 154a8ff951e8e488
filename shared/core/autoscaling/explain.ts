import { clauseLine, explainRecord } from "../kernel/explain.ts";
import type { Json } from "../kernel/json.ts";
import type { DecisionRecord } from "../kernel/record.ts";
import type { Action, Clause } from "../kernel/step.ts";
import { formatDuration } from "../kernel/time.ts";
import type { AutoscalingReason } from "./types.ts";

/** The record in one English sentence: what was done or not, and why. Total: any record has one. */
export function sentence(record: DecisionRecord): string {
  const { subject, trace } = record;
  const scale = record.actions.find((action) => action.type === "scale") as
    | (Action & { desired?: number; expected?: number })
    | undefined;
  const last = deciding(trace);
  const why = last ? `, because ${last.text}` : "";
  if (scale) return `${subject}: ${scale.expected} → ${count(scale.desired)}${why}`;
  const from = last?.values["from"];
  const to = last?.values["desired"];
  if (record.reason.startsWith("would_"))
    return `${subject}: would go ${text(from)} → ${count(to)}${why} (mode ${record.mode})`;
  if (COMMANDS.has(record.reason)) return `${subject}: ${last?.text ?? record.reason}`;
  if (record.reason === "external_change" || record.reason === "alarm_noted") {
    const rule = record.reason === "alarm_noted" ? "alarm" : "external-change";
    const news = trace.find((clause) => clause.rule === rule)?.text ?? record.reason;
    return `${subject}: ${news}; ${from === undefined ? "nothing else is done" : `stays at ${count(from)}${why}`}`;
  }
  const held = typeof from === "number" ? `stays at ${count(from)}` : "nothing is done";
  return `${subject}: ${held}${why || `, because ${said(record.reason)}`}`;
}

const COMMANDS: ReadonlySet<string> = new Set<AutoscalingReason>([
  "paused",
  "resumed",
  "override_set",
  "override_cleared",
]);

/** The clause that closes a decision: the last one that is not about the mode. */
function deciding(trace: readonly Clause[]): Clause | undefined {
  return trace.findLast((clause) => clause.rule !== "mode");
}

function count(value: Json | undefined): string {
  return `${text(value)} ${value === 1 ? "instance" : "instances"}`;
}

function text(value: Json | undefined): string {
  return value === undefined || value === null ? "unknown" : String(value);
}

function said(reason: string): string {
  return reason.replaceAll("_", " ");
}

/** The whole chain for a person: sentence, trigger, inputs with their age, each clause, actions, outcomes. */
export function explain(record: DecisionRecord): readonly string[] {
  const inputs = record.trace.filter((clause) => clause.kind === "input");
  const rest = record.trace.filter((clause) => clause.kind !== "input");
  return explainRecord(record, sentence(record), {
    acts: true,
    clauses: [
      ...inputs.map((clause) => `${clauseLine(clause)}${seen(clause, record.at)}`),
      ...rest.map((clause, index) => line(clause, rest.slice(0, index))),
    ],
    did: done,
  });
}

/** The clause that closes a decision has its counts first; a text that was said already is not said again. */
function line(clause: Clause, before: readonly Clause[]): string {
  const head = `${clause.kind} by ${clause.rule}`;
  const { from, desired, min, max } = clause.values as { readonly [name: string]: Json | undefined };
  if (from === undefined || desired === undefined) return clauseLine(clause);
  const counts = `${text(from)} → ${text(desired)}, bounds ${text(min)}..${text(max)}`;
  return before.some((one) => one.text === clause.text) ? `${head}: ${counts}` : `${head}: ${counts}: ${clause.text}`;
}

function seen(clause: Clause, at: number): string {
  const read = clause.values["at"];
  if (clause.rule !== "fleet" || typeof read !== "number") return "";
  return at - read <= 0 ? ", seen just now" : `, seen ${formatDuration(at - read)} before`;
}

function done(action: Action): string {
  const { type } = action;
  if (type === "scale") {
    const { desired, expected } = action as Action & { desired?: number; expected?: number };
    return `did: set desired from ${expected} to ${desired} (key ${action.key})`;
  }
  if (type === "record_outcome")
    return `did: add to an earlier decision: ${(action as Action & { text?: string }).text ?? ""}`;
  return `did: ${type} (key ${action.key})`;
}
