import type { Json } from "../../../shared/core/kernel/json.ts";
import type { ActionResult } from "../../../shared/core/kernel/step.ts";
import { act } from "../../../shared/shell/act.ts";
import { claimed } from "../../../shared/shell/claimed.ts";
import { decide } from "../../../shared/shell/decide.ts";
import { run } from "../../../shared/shell/run.ts";
import { leaseMs } from "../../../shared/shell/run-limits.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { type ValveState, valve } from "./machine.ts";
import type { Shell, ValveRequest } from "./simulate.ts";

// Shells with one fault each, as people write them at first. The simulation has to catch every one of them.

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const nothing = { status: "conflict", recorded: false, results: [], recovered: false } as const;

async function look(runtime: Runtime, request: ValveRequest) {
  const key = { tenant: request.tenant, noun: valve.noun, subject: request.subject };
  const stored = await runtime.store.load(key);
  const observed = await request.observe(0);
  return { key, stored, version: stored?.version ?? 0, ...decide(runtime, request, stored, observed, TRACE_ID) };
}

const performAll = async (
  request: ValveRequest,
  seen: Awaited<ReturnType<typeof look>>,
): Promise<readonly ActionResult[]> => {
  const results: ActionResult[] = [];
  for (const action of seen.actions) results.push(await request.perform(action, { record: seen.record, attempt: 1 }));
  return results;
};

const performed = (runtime: Runtime, results: readonly ActionResult[]) =>
  ({ phase: "performed", at: runtime.now(), results, text: "done" }) as const;

/** Saves the decision, then acts: a crash in between loses the action. */
export const saveThenAct: Shell = async (runtime, request) => {
  const seen = await look(runtime, request);
  if (!seen.changed) return { ...nothing, status: "unchanged" };
  const saved = await runtime.store.write(seen.key, seen.version, { state: seen.record.stateAfter });
  if (!saved.ok) return nothing;
  await runtime.journal.append(seen.record);
  const results = await performAll(request, seen);
  await runtime.journal.outcome(request.tenant, seen.record.id, performed(runtime, results));
  await runtime.store.write(seen.key, saved.version, {
    state: valve.settle(request.config, seen.state, results, runtime.now()) as unknown as Json,
  });
  return { ...nothing, status: "decided" };
};

/** Acts, then saves: whoever loses the write has acted all the same. */
export const actThenSave: Shell = async (runtime, request) => {
  const seen = await look(runtime, request);
  if (!seen.changed) return { ...nothing, status: "unchanged" };
  await runtime.journal.append(seen.record);
  const results = await performAll(request, seen);
  await runtime.journal.outcome(request.tenant, seen.record.id, performed(runtime, results));
  await runtime.store.write(seen.key, seen.version, {
    state: valve.settle(request.config, seen.state, results, runtime.now()) as unknown as Json,
  });
  return { ...nothing, status: "decided" };
};

interface Fault {
  /** Acts although the lease may be over. */
  readonly noLeaseCheck?: boolean;
  /** Writes a change without actions plainly, and its record afterwards. */
  readonly noOutbox?: boolean;
  /** Takes what is pending over without waiting for the lease. */
  readonly noLease?: boolean;
  /** Appends only once the actions are done. */
  readonly journalLast?: boolean;
}

/** Claim, act, settle, with one thing left out. Without a fault it is the same as the real one. */
export const claimWithout =
  (fault: Fault): Shell =>
  async (runtime, request) => {
    const key = { tenant: request.tenant, noun: valve.noun, subject: request.subject };
    const left = await runtime.store.load(key);
    const held = (leaseUntil: number) => (fault.noLeaseCheck ? Number.POSITIVE_INFINITY : leaseUntil);
    let appendLater: (() => Promise<void>) | undefined;
    const late: Runtime = {
      ...runtime,
      journal: {
        ...runtime.journal,
        append: async (record) => {
          appendLater = () => runtime.journal.append(record);
        },
      },
    };
    const own = fault.journalLast ? late : runtime;
    if (left?.pending) {
      if (!fault.noLease && (left.leaseUntil ?? 0) > runtime.now()) return { ...nothing, status: "busy" };
      const pending = { ...left.pending, attempts: left.pending.attempts + 1 };
      const leaseUntil = runtime.now() + leaseMs(runtime);
      const taken = await runtime.store.write(key, left.version, claimed(left.state, pending, leaseUntil));
      if (!taken.ok) return nothing;
      await act(own, request, {
        key,
        version: taken.version,
        state: left.state as never,
        pending,
        leaseUntil: held(leaseUntil),
      });
      await appendLater?.();
      return { ...nothing, status: "busy" };
    }
    const seen = await look(runtime, request);
    if (!seen.changed || seen.stored?.pending) return { ...nothing, status: seen.changed ? "busy" : "unchanged" };
    if (fault.noOutbox && seen.actions.length === 0) {
      const saved = await runtime.store.write(key, seen.version, { state: seen.record.stateAfter });
      if (saved.ok) await runtime.journal.append(seen.record);
      return { ...nothing, status: saved.ok ? "decided" : "conflict" };
    }
    const pending = { record: seen.record, actions: seen.actions, attempts: 1 };
    const leaseUntil = runtime.now() + leaseMs(runtime);
    const claim = await runtime.store.write(key, seen.version, claimed(seen.record.stateAfter, pending, leaseUntil));
    if (!claim.ok) return nothing;
    await act(own, request, { key, version: claim.version, state: seen.state, pending, leaseUntil: held(leaseUntil) });
    await appendLater?.();
    return { ...nothing, status: "decided" };
  };

/** The real shell, given what was last asked for instead of what is observed: it never sees that the world went elsewhere. */
export const decidesFromWhatItAskedFor: Shell = (runtime, request) =>
  run(runtime, {
    ...request,
    observe: async (attempt) => {
      const seen = await request.observe(attempt);
      const stored = await runtime.store.load({ tenant: request.tenant, noun: valve.noun, subject: request.subject });
      return { ...seen, actual: (stored?.state as ValveState | undefined)?.asked ?? 2 };
    },
  });
