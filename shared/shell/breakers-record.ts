import type { Circuit } from "../core/kernel/circuit.ts";
import { hash64 } from "../core/kernel/hash.ts";
import { timeId } from "../core/kernel/id.ts";
import { canonical, type Json } from "../core/kernel/json.ts";
import type { DecisionRecord, Trigger } from "../core/kernel/record.ts";
import { normalized } from "../core/kernel/replay.ts";
import type { CircuitKey } from "../core/ports/circuits.ts";
import type { Journal } from "../core/ports/journal.ts";
import { freshItem } from "../core/traffic/breaker/change.ts";
import { CIRCUIT_SUBJECT } from "../core/traffic/breaker/machine.ts";
import type { BreakerPolicy } from "../core/traffic/breaker/policy.ts";
import { step } from "../core/traffic/breaker/step.ts";
import type { TransitionTold } from "./breakers-types.ts";

const NOUN = "traffic";
/** Of these the ids are remembered, so that what was recorded by this process is not sent again. */
const MOST_REMEMBERED = 1_000;

/** Letters of an id that carry the epoch, so that transitions of one instant stand in their order. */
const EPOCH_LETTERS = 5;

/** Sixteen draws from epoch and text: two processes that record one transition give it one id. */
function drawsOf(epoch: number, text: string): () => number {
  const digits = hash64(text) + hash64(`${text}\n`);
  let next = 0;
  return () => {
    next += 1;
    if (next <= EPOCH_LETTERS) return (Math.floor(epoch / 32 ** (EPOCH_LETTERS - next)) % 32) / 32;
    const from = (next - EPOCH_LETTERS - 1) * 2;
    return Number.parseInt(digits.slice(from, from + 2), 16) / 256;
  };
}

/** Id of the record of the transition that led to this circuit: the same whoever makes it. Undefined: nothing has led to it. */
export function transitionId(key: CircuitKey, { epoch, last }: Circuit): string | undefined {
  if (last === undefined || last.at < 0) return undefined;
  const text = canonical([key.tenant, key.circuit, epoch, last as unknown as Json]);
  return timeId("dec", last.at, drawsOf(epoch, text));
}

/** What a record says of who decided, besides the decision. */
export interface RecordHow {
  readonly trigger?: Trigger;
  readonly configVersion?: string;
  /** 32 hex digits. Default: made of the id. */
  readonly traceId?: string;
}

/** The record of a transition that this process has made. */
export function transitionRecord({ key, policy, before, input, step: done, at }: TransitionTold, how: RecordHow = {}) {
  const id = transitionId(key, done.state.circuit) ?? "";
  return normalized({
    v: 1,
    id,
    tenant: key.tenant,
    noun: NOUN,
    subject: `${CIRCUIT_SUBJECT}${key.circuit}`,
    at,
    trigger: how.trigger ?? { type: "api", id: input.by, detail: `calls of ${input.by}` },
    mode: "act",
    configVersion: how.configVersion ?? "",
    config: policy as unknown as Json,
    input: input as unknown as Json,
    stateBefore: { v: 1, circuit: before.circuit, counts: before.counts } as unknown as Json,
    reason: done.reason,
    trace: done.trace,
    actions: [],
    stateAfter: { v: 1, circuit: done.state.circuit, counts: done.state.counts } as unknown as Json,
    outcomes: [],
    traceId: how.traceId ?? hash64(id) + hash64(`${id}/`),
  } satisfies DecisionRecord);
}

/** The record of a transition whose maker is not known to have written it: from what the circuit tells of its last one. */
export function toldRecord(
  key: CircuitKey,
  policy: BreakerPolicy,
  circuit: Circuit,
  by: string,
  how: RecordHow = {},
): DecisionRecord | undefined {
  const { last } = circuit;
  if (last === undefined || transitionId(key, circuit) === undefined) return undefined;
  // Leases and successes since then are not the transition's.
  const then: Circuit = { ...circuit, successes: 0 };
  const before = freshItem(last.at);
  const input = { type: "told", by, circuit: then } as const;
  const done = step(policy, before, input, last.at);
  return transitionRecord(
    { key, policy, before, input, step: done, at: last.at },
    { trigger: { type: "recovery", id: by, detail: `${last.by} could not write it down` }, ...how },
  );
}

/**
 * Writes transitions down: the one that was made, and the one before it, whose maker may have died between changing and recording. The
 * id is made of the transition, so what is recorded twice is recorded once.
 */
export function transitionJournal(
  journal: Pick<Journal, "append">,
  options: RecordHow & { readonly onDecision?: (record: DecisionRecord) => void } = {},
): {
  readonly made: (told: TransitionTold, how?: RecordHow) => Promise<void>;
  readonly missing: (key: CircuitKey, policy: BreakerPolicy, circuit: Circuit, by: string) => Promise<boolean>;
} {
  const { onDecision, ...common } = options;
  const remembered = new Set<string>();
  const append = async (record: DecisionRecord): Promise<void> => {
    await journal.append(record);
    remembered.add(record.id);
    const [oldest] = remembered;
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  };
  const missing = async (key: CircuitKey, policy: BreakerPolicy, circuit: Circuit, by: string): Promise<boolean> => {
    const id = transitionId(key, circuit);
    if (id === undefined || remembered.has(id)) return false;
    const record = toldRecord(key, policy, circuit, by, common);
    if (record) await append(record);
    return record !== undefined;
  };
  return {
    missing,
    made: async (told, how) => {
      await missing(told.key, told.policy, told.before.circuit, told.input.by);
      const record = transitionRecord(told, { ...common, ...how });
      await append(record);
      onDecision?.(record);
    },
  };
}
