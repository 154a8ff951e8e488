import type { DecisionRecord } from "../core/kernel/record.ts";
import { type Replay, replay } from "../core/kernel/replay.ts";
import type { Action, Machine } from "../core/kernel/step.ts";

/** A machine whose own types are not known here: configuration, state and input come out of the record. */
// biome-ignore lint/suspicious/noExplicitAny: a registry holds machines of different types; the record names the right one.
export type AnyMachine = Machine<any, any, any, Action, string>;

/**
 * Machines by noun, each loaded when a record of it is replayed: what a domain stands on can be large. A noun with several kinds of
 * subjects looks at the record's. Built where domains are
 * composed (functions), because the shell knows no domain.
 */
export type Machines = Readonly<Record<string, (record: DecisionRecord) => Promise<AnyMachine>>>;

/** Replays a record with the machine of its noun; undefined where this build does not know the noun. */
export async function replayWith(machines: Machines, record: DecisionRecord): Promise<Replay | undefined> {
  const load = Object.hasOwn(machines, record.noun) ? machines[record.noun] : undefined;
  return load && replay(record, await load(record));
}
