import type { GateEvidence, GateReason, GateVerdict } from "../../shared/core/delivery/gate/types.ts";
import type { HookState, Phase, PlanStep, RolloutFailure, Said } from "../../shared/core/delivery/rollout/types.ts";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView, DecisionSummary } from "./views.ts";

export type RolloutStrategyView = "canary" | "blue-green" | "rolling" | "all-at-once" | "flink-blue-green";

/** What the gate last said. */
export interface RolloutVerdictView {
  readonly verdict: GateVerdict;
  readonly reason: GateReason;
  /** One sentence. */
  readonly text: string;
  readonly at: Millis;
  /** Evidence against it over what it fails at: 1 and more fails. */
  readonly towardsFail?: number;
  /** The same for passing. */
  readonly towardsPass?: number;
}

/** Why it goes, or went, back. */
export interface RolloutFailureView {
  readonly reason: RolloutFailure;
  readonly text: string;
  readonly at: Millis;
  readonly by?: string;
  /** What the new version printed last, oldest first. */
  readonly logs?: readonly string[];
  /** Checks that were made of its instances. */
  readonly attempts?: number;
}

/** A rollout in a list. */
export interface RolloutSummaryView {
  /** "rol_…" */
  readonly id: string;
  readonly service: string;
  readonly strategy: RolloutStrategyView;
  readonly version: string;
  /** Version that served before; absent: the service was new. */
  readonly from?: string;
  readonly phase: Phase;
  readonly since: Millis;
  readonly steps: readonly PlanStep[];
  /** Index of the step in force or being brought about; -1 before the first. */
  readonly step: number;
  /** Percent of the traffic that the new version is to have now. */
  readonly share: number;
  readonly startedAt: Millis;
  readonly endedAt?: Millis;
  readonly deadline: Millis;
  readonly started: Said;
  readonly paused?: Said;
  readonly verdict?: RolloutVerdictView;
  readonly failure?: RolloutFailureView;
}

export interface DeliveryServiceSummary {
  readonly service: string;
  /** False: the file says nothing about its delivery, and the defaults hold. */
  readonly configured: boolean;
  readonly strategy: RolloutStrategyView;
  readonly mode: "observe" | "recommend" | "act";
  /** Version that the service is, as far as rollouts know. */
  readonly stable?: string;
  /** Under way. */
  readonly current?: RolloutSummaryView;
  /** The last one that ended. */
  readonly last?: RolloutSummaryView;
}

export interface DeliveryServicesView {
  readonly clock: ClockView;
  readonly items: readonly DeliveryServiceSummary[];
}

/** A version, as it is observed now. */
export interface DeliveryVersionView {
  readonly version: string;
  readonly slot?: string;
  readonly stable: boolean;
  readonly desired: number;
  readonly pending: number;
  readonly running: number;
  readonly ready: number;
  readonly failures: number;
  readonly attempts: number;
  readonly trouble?: string;
  readonly addresses: readonly string[];
  readonly startedAt?: Millis;
  /** Real milliseconds to its first healthy answer. */
  readonly responseMs?: number;
  readonly healthData?: unknown;
  readonly logs: readonly string[];
}

/** One look of the gate, of a curve of evidence against its limit. */
export interface GatePointView {
  readonly at: Millis;
  readonly verdict: GateVerdict;
  /** Says whether it is a look without data. */
  readonly reason?: GateReason;
  /** Joint e-value over its limit: 1 and more fails. */
  readonly towardsFail?: number;
  readonly towardsPass?: number;
  /** Percent of the traffic that the new version was to have. */
  readonly share: number;
}

/** A release without what nobody may see: values of what looks like a secret are left out. */
export type ReleaseView = Release;

export interface RolloutView extends RolloutSummaryView {
  readonly release: ReleaseView;
  /** Instances that the service had when it began. */
  readonly size: number;
  readonly hooks: Readonly<Record<string, HookState>>;
  /** What a person has approved: steps by their index, and "promote". */
  readonly approved: Readonly<Record<string, Said>>;
  /** Shares last seen served, percent by version. */
  readonly served?: Readonly<Record<string, number>>;
  readonly verifiedAt?: Millis;
  readonly judgedUntil?: Millis;
  /** The numbers behind the verdict. Absent: the gate has not begun, or the rollout is over. */
  readonly evidence?: GateEvidence;
  /** Oldest first, as far as the journal's latest records go. */
  readonly curve: readonly GatePointView[];
}

/** What may be done now. */
export type RolloutCommandView = "pause" | "resume" | "promote" | "skip" | "approve" | "abort" | "rollback";

export interface DeliveryServiceView {
  readonly clock: ClockView;
  readonly summary: DeliveryServiceSummary;
  readonly configVersion: string;
  /** The delivery configuration in force, defaults filled in. */
  readonly config: unknown;
  /** As observed now. Absent: it could not be found out, and `trouble` says why. */
  readonly versions?: readonly DeliveryVersionView[];
  /** Shares in force, percent by version. Absent: nobody divides its traffic, or it could not be read. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Whether its traffic can be divided between versions. */
  readonly divides: boolean;
  /** What could not be read, sentences. */
  readonly trouble: readonly string[];
  readonly rollout?: RolloutView;
  /** What may be done to the rollout now. */
  readonly commands: readonly RolloutCommandView[];
  /** When it is looked at next. */
  readonly dueAt?: Millis;
  /** Actions that are being done, or are tried again. */
  readonly pending: number;
  /** The last ones that ended, newest first. */
  readonly ended: readonly RolloutSummaryView[];
  /** The newest first. */
  readonly decisions: readonly DecisionSummary[];
  /** State of a rollout of a Flink job, where that is its strategy. */
  readonly flink?: unknown;
}

/** What became of a release that was asked for. */
export interface ReleaseStartedView {
  readonly clock: ClockView;
  readonly service: string;
  /** Absent where nothing was begun, because the configuration only observes or recommends. */
  readonly rollout?: string;
  readonly version: string;
  readonly strategy: RolloutStrategyView;
  readonly reason: string;
  /** One sentence. */
  readonly text: string;
  /** Address at which its progress is told. */
  readonly follow: string;
  readonly warnings: readonly string[];
  readonly decision?: DecisionSummary;
}

export interface RolloutCommandedView {
  readonly clock: ClockView;
  readonly service: string;
  readonly command: RolloutCommandView;
  readonly status: "decided" | "unchanged";
  readonly reason: string;
  readonly text: string;
  readonly rollout?: RolloutSummaryView;
  readonly decision?: DecisionSummary;
}

export interface RolloutsView {
  readonly clock: ClockView;
  readonly service: string;
  /** Newest first, the current one among them. */
  readonly items: readonly RolloutSummaryView[];
  readonly cursor?: string;
}

/** What a release would go through, and what the gate could see at the traffic of the last hour. */
export interface RolloutPlanView {
  readonly clock: ClockView;
  readonly service: string;
  readonly strategy: RolloutStrategyView;
  readonly divides: boolean;
  /** Percent and how long each is judged, in milliseconds. */
  readonly steps: readonly PlanStep[];
  readonly bakeMs: number;
  /** From the first share to the end of the bake, if nothing holds it. Milliseconds. */
  readonly leastMs: number;
  readonly hooks: readonly string[];
  readonly gate: {
    readonly rule: "sequential" | "threshold" | "kayenta" | "off";
    readonly alpha?: number;
    readonly everyMs: number;
  };
  /** Of the version that serves now. Absent: nobody counts its requests, or there were none. */
  readonly traffic?: {
    readonly from: Millis;
    readonly to: Millis;
    readonly requestsPerTick: number;
    readonly errorRate: number;
    readonly slowRate?: number;
    readonly slowMs?: number;
  };
  /** At each step's share: the smallest ratio of errors, and of slow requests, that would be seen with 80 % power; null: none. */
  readonly visible?: readonly {
    readonly percent: number;
    readonly ratio: number | null;
    readonly slow?: number | null;
  }[];
  /** Sentences on what is missing or probably not meant. */
  readonly notes: readonly string[];
}
