import type { Circuit, CircuitCounts, CircuitStatus, Forced } from "../../kernel/circuit.ts";
import type { Millis } from "../../kernel/time.ts";
import { hasLapsed } from "./admit.ts";
import {
  admitSlowly,
  byOf,
  itemOf,
  type LocalSettings,
  localItem,
  settle,
  succeed,
  type Ticket,
  take,
} from "./local-item.ts";
import { type Fallback, type Fn, type Judges, type Runner, runCall } from "./local-run.ts";
import type { CircuitOpenError } from "./open-error.ts";
import { outcomeOf } from "./outcome.ts";
import type { BreakerPolicy } from "./policy.ts";
import type { CircuitItem } from "./types.ts";

export interface LocalOptions extends LocalSettings, Judges {
  /** Shown in errors and to listeners; default "circuit". */
  readonly name?: string;
  /** Where it goes on from: what `toJSON` of another one gave. */
  readonly from?: CircuitItem;
}

/** What a circuit is at this moment. */
export interface BreakerLook {
  readonly status: CircuitStatus;
  readonly epoch: number;
  readonly since: Millis;
  readonly openUntil?: Millis;
  readonly forced?: Forced;
  readonly counts: CircuitCounts;
}

/** Who forces a circuit, why, and until when (absent: until it is taken back). */
export interface ForceHow {
  readonly by: string;
  readonly why: string;
  readonly until?: Millis;
}

/**
 * A breaker in one process. It starts no timer: what it is follows from the clock when it is asked.
 *
 * `run` for calls that are promises; `tryAdmit` with `succeeded`, `failed` or `ignored` where a promise would be too much.
 */
export interface LocalBreaker {
  readonly name: string;
  readonly policy: BreakerPolicy;
  /**
   * Calls `fn` if the circuit lets it, and gives its answer or its error on as they are. Without a timeout: give `fn` an AbortSignal.
   *
   * @param fallback answers in place of the error where the call is refused, or fails in a way that counts
   * @throws CircuitOpenError where it is refused: the same object for all refusals of one opening, without a stack
   */
  run<T>(fn: Fn<T>, fallback?: Fallback<T>): Promise<T>;
  /** A ticket for one call; below 0 there is none: -1 (`REFUSED`) do not call, {@link refusal} says why; -2 call, nothing counts it. */
  tryAdmit(): Ticket;
  /** Why the last one was refused. */
  refusal(): CircuitOpenError | undefined;
  /** The call of this ticket ended well, after `ms` (what the slow-call rate counts by). */
  succeeded(ticket: Ticket, ms?: number): void;
  /** It failed. `notBefore`: the other side's Retry-After as an instant. */
  failed(ticket: Ticket, ms?: number, notBefore?: Millis): void;
  /** It ended in what says nothing. A probe's lease must come back by this, or it blocks the next one until it ends. */
  ignored(ticket: Ticket): void;
  state(): BreakerLook;
  /** By hand, above the rule. An `until` that has come already changes nothing. */
  force(state: Forced["state"], how: ForceHow): void;
  /** Takes the force back: closed, and counted anew. */
  release(by: string): void;
  /** Plain JSON; `from` goes on with it, in another process as well. */
  toJSON(): { readonly v: 1; readonly circuit: Circuit; readonly counts: CircuitCounts };
}

/** A breaker with what stands behind it. */
interface Whole extends LocalBreaker {
  readonly runner: Runner;
}

/** Functions of all breakers at once: with its own ones, each breaker would take a kilobyte. */
const shared: Omit<LocalBreaker, "name" | "policy"> & ThisType<Whole> = {
  run(fn, fallback) {
    return runCall(this.runner, fn, fallback);
  },
  tryAdmit() {
    const { local } = this.runner;
    return local.plain ? local.ticket : admitSlowly(local);
  },
  refusal() {
    return this.runner.local.refusal;
  },
  succeeded(ticket, ms = 0) {
    succeed(this.runner.local, ticket, ms);
  },
  failed(ticket, ms = 0, notBefore) {
    const { local } = this.runner;
    settle(local, ticket, outcomeOf(local.policy, false, ms), notBefore);
  },
  ignored(ticket) {
    settle(this.runner.local, ticket, "ignored", undefined);
  },
  state() {
    const { local } = this.runner;
    const now = local.settings.now();
    if (hasLapsed(local.circuit, now)) take(local, { type: "looked", by: byOf(local) }, now);
    const { status, epoch, since, openUntil, forced } = local.circuit;
    return {
      status,
      epoch,
      since,
      ...(openUntil === undefined ? {} : { openUntil }),
      ...(forced === undefined ? {} : { forced }),
      counts: itemOf(local).counts,
    };
  },
  force(state, { by, why, until }) {
    const { local } = this.runner;
    take(local, { type: "forced", state, by, why, ...(until === undefined ? {} : { until }) }, local.settings.now());
  },
  release(by) {
    const { local } = this.runner;
    take(local, { type: "released", by }, local.settings.now());
  },
  toJSON() {
    return { v: 1, ...itemOf(this.runner.local) };
  },
};

/** A breaker of this process, on the same core as the shared ones. */
export function localBreaker(policy: BreakerPolicy, options: LocalOptions): LocalBreaker {
  const name = options.name ?? "circuit";
  const local = localItem(name, policy, options, options.from);
  const runner: Runner = { local, judges: options, handlers: undefined, refused: undefined };
  return Object.assign(Object.create(shared), { name, policy, runner }) as LocalBreaker;
}
