import { explainRecord } from "../../kernel/explain.ts";
import type { DecisionRecord } from "../../kernel/record.ts";
import type { Action } from "../../kernel/step.ts";
import type { PointNote, RunState } from "./types.ts";

/** What became of a run; it stands between the plan and the clause that says why. */
const SAID: Readonly<Record<string, string>> = {
  started: "a run begins",
  cut_asked: "the cut is taken",
  cut_taken: "the cut is taken",
  work_sent: "work is handed out",
  progressed: "goes on",
  parts_asked: "parts are being made",
  parts_collected: "everything is read",
  sealing: "is put together",
  sealed: "a new restore point",
  verification_asked: "is being verified",
  finished: "done",
  damaged: "verification found damage",
  given_up: "given up",
  stopped: "stopped",
  missed: "no restore point",
};

/** The clause that says why: what was forbidden or given up before what was chosen, else the last one. */
function why({ trace, reason }: DecisionRecord): string | undefined {
  const vetoed = trace.findLast(({ kind }) => kind === "vetoed");
  if (vetoed && (reason === "given_up" || reason === "missed" || reason === "damaged" || reason.startsWith("refused_")))
    return vetoed.text;
  return (trace.findLast(({ kind }) => kind === "chosen") ?? trace.at(-1))?.text;
}

const many = (count: number, one: string): string => `${count} ${count === 1 ? one : `${one}s`}`;

/** What came of a run that made a point. */
function made({ id, kind, newRecords, verified, missing, gaps }: PointNote): string {
  const proven =
    verified === "ok" ? "every byte verified" : verified === "failed" ? "verification found damage" : "not verified";
  const lacks = missing.length > 0 ? `, not at ${missing.join(", ")}` : "";
  const holes = gaps > 0 ? `, ${many(gaps, "gap")}` : "";
  return `restore point ${id} made${kind === "full" ? ", a full one" : ""}: ${many(newRecords, "new record")}, ${proven}${holes}${lacks}`;
}

/** A run's record in one sentence. */
export function runSentence(record: DecisionRecord): string {
  const { subject, reason } = record;
  const plan = subject.slice("run:".length);
  if (reason === "finished" || reason === "damaged") {
    const state = record.stateAfter as unknown as Partial<RunState> | undefined;
    const point = state?.ended?.[0]?.point;
    if (point) return `${plan}: ${made(point)}`;
  }
  const said = Object.hasOwn(SAID, reason) ? SAID[reason] : reason.replace("held_", "held, ").replaceAll("_", " ");
  const text = why(record);
  return text === undefined || text === said ? `${plan}: ${said}` : `${plan}: ${said}: ${text}`;
}

export const runExplain = (record: DecisionRecord): readonly string[] =>
  explainRecord(record, runSentence(record), { did: (action) => `did: ${done(action)}` });

/** An action in words, without all it carries. */
function done(action: Action): string {
  const { type, units, kind, depth, raise } = action as Action & {
    readonly units?: readonly unknown[];
    readonly kind?: string;
    readonly depth?: string;
    readonly raise?: readonly { readonly event: string }[];
  };
  const about = [units && `${units.length}`, kind, depth, raise?.map(({ event }) => event).join(", ")];
  return [type.replaceAll("_", " "), ...about.filter((one) => one !== undefined && one !== "")].join(" ");
}
