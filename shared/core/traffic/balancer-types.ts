import type { HostLoads } from "./balance/loads.ts";
import type { TrafficConfig } from "./section.ts";
import type { Host, PickRequest, PickWhy, PolicyName } from "./types.ts";

/** What a balancer reads of a service's traffic section; what is absent has the section's default. */
export type BalancerConfig = Pick<TrafficConfig, "balance"> &
  Partial<
    Pick<
      TrafficConfig,
      "panic" | "overprovisioning" | "locality" | "localityWeights" | "zone" | "subsets" | "versions" | "slowStart"
    >
  >;

export interface BalancerOptions {
  /** Zone-aware routing: callers by zone. Absent: spread as the registered hosts are. */
  readonly localHosts?: Readonly<Record<string, number>>;
  /** Zone-aware routing: fewer healthy hosts are not split (Envoy: 6). */
  readonly minClusterSize?: number;
  /** Zone-aware routing: percent of the requests it is used for (Envoy: 100). */
  readonly routingEnabled?: number;
}

/** One level as views show it. */
export interface LevelState {
  readonly priority: number;
  /** Hosts that are not on their way out. */
  readonly hosts: number;
  readonly usable: number;
  /** Percent of the requests, and what it could take of 100. */
  readonly share: number;
  readonly health: number;
  readonly panic: boolean;
  readonly versions?: readonly { readonly version: string; readonly hosts: number; readonly share: number }[];
  /** Versions with a share whose hosts are missing here: the others have it. */
  readonly missingVersions?: readonly string[];
  readonly zones?: readonly {
    readonly zone: string;
    readonly version?: string;
    readonly hosts: number;
    readonly usable: number;
    /** Percent of the requests of this level (and version). */
    readonly share: number;
  }[];
  /** Zone-aware routing: "off", "direct" or "residual", and why. */
  readonly zoneRouting?: string;
}

export interface BalancerState {
  readonly policy: PolicyName;
  readonly hosts: number;
  /** Hosts that may take requests outside a panic. */
  readonly usable: number;
  readonly draining: number;
  readonly panic: boolean;
  readonly levels: readonly LevelState[];
  /** Where panic, missing versions and the like are told, in sentences. */
  readonly notes: readonly string[];
}

/** Decides which host takes each request; one per service and process. */
export interface Balancer {
  /** Index in `hosts`, or −1: none may be picked ({@link Balancer.why} tells). Allocates nothing in the plain case. */
  pick(request: PickRequest): number;
  /** The same decision explained; it takes no turn, and the next pick for the same request gives the same host. */
  why(request: PickRequest): PickWhy;
  /** Whether any level is in panic. */
  panic(): boolean;
  state(): BalancerState;
  /** Other states, or another list. Another list (or changed backends) needs loads of its size, see `carryOver`. */
  update(hosts: readonly Host[], loads?: HostLoads): void;
  readonly hosts: readonly Host[];
  readonly loads: HostLoads;
}
