import { HeadgateError } from "../core/kernel/errors.ts";
import { decisionId } from "../core/kernel/id.ts";
import { type Json, sameJson } from "../core/kernel/json.ts";
import type { DecisionRecord } from "../core/kernel/record.ts";
import { normalized } from "../core/kernel/replay.ts";
import type { Action } from "../core/kernel/step.ts";
import type { Stored } from "../core/ports/store.ts";
import type { RunRequest } from "./run-types.ts";
import type { Runtime } from "./runtime.ts";

export interface Decided<S, A extends Action, R extends string> {
  readonly record: DecisionRecord;
  readonly state: S;
  readonly actions: readonly A[];
  readonly reason: R;
  /** Whether there is anything to write. */
  readonly changed: boolean;
  /** What is to be written is memory alone: kept without a record. */
  readonly onlyMemory: boolean;
}

/** Everything a step sees went through JSON first, so that what a replay reads from the journal is the same to the bit. */
function json<T>(what: string, value: T): T {
  try {
    return normalized(value);
  } catch (error) {
    throw new HeadgateError(
      "input.invalid",
      `${what} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** One pure step and the record of it. */
export function decide<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  stored: Stored | undefined,
  observed: I,
  traceId: string,
): Decided<S, A, R> {
  const { machine, tenant, subject, mode, configVersion, trigger } = request;
  const name = `${machine.noun} ${subject}`;
  // Whole milliseconds, also on a clock that runs faster: the id carries the same instant.
  const at = Math.floor(runtime.now());
  const config = json(`configuration of ${name}`, request.config);
  const input = json(`input of ${name}`, observed);
  const stateBefore = json(`state of ${name}`, stored ? (stored.state as unknown as S) : machine.initial(config, at));
  const step = machine.step(config, stateBefore, input, at);
  const { state, actions, trace } = json(`decision of ${name}`, {
    state: step.state,
    actions: step.actions,
    trace: step.trace,
  });
  const record: DecisionRecord = {
    v: 1,
    id: decisionId(at, runtime.random),
    tenant,
    noun: machine.noun,
    subject,
    at,
    trigger: json(`trigger of ${name}`, trigger),
    mode,
    configVersion,
    config: config as unknown as Json,
    input: input as unknown as Json,
    stateBefore: stateBefore as unknown as Json,
    reason: step.reason,
    trace,
    actions,
    stateAfter: state as unknown as Json,
    outcomes: [],
    traceId,
  };
  const changed =
    actions.length > 0 || !(step.state === stateBefore || sameJson(record.stateBefore, record.stateAfter));
  const onlyMemory = changed && actions.length === 0 && (machine.onlyMemory?.(stateBefore, state) ?? false);
  return { record, state, actions, reason: step.reason, changed, onlyMemory };
}
