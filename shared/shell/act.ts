import type { Json } from "../core/kernel/json.ts";
import type { DecisionRecord } from "../core/kernel/record.ts";
import type { Action, ActionResult } from "../core/kernel/step.ts";
import type { Pending, Stored } from "../core/ports/store.ts";
import { claimed, due } from "./claimed.ts";
import { keepLease } from "./keep-lease.ts";
import { MAX_PERFORMS, retryMs, skewMarginMs } from "./run-limits.ts";
import type { Held, RunRequest } from "./run-types.ts";
import type { Runtime } from "./runtime.ts";

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

type Ended = { readonly settled: Stored | undefined; readonly results: readonly ActionResult[] };

/**
 * Journal, then act, then settle, on an item this worker has claimed. Each stage may be the last one this process lives to
 * see: whoever finds the lease expired starts again here, and every part can be done twice.
 *
 * @throws the journal's error if the record cannot be appended: then no action was started
 */
export async function act<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  given: Held<S>,
): Promise<Ended> {
  let held = given;
  const { record, actions } = held.pending;
  try {
    await runtime.journal.append(record);
  } catch (error) {
    // Not an attempt: nothing was started. The next worker need not wait for the whole lease.
    await postpone(runtime, held, { ...held.pending, attempts: held.pending.attempts - 1 }, 1);
    throw error;
  }
  announce(runtime, record);
  if (request.leaves && actions.length > 0) {
    await postpone(runtime, held, { ...held.pending, attempts: 0 }, 0);
    return { settled: undefined, results: [] };
  }
  const kept = request.keeps && actions.length > 0 ? keepLease(runtime, held) : undefined;
  const done = await performAll(runtime, request, held);
  if (kept) held = await kept();
  if (done.stop === "lease") {
    runtime.telemetry.log("warn", `${record.noun} ${record.subject}: left to a later run, the lease is nearly over`, {
      decision: record.id,
    });
    return { settled: undefined, results: done.results };
  }
  const pending: Pending = { ...held.pending, ...(done.results.length > 0 ? { results: done.results } : {}) };
  if (done.stop === "failure") {
    await postpone(runtime, held, pending, pending.attempts);
    return { settled: undefined, results: done.results };
  }
  try {
    await reportOutcome(runtime, record, done.results);
  } catch (error) {
    warn(runtime, record, "the outcome could not be recorded and will be later", error);
    await postpone(runtime, held, pending, 1);
    return { settled: undefined, results: done.results };
  }
  return { settled: await settle(runtime, request, held, actions.length > 0, done.results), results: done.results };
}

function announce(runtime: Runtime, record: DecisionRecord): void {
  const { id, tenant, noun, subject, reason, mode, trigger, actions, traceId } = record;
  runtime.telemetry.log("info", `${noun} ${subject}: ${reason}`, {
    decision: id,
    tenant,
    noun,
    subject,
    reason,
    mode,
    trigger: trigger.type,
    actions: actions.map((action) => action.key),
    traceId,
  });
  runtime.onDecision?.(record);
}

async function performAll<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  held: Held<S>,
): Promise<{ readonly results: readonly ActionResult[]; readonly stop?: "lease" | "failure" }> {
  const { record, attempts, results: known = [] } = held.pending;
  const results: ActionResult[] = [...known];
  const gaveUp = (key: string, why: string): ActionResult => ({
    key,
    status: "failed",
    at: runtime.now(),
    detail: `gave up after ${MAX_PERFORMS} attempts: ${why}`,
  });
  let stop: "lease" | "failure" | undefined;
  const one = async (action: A): Promise<void> => {
    if (attempts > MAX_PERFORMS) {
      results.push(gaveUp(action.key, "no worker lived to finish it"));
      return;
    }
    const startedAt = runtime.now();
    // No await between this look at the clock and the start of the action.
    if (startedAt >= held.leaseUntil - skewMarginMs(runtime)) {
      stop ??= "lease";
      return;
    }
    try {
      const result = await request.perform(action, { record, attempt: attempts });
      results.push({ ...result, key: action.key });
    } catch (error) {
      warn(runtime, record, `attempt ${attempts} of ${action.type} failed`, error);
      if (attempts < MAX_PERFORMS) stop = "failure";
      else results.push(gaveUp(action.key, message(error)));
    } finally {
      const seconds = (runtime.now() - startedAt) / 1_000 / runtime.speed;
      runtime.telemetry.observe("headgate_action_seconds", Math.max(0, seconds), {
        noun: record.noun,
        type: action.type,
      });
    }
  };
  const left = (held.pending.actions as readonly A[]).filter(
    (action) => !known.some((result) => result.key === action.key),
  );
  if (request.parallel) await Promise.all(left.map(one));
  else
    for (const action of left) {
      await one(action);
      if (stop) break;
    }
  if (stop) return { results, stop };
  return { results };
}

async function reportOutcome(
  runtime: Runtime,
  record: DecisionRecord,
  results: readonly ActionResult[],
): Promise<void> {
  if (results.length === 0) return;
  const text = results
    .map((result) => (result.status === "done" ? result.detail : `${result.status}: ${result.detail}`))
    .join("; ");
  await runtime.journal.outcome(record.tenant, record.id, { phase: "performed", at: runtime.now(), results, text });
}

/** Folds the results into the state and lets go. Losing this write is no harm: a later run finds the lease expired. */
async function settle<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  held: Held<S>,
  fold: boolean,
  results: readonly ActionResult[],
): Promise<Stored | undefined> {
  const { machine, config } = request;
  const now = runtime.now();
  const state = fold ? machine.settle(config, held.state, results, now) : held.state;
  try {
    const next = { state: state as unknown as Json, ...due(machine.dueAt(config, state, now)) };
    const written = await runtime.store.write(held.key, held.version, next);
    if (written.ok) return { key: held.key, version: written.version, ...next };
    warn(runtime, held.pending.record, "another worker took over before this one could settle", undefined);
    return undefined;
  } catch (error) {
    warn(runtime, held.pending.record, "not settled; a later run will", error);
    return undefined;
  }
}

/** Keeps the actions pending and lets the next worker in after a pause instead of after the whole lease; `attempts` 0: at once. */
async function postpone<S>(runtime: Runtime, held: Held<S>, pending: Pending, attempts: number): Promise<void> {
  const until = runtime.now() + (attempts === 0 ? 0 : retryMs(runtime, attempts));
  try {
    await runtime.store.write(held.key, held.version, claimed(held.state as unknown as Json, pending, until));
  } catch (error) {
    warn(runtime, held.pending.record, "could not be put off; the lease will end by itself", error);
  }
}

function warn(runtime: Runtime, record: DecisionRecord, what: string, error: unknown): void {
  runtime.telemetry.log("warn", `${record.noun} ${record.subject}: ${what}`, {
    decision: record.id,
    tenant: record.tenant,
    ...(error === undefined ? {} : { error }),
  });
}
