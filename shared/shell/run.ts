import type { AggregateKey } from "../core/kernel/key.ts";
import type { Action } from "../core/kernel/step.ts";
import type { Pending, Stored } from "../core/ports/store.ts";
import { act } from "./act.ts";
import { claimed, due } from "./claimed.ts";
import { type Decided, decide } from "./decide.ts";
import { leaseLive, leaseMs, MAX_TRIES, pause } from "./run-limits.ts";
import type { Held, RunRequest, RunResult } from "./run-types.ts";
import type { Runtime } from "./runtime.ts";
import type { Span, TraceContext } from "./telemetry.ts";

export type { RunRequest, RunResult } from "./run-types.ts";

/**
 * load → observe → step → claim → journal → act → settle, for one aggregate.
 *
 * - Claim is one conditional write of the next state with its record and actions as `pending` and a lease. A change of state
 *   without actions takes the same way with no actions: the item is the outbox of its own record, so a crash before the
 *   append cannot lose a decision that changed state, and no record tells of a decision that was never taken.
 * - The record is in the journal before the first action starts; if store or journal cannot be reached nothing is done.
 * - A crash anywhere leaves `pending` behind; the first run after the lease finishes it, then decides afresh.
 * - A decision that changes nothing writes nothing.
 * - A change of nothing but a machine's memory is one conditional write without a record; losing it to somebody faster is no harm.
 *
 * @throws whatever `observe`, the store (load, claim) or the journal (append) throw; nothing was started then, and what was
 *   claimed is finished by a later run. HeadgateError `input.invalid` when configuration or input are not JSON.
 */
export async function run<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
): Promise<RunResult<R>> {
  const { machine, tenant, subject, trigger } = request;
  const span = runtime.telemetry.span("trigger", request.parent, {
    tenant,
    noun: machine.noun,
    subject,
    trigger: trigger.type,
  });
  try {
    const result = await tries(runtime, request, span.context);
    span.set("status", result.status);
    if (result.reason !== undefined) span.set("reason", result.reason);
    return result;
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

async function tries<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  parent: TraceContext,
): Promise<RunResult<R>> {
  const key: AggregateKey = { tenant: request.tenant, noun: request.machine.noun, subject: request.subject };
  let recovered = false;
  let status: "busy" | "conflict" = "conflict";
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    if (attempt > 0) await pause(runtime, attempt);
    let stored =
      attempt === 0 && request.loaded
        ? request.loaded
        : await within(runtime, "load", parent, () => runtime.store.load(key));
    if (stored?.pending) {
      const taken = await takeOver(runtime, request, stored, stored.pending, parent);
      if (taken === "settled") {
        recovered = true;
        stored = await within(runtime, "load", parent, () => runtime.store.load(key));
      } else {
        recovered ||= taken === "unfinished";
        status = taken === "conflict" ? "conflict" : "busy";
        if (taken === "unfinished") break;
        continue;
      }
      // Somebody was faster once more: look again from the start.
      if (stored?.pending) continue;
    }
    const observed = await request.observe(recovered ? attempt + 1 : attempt);
    const decided = await within(runtime, "step", parent, async (span) => {
      const result = decide(runtime, request, stored, observed, parent.traceId);
      span.set("reason", result.reason);
      return result;
    });
    const result = await carryOut(runtime, request, key, stored, decided, parent);
    if (result) return { ...result, recovered };
    status = "conflict";
  }
  return { status, recorded: false, results: [], recovered };
}

/** Claims and acts; undefined when somebody else wrote in between. */
async function carryOut<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  key: AggregateKey,
  stored: Stored | undefined,
  decided: Decided<S, A, R>,
  parent: TraceContext,
): Promise<Omit<RunResult<R>, "recovered"> | undefined> {
  const { record, state, actions, reason } = decided;
  const count = () =>
    runtime.telemetry.count("headgate_decisions_total", { noun: record.noun, reason, mode: record.mode });
  if (!decided.changed || decided.onlyMemory) {
    const kept = await keep(runtime, request, key, stored, decided);
    count();
    return {
      status: "unchanged",
      reason,
      record,
      recorded: false,
      results: [],
      ...(kept ? { stored: kept } : {}),
    };
  }
  const leaseUntil = runtime.now() + leaseMs(runtime);
  const pending: Pending = { record, actions, attempts: 1 };
  const version = stored?.version ?? 0;
  const written = await within(runtime, "claim", parent, () =>
    runtime.store.write(key, version, claimed(record.stateAfter, pending, leaseUntil)),
  );
  if (!written.ok) {
    conflict(runtime, record.noun);
    return undefined;
  }
  count();
  runtime.telemetry.count("headgate_decisions_recorded_total", { noun: record.noun, reason, mode: record.mode });
  const held: Held<S> = { key, version: written.version, state, pending, leaseUntil };
  const ended = await within(runtime, "act", parent, () => act(runtime, request, held));
  return {
    status: "decided",
    reason,
    record,
    recorded: true,
    results: ended.results,
    ...(ended.settled ? { stored: ended.settled } : {}),
  };
}

/** Finishes what an earlier worker left: a new lease, one more attempt, then the same journal, act and settle. */
async function takeOver<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  stored: Stored,
  left: Pending,
  parent: TraceContext,
): Promise<"held" | "conflict" | "unfinished" | "settled"> {
  const now = runtime.now();
  if (request.leaves || leaseLive(runtime, stored.leaseUntil, now)) return "held";
  const pending: Pending = { ...left, attempts: left.attempts + 1 };
  const leaseUntil = now + leaseMs(runtime);
  const written = await within(runtime, "claim", parent, () =>
    runtime.store.write(stored.key, stored.version, claimed(stored.state, pending, leaseUntil)),
  );
  if (!written.ok) {
    conflict(runtime, stored.key.noun);
    return "conflict";
  }
  // What was left on purpose was nobody's yet.
  if (left.attempts > 0) runtime.telemetry.count("headgate_recoveries_total", { noun: stored.key.noun });
  const held: Held<S> = {
    key: stored.key,
    version: written.version,
    state: stored.state as unknown as S,
    pending,
    leaseUntil,
  };
  const { settled } = await within(runtime, "act", parent, () => act(runtime, request, held));
  return settled ? "settled" : "unfinished";
}

/**
 * What a machine remembers may have changed, and a new configuration, or time alone, may move the instant at which an unchanged state wants to
 * be looked at. That is written, and nothing else; a conflict means that somebody else has just written a better one.
 */
async function keep<C, S, I, A extends Action, R extends string>(
  runtime: Runtime,
  request: RunRequest<C, S, I, A, R>,
  key: AggregateKey,
  stored: Stored | undefined,
  { record, state, onlyMemory }: Decided<S, A, R>,
): Promise<Stored | undefined> {
  const dueAt = request.machine.dueAt(request.config, state, record.at);
  if (!onlyMemory && dueAt === stored?.dueAt) return stored;
  const next = { state: record.stateAfter, ...due(dueAt) };
  const written = await runtime.store.write(key, stored?.version ?? 0, next);
  return written.ok ? { key, version: written.version, ...next } : undefined;
}

const conflict = (runtime: Runtime, noun: string): void =>
  runtime.telemetry.count("headgate_claim_conflicts_total", { noun });

async function within<T>(
  runtime: Runtime,
  name: string,
  parent: TraceContext,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = runtime.telemetry.span(name, parent);
  try {
    return await work(span);
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}
