import type { CircuitStatus } from "../core/kernel/circuit.ts";
import type { Millis } from "../core/kernel/time.ts";
import type { CheckState, EjectionState, PickWhy, PolicyName, Registration } from "../core/traffic/types.ts";

/** A backend as it is registered, and how it looks from a gateway. Counts only grow; "lately" is the last `windowMs`. */
export interface BackendLook extends Registration {
  /** Requests in flight now. */
  readonly active: number;
  /** Tries that were sent there, retries among them. */
  readonly requests: number;
  /** Of `requests`: ended in 5xx, a broken connection or a timeout. */
  readonly failures: number;
  /** Tries that were sent there lately. */
  readonly recent?: number;
  /** Of what was sent lately, 0..1; absent: nothing was sent anywhere. */
  readonly share?: number;
  /** Real milliseconds to the last byte, of what ended lately; absent: nothing did. */
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Mean of at most the last 100, none older than the performance window; absent: none. */
  readonly averageMs?: number;
  readonly check?: CheckState;
  readonly ejection?: EjectionState;
  /** Absent: breakers are off. */
  readonly circuit?: CircuitStatus;
  readonly circuitForced?: "open" | "closed" | "disabled";
  /** With an open circuit: no probe before. */
  readonly openUntil?: Millis;
  /** Gets requests now, panic or not. */
  readonly usable: boolean;
  /** Percent of its weight while it starts slowly; absent: 100. */
  readonly slowStartPercent?: number;
}

/** One priority level, as the balancer last computed it. Shares in percent. */
export interface LevelLook {
  readonly priority: number;
  readonly healthy: number;
  readonly total: number;
  readonly share: number;
  readonly panic: boolean;
}

/** What a gateway in this process sees of one service. Plain JSON: it is what the API shows. */
export interface GatewayLook {
  readonly service: string;
  readonly at: Millis;
  /** Address it listens on. */
  readonly url?: string;
  readonly policy: PolicyName;
  readonly panic: boolean;
  /** What `recent`, `share` and the percentiles are of, in milliseconds of the gateway's clock. */
  readonly windowMs: number;
  readonly backends: readonly BackendLook[];
  readonly levels: readonly LevelLook[];
  /** Requests since it was opened. */
  readonly arrived: number;
  readonly completed: number;
  readonly failed: number;
  readonly refused: number;
  readonly abandoned: number;
  readonly retried: number;
  /** Retries that the budget did not allow. */
  readonly retriesRefused?: number;
  readonly inFlight: number;
  readonly queued: number;
  /** Requests that wait may be so many. */
  readonly queuePlaces?: number;
  /** Refused by the rate limit, of `refused`. */
  readonly limited?: number;
  /** Dropped for more important ones, of `refused`. */
  readonly shed?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Answers by status, since it was opened. */
  readonly statuses?: Readonly<Record<string, number>>;
  /** Shares of versions in force (given), and what was served of each lately. Absent: versions are not weighed. */
  readonly versions?: Readonly<Record<string, { readonly weight: number; readonly recent: number }>>;
}

/** One request that went through, as far as replaying a policy needs it. */
export interface RecordedRequest {
  readonly at: Millis;
  readonly ms?: number;
  readonly key?: string;
  readonly tags?: readonly string[];
  readonly match?: Readonly<Record<string, string>>;
  readonly backend?: string;
  readonly status?: number;
}

/** What the gateways of this process offer to those who look at them; called with a service's name: its look. */
export interface TrafficLooks {
  /** Undefined: no gateway of this process serves it. */
  (service: string): GatewayLook | undefined;
  /** Whom the gateway would pick for such a request now, and why, with the loads as they are; nothing is sent or counted. */
  readonly why?: (service: string, request: AskedRequest) => PickWhy | undefined;
  /** The latest requests, oldest first, at most some thousands; empty: none yet. */
  readonly recent?: (service: string) => readonly RecordedRequest[];
  /** Something about the service was written: its gateways should not wait for their next look at the registry. Must not throw. */
  readonly changed?: (service: string) => void;
  /** A circuit was changed by hand: its gateway is to know now, not within its staleness. Must not throw. */
  readonly circuitChanged?: (circuit: string) => void;
  /** What the gateways count, as text for Prometheus: the platform's request metrics and their own. No "# EOF" in either format. */
  readonly metrics?: (format: "prometheus" | "openmetrics") => string;
}

/** A request as far as a policy looks at it. */
export interface AskedRequest {
  readonly key?: string;
  readonly tags?: readonly string[];
  readonly match?: Readonly<Record<string, string>>;
}
