import type { Millis } from "../kernel/time.ts";

/** One place that requests can be sent to. Plain JSON; the defaults are the platform's. */
export interface Backend {
  /** Stable and unique within a service; "host:port" unless given. Tables of consistent hashing are built from `hashKey`. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  /** > 0; 1 unless given. */
  readonly weight: number;
  /** Requests in flight that count as full; 100 unless given. 0: unknown, never full and never preferred for room. */
  readonly maxConnections: number;
  /** Requests per second it can take; 1000 unless given. */
  readonly capacity: number;
  /** Data affinity tags. */
  readonly tags: readonly string[];
  readonly zone?: string;
  readonly region?: string;
  readonly version?: string;
  /** 0 is asked first. */
  readonly priority: number;
  /** What subsets select by; `zone`, `region` and `version` can be selected as if they stood here. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What consistent hashing hashes; `id` unless given. */
  readonly hashKey?: string;
}

/** Who put a backend into the registry. */
export type BackendSource = "config" | "fleet" | "api" | "deploy" | "cloudmap" | "ecs";

/** A backend as the registry knows it. */
export interface Registration extends Backend {
  readonly source: BackendSource;
  readonly registeredAt: Millis;
  /** Not renewed until then: gone. Absent: until it is taken out. */
  readonly leaseUntil?: Millis;
  /** Since when it gets no new requests, because it is on its way out. */
  readonly drainingSince?: Millis;
}

/** What active checks know of one backend. Absent: never checked, which counts as healthy (it was registered as ready). */
export interface CheckState {
  readonly healthy: boolean;
  /** In a row, up to the thresholds. */
  readonly failures: number;
  readonly successes: number;
  readonly checkedAt: Millis;
  /** Since when it has been so. */
  readonly since: Millis;
  /** How the last check ended, as the end of a sentence: "it answered 503". */
  readonly detail?: string;
}

/** What passive detection knows of one backend. */
export interface EjectionState {
  /** Times ejected in a row; falls by one with each interval spent healthy. */
  readonly times: number;
  readonly ejectedAt?: Millis;
  /** Passed over until then. */
  readonly until?: Millis;
  readonly why?: OutlierReason;
}

export type OutlierReason =
  | "consecutive_5xx"
  | "consecutive_gateway_failure"
  | "consecutive_local_origin_failure"
  | "success_rate"
  | "failure_percentage"
  | "success_rate_local_origin"
  | "failure_percentage_local_origin";

/** One host as a balancer sees it: the backend and what is known of it now. */
export interface Host {
  readonly backend: Backend;
  /** Active checks; true where none are made. */
  readonly healthy: boolean;
  /** Passive detection. */
  readonly ejected: boolean;
  /** Its circuit is open (or half open with the lease elsewhere). */
  readonly open: boolean;
  /** On its way out: gets nothing new, whatever else is true. */
  readonly draining: boolean;
  /** Since when it has been able to take requests, for slow start; absent: always. */
  readonly readySince?: Millis;
}

/** The names of the policies. The first six are the platform's. */
export type PolicyName =
  | "round_robin"
  | "weighted_round_robin"
  | "least_connections"
  | "least_response_time"
  | "consistent_hashing"
  | "data_locality_aware"
  | "random"
  | "power_of_two"
  | "ring_hash"
  | "maglev"
  | "rendezvous";

/** One request as a balancer sees it. The object may be used again for the next one: nothing keeps it. */
export interface PickRequest {
  /** Now, for slow start, decay and ejections. */
  at: Millis;
  /** xxHash64 of the key, as two unsigned halves; absent (`hashed` false): consistent hashing falls back to a random position. */
  hashed: boolean;
  hashHigh: number;
  hashLow: number;
  /** Data affinity tags of the request; absent: no request data. */
  tags?: readonly string[] | undefined;
  /** Only backends with these; see subsets. */
  match?: Readonly<Record<string, string>> | undefined;
  /** Hosts that were tried already, by index in the host list; never picked again while another one is there. */
  tried?: readonly number[] | undefined;
}

/** What is in the way of a host, in the order in which it is looked at. */
export type Excluded =
  | "draining"
  | "unhealthy"
  | "ejected"
  | "circuit_open"
  | "tried"
  | "other_subset"
  | "no_share"
  | "other_level"
  | "other_version"
  | "other_zone"
  | "full";

/** Why one host was, or was not, picked. */
export interface Candidate {
  readonly id: string;
  readonly picked: boolean;
  readonly excluded?: Excluded;
  /** What the policy compared, by name, with the unit in the name: score, active, weight, latencyMs, tableShare … */
  readonly values: Readonly<Record<string, number>>;
}

/** The why of one pick. */
export interface PickWhy {
  readonly policy: PolicyName;
  /** Absent: there was none. */
  readonly host?: string;
  /** Snake case: "picked", "picked_panic", "picked_fallback", "no_backend", "all_draining", "all_unhealthy", "no_subset". */
  readonly reason: string;
  /** Sentences in the order of what happened: level, zone, subset, panic, policy, tie. */
  readonly steps: readonly string[];
  readonly panic: boolean;
  readonly candidates: readonly Candidate[];
}
