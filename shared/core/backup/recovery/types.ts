import type { DurationMs, Millis } from "../../kernel/time.ts";

/** What may happen, from the smallest to the largest. As AWS Resilience Hub names them. */
export const DISRUPTIONS = ["software", "hardware", "zone", "region"] as const;
export type Disruption = (typeof DISRUPTIONS)[number];

export interface Objective {
  readonly rpo?: DurationMs;
  readonly rto?: DurationMs;
}
export type Objectives = { readonly [one in Disruption]?: Objective };

/** A restore point, as recovery counts it. */
export interface RecoveryPoint {
  readonly plan: string;
  readonly id: string;
  readonly cutAt: Millis;
  readonly startedAt: Millis;
  readonly finishedAt: Millis;
  /** At every destination its manifest names. */
  readonly whole: boolean;
  /** Destinations that have it. */
  readonly at: readonly string[];
  readonly verified?: {
    readonly ok: boolean;
    readonly at: Millis;
    /** How long it took. */
    readonly ms: DurationMs;
  };
}

/** A drill, or the rehearsal of a runbook: what was proven, and when. */
export interface RecoveryDrill {
  readonly at: Millis;
  readonly ok: boolean;
  readonly rtoMs: DurationMs;
  readonly steps: readonly { readonly name: string; readonly ms: DurationMs }[];
  /** What of it shows: a restore from the destination next door says nothing of the loss of a region. */
  readonly covers: readonly Disruption[];
  readonly text?: string;
}

/** How far the other cluster is behind. */
export interface ReplicationLag {
  readonly flow: string;
  readonly at: Millis;
  /** Topics that are replicated, by their name at the source. */
  readonly topics: readonly {
    readonly topic: string;
    /** Records that are not there yet; absent: not known. */
    readonly records?: number;
    /** Age of the oldest record that is not there yet; 0: all are there; absent: not known. */
    readonly lagMs?: DurationMs;
    readonly partitions: readonly {
      readonly partition: number;
      readonly records?: number;
      readonly lagMs?: DurationMs;
      readonly why?: string;
    }[];
  }[];
  /** Age of the newest heartbeat that came through; absent: none did. */
  readonly heartbeatMs?: DurationMs;
  /** Age of the newest position that was translated for groups; absent: none. */
  readonly checkpointMs?: DurationMs;
  /** Age of the newest note of which offset became which. */
  readonly offsetSyncMs?: DurationMs;
  /** Connectors and tasks that do not run, as Kafka Connect says. */
  readonly connectors?: readonly {
    readonly name: string;
    readonly state: string;
    readonly failed: readonly string[];
  }[];
  /** What speaks against taking the lag for true, whole sentences; empty: it works. */
  readonly troubles: readonly string[];
}

export type Verdict = "met" | "breached" | "not_proven";

/** One number held against what is asked. `verdict` absent: nothing is asked. */
export interface Measured {
  /** Absent: not known. */
  readonly ms?: DurationMs;
  readonly objectiveMs?: DurationMs;
  readonly verdict?: Verdict;
  /** Where the number comes from, or why there is none: whole sentence. */
  readonly why: string;
}

export interface DisruptionState {
  readonly disruption: Disruption;
  readonly rpoNow: Measured & { readonly applies: "backup" | "replication" | "both" | "nothing" };
  readonly rpoWorst: Measured & {
    readonly parts?: {
      readonly intervalMs: DurationMs;
      readonly durationMs: DurationMs;
      readonly verificationMs: DurationMs;
    };
  };
  readonly rto: Measured & {
    readonly steps: readonly { readonly name: string; readonly ms: DurationMs }[];
    /** Age of the drill. */
    readonly drillAgeMs?: DurationMs;
  };
  /** The worst of the three; absent: nothing is asked. */
  readonly verdict?: Verdict;
}

export interface ConsistencyGap {
  readonly job: string;
  readonly topic: string;
  readonly partition: number;
  /** Records the savepoint has read that the point does not have: they would be in the state and not in the topic. */
  readonly ahead: number;
  /** Records the job reads again after a restore. */
  readonly behind: number;
}

export interface RecoveryState {
  readonly plan: string;
  readonly at: Millis;
  /** The newest point whose verification succeeded; RPO counts from its cut. */
  readonly point?: RecoveryPoint;
  readonly newest?: RecoveryPoint;
  readonly disruptions: readonly DisruptionState[];
  readonly gaps: readonly ConsistencyGap[];
  readonly replication?: ReplicationLag;
  readonly verdict?: Verdict;
}
