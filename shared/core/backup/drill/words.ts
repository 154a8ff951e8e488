import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { Drill, DrillNote, DrillState } from "./types.ts";

const PREFIX = "drill:";
const said = ({ trace }: DecisionRecord): string => trace.at(-1)?.text ?? "";

const doing = ({ phase, point }: Drill): string => {
  const of = point?.id ?? "the newest restore point";
  switch (phase) {
    case "finding":
      return "looks for a restore point";
    case "restoring":
      return `restores ${of}`;
    case "checking":
      return `compares what it restored with ${of}`;
    case "cleaning":
      return "removes what it made";
  }
};

function over({ point, status, rtoMs, rpoMs, records, text }: DrillNote): string {
  if (status === "failed") return `failed: ${text}`;
  const measured = `${records} records of ${point} restored and the same, RTO ${formatDuration(rtoMs)}, RPO ${formatDuration(rpoMs)}`;
  return status === "passed" ? `passed: ${measured}` : `missed its objective: ${measured}: ${text}`;
}

/** A drill's record in one sentence. */
export function drillSentence(record: DecisionRecord): string {
  const { subject, reason, at } = record;
  const what = `drill of ${subject.slice(PREFIX.length)}`;
  const { current, ended } = record.stateAfter as unknown as Partial<DrillState>;
  const [last] = ended ?? [];
  if (last && (reason === "passed" || reason === "breached" || reason === "failed")) return `${what}: ${over(last)}`;
  if (current && (reason === "taken" || reason === "progressed"))
    return `${what}: ${doing(current)}, since ${formatDuration(Math.max(0, at - current.startedAt))}`;
  if (reason === "started") return `${what}: ${said(record)}`;
  const held = reason.startsWith("held_") ? "waits: " : reason.startsWith("refused_") ? "refused: " : "";
  return `${what}: ${held}${said(record) || reason.replaceAll("_", " ")}`;
}

/** The whole chain for a person: also what each step took, where it is over. */
export const drillExplain = (record: DecisionRecord): readonly string[] => {
  const { ended } = record.stateAfter as unknown as Partial<DrillState>;
  const isOver = record.reason === "passed" || record.reason === "breached" || record.reason === "failed";
  const steps = isOver ? (ended?.[0]?.steps ?? []) : [];
  return explainRecord(record, drillSentence(record), {
    about: steps.length > 0 ? [`took: ${steps.map(({ step, ms }) => `${step} ${formatDuration(ms)}`).join(", ")}`] : [],
    did: ({ type }) => `did: ${type.replaceAll("_", " ")}`,
  });
};
