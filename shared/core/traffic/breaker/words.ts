import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import { formatDuration, iso } from "../../kernel/time.ts";

/** What became of a circuit; it follows the circuit's name. The clause that decided follows it. */
const SAID: Readonly<Record<string, string>> = {
  opened_consecutive: "is open",
  opened_failure_rate: "is open",
  opened_slow_rate: "is open",
  probing: "is half open",
  probe_succeeded: "is half open, a probe succeeded",
  probe_ignored: "is half open, a probe said nothing",
  reopened: "is open again",
  closed: "is closed",
  forced_open: "is forced open",
  forced_closed: "is forced closed",
  disabled: "counts nothing any more",
  released: "is no longer forced",
  held_counting: "stays closed",
  held_minimum_calls: "stays closed",
  held_waiting: "stays open",
  held_probing: "has its probes on the way",
  held_stale: "is another one by now",
  held_forced: "stays as it is forced",
  held_unchanged: "stays as it is",
};

const SUBJECT = "circuit:";

/** Whether a record is one of a circuit, among those of its noun. */
export const isCircuit = (record: Pick<DecisionRecord, "subject">): boolean => record.subject.startsWith(SUBJECT);

interface Kept {
  readonly circuit?: { readonly openUntil?: unknown; readonly epoch?: unknown; readonly status?: unknown };
}

const nameOf = ({ subject }: DecisionRecord): string => `circuit ${subject.slice(SUBJECT.length)}`;
const after = (record: DecisionRecord): Kept => (record.stateAfter as Kept | null) ?? {};

/** The record in one sentence. Total: any record of a circuit has one. */
export function sentence(record: DecisionRecord): string {
  const said = SAID[record.reason] ?? record.reason.replaceAll("_", " ");
  const why = record.trace[0]?.text;
  return `${nameOf(record)} ${said}${why === undefined ? "" : `: ${why}`}`;
}

/** The whole chain for a person: sentence, trigger, each clause, what it is now. */
export function explain(record: DecisionRecord): readonly string[] {
  const { openUntil, epoch, status } = after(record).circuit ?? {};
  const until = typeof openUntil === "number" && status === "open" ? openUntil : undefined;
  const by = (record.input as { readonly by?: unknown } | null)?.by;
  return explainRecord(record, sentence(record), {
    about: typeof by === "string" ? [`decided by ${by}`] : [],
    after: [
      ...(until === undefined ? [] : [`nobody calls before ${iso(until)} (${formatDuration(until - record.at)})`]),
      ...(typeof epoch === "number" ? [`what was admitted before counts no more: epoch ${epoch} has begun`] : []),
    ],
  });
}
