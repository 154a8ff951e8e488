import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { StoredCircuit } from "../../shared/core/ports/circuits.ts";
import { transitionJournal } from "../../shared/shell/breakers-record.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { policyOfCircuit } from "./breaker-policy.ts";

/** Real time after which somebody else tells of a transition that its maker may still be telling of. */
const GRACE_MS = 30_000;
/** Transitions that are older have been told by an earlier sweep; the next change of the circuit tells what was not. */
const OLDEST_MS = HOUR_MS;
const PAGE = 1_000;

/** Records of circuits of one runtime; what it has recorded it does not send again. */
const journals = new WeakMap<Runtime, ReturnType<typeof transitionJournal>>();

export function circuitJournal(runtime: Runtime): ReturnType<typeof transitionJournal> {
  const there = journals.get(runtime);
  if (there) return there;
  const { onDecision } = runtime;
  const made = transitionJournal(runtime.journal, onDecision === undefined ? {} : { onDecision });
  journals.set(runtime, made);
  return made;
}

/**
 * Writes down transitions whose makers could not: a process that died between changing a circuit and recording it, a journal that was
 * away. What is recorded already stays as it is. One read of the tenant's circuits, and a write for each transition of the last hour
 * that this process does not know to be recorded.
 *
 * @returns how many records were sent
 * @throws HeadgateError those of the store and the journal
 */
export async function sweepCircuits(runtime: Runtime, tenant: string): Promise<number> {
  const { circuits } = runtime;
  if (!circuits) return 0;
  const now = runtime.now();
  const { policyOf, version } = await policyOfCircuit(runtime, tenant);
  const { missing } = circuitJournal(runtime);
  let sent = 0;
  let cursor: string | undefined;
  const due = ({ circuit: { last } }: StoredCircuit): boolean =>
    last !== undefined && now - last.at >= GRACE_MS * runtime.speed && now - last.at <= OLDEST_MS * runtime.speed;
  do {
    const page = await circuits.list(tenant, { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key, circuit } of page.items.filter(due))
      if (await missing(key, policyOf(key.circuit), circuit, `sweep ${version}`.trim())) sent += 1;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return sent;
}
