import type { CircuitStatus, Forced } from "../core/kernel/circuit.ts";
import type { DurationMs, Millis } from "../core/kernel/time.ts";
import type { CircuitKey, Circuits } from "../core/ports/circuits.ts";
import type { BreakerStep } from "../core/traffic/breaker/change.ts";
import type { Judges } from "../core/traffic/breaker/local-run.ts";
import type { BreakerPolicy } from "../core/traffic/breaker/policy.ts";
import type { Admission, CircuitInput, CircuitItem, Outcome } from "../core/traffic/breaker/types.ts";
import type { LogFields } from "./telemetry.ts";

/** A change of a circuit that this process has made, with everything its record needs. */
export interface TransitionTold {
  readonly key: CircuitKey;
  /** As it was decided with: leases are longer by what clocks may differ. */
  readonly policy: BreakerPolicy;
  readonly before: CircuitItem;
  readonly input: CircuitInput;
  readonly step: BreakerStep;
  readonly at: Millis;
}

export interface BreakersOptions {
  readonly circuits: Circuits;
  readonly tenant: string;
  readonly policyOf: (circuit: string) => BreakerPolicy;
  /** Epoch ms of the clock that durations of policies run on. */
  readonly now: () => Millis;
  /** Epoch ms of the clock on the wall, on which what is known gets old. */
  readonly wallNow: () => Millis;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Names this process among those who share the circuits: stands in leases and in the history. */
  readonly environment: string;
  /** Seconds of `now` in a second of `wallNow`. Default 1. */
  readonly speed?: number;
  /** Told of each transition that this process has won, before the call goes on; what it throws is logged and nothing else. */
  readonly onTransition?: (told: TransitionTold) => Promise<void> | void;
  readonly log?: (level: "info" | "warn", message: string, fields: LogFields) => void;
  /** Counts something that happened: "degraded", "read", "write", "transition", "refused". */
  readonly count?: (what: BreakersEvent) => void;
  /** Ends after so many real ms unless it is cancelled; for tests that have a clock of their own. */
  readonly wait?: (ms: DurationMs) => { readonly done: Promise<unknown>; cancel(): void };
}

export type BreakersEvent = "read" | "write" | "transition" | "refused" | "degraded" | "dropped";

export type BreakersStats = Readonly<Record<BreakersEvent, number>> & {
  /** Circuits that this process has to do with. */
  readonly circuits: number;
};

/** A circuit as this process knows it. */
export interface SharedLook {
  readonly status: CircuitStatus;
  readonly epoch: number;
  readonly since: Millis;
  readonly openUntil?: Millis;
  readonly forced?: Forced;
  readonly counts: Readonly<Record<string, number>>;
  /** Real ms since the store was last heard of this circuit; absent: never. */
  readonly ageMs?: DurationMs;
  /** The store does not answer, and what is shown is what was last known and what this process has seen since. */
  readonly degraded: boolean;
}

export interface RunOptions<T> extends Judges {
  /** Gives up waiting for admission, and says that an error after it has been aborted tells nothing about the other side. */
  readonly signal?: AbortSignal;
  /** Answers in place of the error where the call is refused, or fails in a way that counts. */
  readonly fallback?: (error: unknown) => T | PromiseLike<T>;
}

/** One circuit that is shared through the store. */
export interface SharedBreaker {
  readonly circuit: string;
  /**
   * Calls `fn` if the circuit lets it, and gives its answer or its error on as they are.
   * @throws CircuitOpenError where it is refused; never anything because of the store
   */
  run<T>(fn: () => T | PromiseLike<T>, options?: RunOptions<T>): Promise<T>;
  /** At once where what is known is fresh, otherwise after one look at the store. Never throws, never rejects. */
  admit(): Admission | Promise<Admission>;
  /**
   * How an admitted call ended, after `ms`. Nothing to wait for, or the promise of what has to be written: a function that may freeze
   * waits for it. Never throws, never rejects.
   *
   * @param notBefore the other side's Retry-After as an instant
   */
  done(admission: Admission, outcome: Outcome, ms?: DurationMs, notBefore?: Millis): Promise<void> | void;
  /** What this process knows; asks nobody. */
  state(): SharedLook;
  /** What the store says now, and again what this process knows where it does not answer. */
  look(): Promise<SharedLook>;
  /** Writes what is held back. */
  flush(): Promise<void>;
}

export interface Breakers {
  get(circuit: string): SharedBreaker;
  /** Writes what is held back of all circuits; for the end of a process. */
  flush(): Promise<void>;
  stats(): BreakersStats;
}
