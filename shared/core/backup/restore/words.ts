import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import { formatDuration } from "../../kernel/time.ts";
import type { RestoreJob, RestoreReason, RestoreState } from "./state.ts";

const PREFIX = "restore:";
const said = ({ trace }: DecisionRecord): string => trace.at(-1)?.text ?? "";

const PHASES: Readonly<Record<string, string>> = {
  restoring: "records are being restored",
  checking: "every record is compared with the point",
  settling: "groups and settings are set",
};

/** What a restore is, by its state; the clauses say the rest. */
const TOLD: { readonly [reason in RestoreReason]?: (job: RestoreJob, record: DecisionRecord) => string } = {
  planned: (_job, record) => `is planned and waits for approval: ${said(record)}`,
  started: (_job, record) => `begins: ${said(record)}`,
  taken: ({ phase, startedAt }, { at }) =>
    `${PHASES[phase] ?? phase}, since ${formatDuration(Math.max(0, at - startedAt))}`,
  progressed: ({ phase }, record) => `${PHASES[phase] ?? phase}: ${said(record)}`,
  restored: (_job, record) => `is done: ${said(record)}`,
  partly_restored: (_job, record) => `is done in part: ${said(record)}`,
  failed: (_job, record) => `failed: ${said(record)}`,
};

/** A restore's record in one sentence. */
export function restoreSentence(record: DecisionRecord): string {
  const { subject, reason } = record;
  const id = subject.slice(PREFIX.length);
  const { job } = record.stateAfter as unknown as Partial<RestoreState>;
  const what = job ? `restore of ${job.point} into ${job.cluster}` : `restore ${id}`;
  const told = job && Object.hasOwn(TOLD, reason) ? TOLD[reason as RestoreReason] : undefined;
  if (job && told) return `${what}: ${told(job, record)}`;
  const text = said(record);
  const held = reason.startsWith("held_") ? "waits: " : reason.startsWith("refused_") ? "refused: " : "";
  return `${what}: ${held}${text === "" ? reason.replaceAll("_", " ") : text}`;
}

/** The whole chain for a person. */
export const restoreExplain = (record: DecisionRecord): readonly string[] => {
  const { job } = record.stateAfter as unknown as Partial<RestoreState>;
  return explainRecord(record, restoreSentence(record), {
    about: job ? [`restore ${job.id} of plan ${job.plan}, by ${job.by}${job.why === "" ? "" : `: ${job.why}`}`] : [],
    did: ({ type }) => `did: ${type.replaceAll("_", " ")}`,
  });
};
