import type { DurationMs, Millis } from "../core/kernel/time.ts";
import type { Store } from "../core/ports/store.ts";
import type { BalancerState } from "../core/traffic/balancer-types.ts";
import type { BackendInput, TrafficConfig } from "../core/traffic/section.ts";
import type { Backend, PickWhy } from "../core/traffic/types.ts";
import type { Breakers } from "./breakers-types.ts";

export interface CallerOptions {
  readonly store: Pick<Store, "list" | "write">;
  readonly tenant: string;
  readonly service: string;
  /** Names this process among those who call the service. */
  readonly environment: string;
  readonly config: TrafficConfig;
  /** Backends besides those in the registry: those of a configuration file are in no registry. */
  readonly backends?: readonly BackendInput[];
  /** Circuits named "<service>/<backend>"; absent: calls are let through whatever happens. */
  readonly breakers?: Pick<Breakers, "get" | "flush">;
  /** Whether callers tell each other what they have in flight. Default true. */
  readonly shareLoads?: boolean;
  /** How old may be what is known. Default 5,000 ms. */
  readonly stalenessMs?: DurationMs;
  /** What the store may take before the call goes on with what was last known. Default 200 ms. */
  readonly storeTimeoutMs?: DurationMs;
  /** Epoch ms. */
  readonly now: () => Millis;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  /** Ends after so many real ms unless it is cancelled; for tests that have a clock of their own. */
  readonly wait?: (ms: DurationMs) => { readonly done: Promise<unknown>; cancel(): void };
  /** Told once when the store stops answering and once when it answers again; must not throw. */
  readonly onDegraded?: (degraded: boolean, error?: unknown) => void;
}

/** What a call is balanced by. */
export interface CallRequest {
  /** What consistent hashing goes by: the same key, the same backend, in every environment. */
  readonly key?: string;
  /** Data affinity tags. */
  readonly tags?: readonly string[];
  /** Only backends with these. */
  readonly match?: Readonly<Record<string, string>>;
}

export interface RunCall<T> extends CallRequest {
  readonly signal?: AbortSignal;
  /** The call may take so long; default: no limit of ours. */
  readonly timeoutMs?: DurationMs;
  /** Whether an answer counts as a success. Default: every answer, but one with a `status` of 500 and more. */
  readonly succeeded?: (answer: T) => boolean;
}

export interface CallerStats {
  readonly reads: number;
  readonly writes: number;
  readonly picks: number;
  readonly refused: number;
  /** Looks that failed or came too late. */
  readonly degraded: number;
}

export interface CallerLook {
  /** Instant of the last look at the store that succeeded. */
  readonly knownAt?: Millis;
  readonly degraded: boolean;
  readonly balancer?: BalancerState;
  readonly hosts: readonly {
    readonly id: string;
    /** Requests in flight from here, and (mean) from others. */
    readonly active: number;
    readonly elsewhere: number;
    /** Factor on its weight. */
    readonly lean: number;
    readonly open: boolean;
  }[];
}

/** Balances the calls of a process that others run beside it, by what all of them have told. Nothing runs between calls. */
export interface TrafficCaller {
  /** @throws HeadgateError `backend.none`; of the store where nothing was ever read */
  pick(request?: CallRequest): Promise<Backend>;
  why(request?: CallRequest): Promise<PickWhy>;
  /**
   * Picks, asks the circuit, calls, and keeps account. The answer or the error of `call` is given on as it is.
   *
   * @throws HeadgateError `backend.none`, `circuit.open` where the circuits of all backends refuse
   */
  run<T>(request: RunCall<T>, call: (backend: Backend, signal: AbortSignal) => T | PromiseLike<T>): Promise<T>;
  /** Tells the others what is not told yet; for the end of a process. */
  flush(): Promise<void>;
  look(): CallerLook;
  stats(): CallerStats;
}
