import type { DecisionRecord } from "../../../shared/core/kernel/record.ts";
import { replay } from "../../../shared/core/kernel/replay.ts";
import { type ValveAction, type ValveConfig, type ValveState, valve } from "./machine.ts";
import type { Performance } from "./simulate.ts";

export interface Violation {
  readonly rule: string;
  readonly detail: string;
}

interface Ended {
  readonly states: ReadonlyMap<string, { readonly state: ValveState; readonly pending: boolean }>;
  readonly records: readonly DecisionRecord[];
  readonly performances: readonly Performance[];
  readonly world: ReadonlyMap<string, { readonly desired: number; readonly wanted: number }>;
  readonly notes: ReadonlySet<string>;
  readonly config: ValveConfig;
  readonly now: number;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** What must hold after everything went quiet, whatever happened before. */
export function check(ended: Ended): readonly Violation[] {
  const { records, performances } = ended;
  const violations: Violation[] = [];
  const breach = (rule: string, detail: string) => void violations.push({ rule, detail });
  const recordsOf = (key: string) => records.filter((record) => record.actions.some((action) => action.key === key));

  for (const [subject, { desired, wanted }] of ended.world) {
    if (desired !== wanted) breach("the world equals the last decision", `${subject} is ${desired}, wanted ${wanted}`);
    const newest = records
      .filter((record) => record.subject === subject && record.actions.length > 0)
      .sort((a, b) => seqOf(b) - seqOf(a))[0];
    const asked = ended.states.get(subject)?.state.asked;
    if (newest && asked !== (newest.actions[0] as ValveAction).desired)
      breach("the state knows the last decision", `${subject}: ${asked}`);
  }
  for (const [subject, { state, pending }] of ended.states) {
    if (pending) breach("nothing stays pending", subject);
    for (const seq of upTo(state.seq)) {
      for (const key of [`set:${subject}:${seq}`, ...(seq % 3 === 0 ? [`note:${subject}:${seq}`] : [])]) {
        const started = performances.some((item) => item.key === key);
        const results = recordsOf(key).flatMap((record) => record.outcomes.flatMap((outcome) => outcome.results ?? []));
        const told = results.filter((result) => result.key === key);
        if (!started && !told.some((result) => result.status === "failed")) breach("no action is lost", key);
        if (told.length === 0) breach("what became of every action is in the journal", key);
        if (key.startsWith("note:") && !ended.notes.has(key) && told.some((result) => result.status === "done"))
          breach("done means done", key);
      }
    }
    for (const n of upTo(state.n)) {
      const told = records.filter((record) => record.subject === subject && nOf(record) === n);
      if (told.length === 0) breach("every change of state has its record", `${subject} n=${n}`);
      if (told.length > 1) breach("no record tells of a decision that was not taken", `${subject} n=${n}`);
    }
    cooldown(subject, state, ended, breach);
  }
  for (const record of records) {
    const known = ended.states.get(record.subject)?.state.n ?? 0;
    if (nOf(record) > known)
      breach("no record tells of a decision that was not taken", `${record.subject} n=${nOf(record)}`);
    if (!replay(record, valve).same) breach("every record replays", record.id);
    if (new Set(record.outcomes.map((outcome) => `${outcome.phase}${outcome.at}`)).size < record.outcomes.length)
      breach("outcomes are told once", record.id);
  }
  for (const [key, same] of Map.groupBy(performances, (item) => item.key)) {
    if (new Set(same.map((item) => `${item.desired}/${item.expected}`)).size > 1)
      breach("no action is done twice with a different effect", key);
    if (recordsOf(key).length === 0) breach("every performed action has its record", key);
  }
  return violations;
}

const nOf = (record: DecisionRecord): number => (record.stateAfter as unknown as ValveState).n;
const seqOf = (record: DecisionRecord): number => (record.stateAfter as unknown as ValveState).seq;

/** The cooldown counts from a completion that is in the journal, and no decision was taken inside of it. */
function cooldown(
  subject: string,
  state: ValveState,
  ended: Ended,
  breach: (rule: string, detail: string) => void,
): void {
  const own = ended.records.filter((record) => record.subject === subject);
  if (state.doneAt !== undefined) {
    const key = `set:${subject}:${state.doneSeq}`;
    const results = own.flatMap((record) => record.outcomes.flatMap((outcome) => outcome.results ?? []));
    const known = results.some(
      (result) => result.key === key && result.status === "done" && result.at === state.doneAt,
    );
    if (!known) breach("the cooldown counts from a completion", `${key} at ${state.doneAt}`);
    if (state.doneAt > ended.now) breach("the cooldown counts from a completion", `${key} lies in the future`);
  }
  for (const record of own.filter((item) => item.actions.length > 0)) {
    const before = record.stateBefore as unknown as ValveState;
    if (before.seq > 0 && before.doneSeq === undefined) continue;
    if (before.doneAt !== undefined && record.at < before.doneAt + ended.config.cooldownMs)
      breach("no action inside of a cooldown", record.id);
  }
}
