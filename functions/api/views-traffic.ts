import type { CircuitStatus } from "../../shared/core/kernel/circuit.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Replay } from "../../shared/core/traffic/simulate/replay.ts";
import type {
  BackendSource,
  CheckState,
  EjectionState,
  PickWhy,
  PolicyName,
  Registration,
} from "../../shared/core/traffic/types.ts";
import type { BackendLook, GatewayLook, LevelLook } from "../../shared/shell/gateway-look.ts";
import type { ClockView, DecisionSummary } from "./views.ts";

/** What is in the way of a backend first: draining before unhealthy, then ejected, then its circuit. */
export type BackendStateView = "ok" | "draining" | "unhealthy" | "ejected" | "circuit_open";

/** Backends of a service by what is in their way. */
export interface BackendCountsView {
  readonly total: number;
  /** Nothing is in the way. */
  readonly ok: number;
  readonly draining: number;
  readonly unhealthy: number;
  readonly ejected: number;
  readonly circuitOpen: number;
}

/** A gateway here, without its backends: those are told with what else is known of them. */
export type GatewayView = Omit<GatewayLook, "backends">;

export interface TrafficServiceSummary {
  readonly service: string;
  /** False: the file says nothing about its traffic, and the defaults hold. */
  readonly configured: boolean;
  readonly policy: PolicyName;
  readonly backends: BackendCountsView;
  /** Too few backends are well, so all are used whether well or not. */
  readonly panic: boolean;
  /** Shares of the priority levels, where there is more than one. */
  readonly levels?: readonly LevelLook[];
  /** Rule of the circuit breakers. */
  readonly breaker: "consecutive" | "rate" | "off";
  /** Active checks are made. */
  readonly checks: boolean;
  /** Shares of versions in force. */
  readonly versions?: Readonly<Record<string, number>>;
  /** What the busiest backends got of the requests lately, 0..1, the busiest first. Absent: there is no gateway here, or no request. */
  readonly shares?: readonly { readonly id: string; readonly share: number }[];
  readonly gateway?: GatewayView;
}

export interface TrafficServicesView {
  readonly clock: ClockView;
  readonly items: readonly TrafficServiceSummary[];
}

/** Everything that is known of one backend. */
export interface TrafficBackendView extends Registration {
  readonly state: BackendStateView;
  readonly check?: CheckState;
  readonly ejection?: EjectionState;
  readonly circuit?: {
    readonly status: CircuitStatus;
    readonly since?: Millis;
    readonly openUntil?: Millis;
    readonly opens?: number;
    readonly forced?: {
      readonly state: "open" | "closed" | "disabled";
      readonly by?: string;
      readonly why?: string;
      readonly until?: Millis;
    };
  };
  /** Of a gateway in this process. */
  readonly gateway?: Pick<
    BackendLook,
    | "active"
    | "requests"
    | "failures"
    | "recent"
    | "share"
    | "p50Ms"
    | "p99Ms"
    | "averageMs"
    | "usable"
    | "slowStartPercent"
  >;
}

/** Shares of versions: what is wanted, by whom, and what was served. */
export interface VersionsView {
  /** In force: as asked for, or the configuration's. */
  readonly shares: Readonly<Record<string, number>>;
  readonly asked?: { readonly by: string; readonly why: string; readonly at: Millis };
  /** When what was served was last seen to be as wanted. */
  readonly verifiedAt?: Millis;
  /** What was served lately, 0..1. Absent: nobody here saw any request. */
  readonly served?: Readonly<Record<string, number>>;
}

export interface TrafficServiceView {
  readonly clock: ClockView;
  readonly summary: TrafficServiceSummary;
  readonly configVersion: string;
  /** The traffic configuration in force, defaults filled in. */
  readonly config: unknown;
  /** Another one when any backend, or anything that is known of one, is another one. */
  readonly version: string;
  /** How long a dead backend is used at the most before checks eject it, as a sentence. Absent: no checks are made. */
  readonly checksWithin?: string;
  readonly versions?: VersionsView;
  /** One page, in order of their ids. */
  readonly backends: readonly TrafficBackendView[];
  readonly cursor?: string;
  /** The newest first. */
  readonly decisions: readonly DecisionSummary[];
}

/** What became of a registration. */
export interface RegisteredView {
  readonly clock: ClockView;
  readonly service: string;
  readonly registered: number;
  readonly renewed: number;
  readonly items: readonly {
    readonly id: string;
    readonly source: BackendSource;
    readonly registeredAt: Millis;
    readonly leaseUntil?: Millis;
    readonly drainingSince?: Millis;
  }[];
}

/** What was done to backends that were named. */
export interface BackendsChangedView {
  readonly clock: ClockView;
  readonly service: string;
  readonly changed: readonly string[];
  /** Named, but not there. */
  readonly unknown: readonly string[];
  /** Id of its record. */
  readonly decision?: string;
}

export interface PickView extends PickWhy {
  readonly clock: ClockView;
  /** Candidates beyond those that are told of. */
  readonly omitted?: number;
  readonly service: string;
  /** `gateway`: with the loads of the gateway in this process. `registry`: as a caller that has sent nothing yet. */
  readonly loads: "gateway" | "registry";
}

/** What other policies would have made of recorded requests. Times in milliseconds; null: there is nothing to tell. */
export interface TrafficReplayView extends Replay {
  readonly clock: ClockView;
  readonly service: string;
  /** `gateway`: the latest that a gateway of this process has served. */
  readonly source: "given" | "gateway";
  /** The policy in force. */
  readonly current: PolicyName;
}

/** What became of the shares of versions. */
export interface VersionsSetView {
  readonly clock: ClockView;
  readonly service: string;
  readonly status: "decided" | "unchanged" | "busy" | "conflict";
  readonly reason?: string;
  /** As they are in force now. Absent: versions are not weighed. */
  readonly versions?: VersionsView;
  readonly decision?: DecisionSummary;
}
