import type { Release } from "../kernel/release.ts";
import type { Millis } from "../kernel/time.ts";

/** Where the versions of a service run. `ref`s are the adapter's own addresses, from the configuration. */
export interface ReleaseTarget {
  /** Name in headgate.yaml. */
  readonly service: string;
  /**
   * ECS: one service for each of two slots (blue, green), each behind its own target group; or a single one, whose task definition is
   * replaced in place by ECS itself.
   */
  readonly ecs?: {
    readonly cluster: string;
    readonly region?: string;
    /** Slot → name of the ECS service. One slot: "only". */
    readonly slots: Readonly<Record<string, string>>;
    /** For services that are created: what a Fargate service cannot be without. */
    readonly network?: {
      readonly subnets: readonly string[];
      readonly securityGroups: readonly string[];
      readonly publicIp: boolean;
    };
    readonly executionRole?: string;
    readonly taskRole?: string;
    /** Slot → ARN of its target group. */
    readonly targetGroups?: Readonly<Record<string, string>>;
    readonly logGroup?: string;
  };
}

/** One version, as it is observed. Counts follow ECS (see FleetStatus). */
export interface VersionStatus {
  readonly version: string;
  /** ECS slot it runs in. */
  readonly slot?: string;
  readonly desired: number;
  readonly pending: number;
  readonly running: number;
  /** Running and healthy: container health, or HTTP health 200 where the adapter can ask. */
  readonly ready: number;
  /** Starts that ended or never became healthy since this version was last ensured. */
  readonly failures: number;
  /** Checks made of instances that are not ready yet, all together. */
  readonly attempts: number;
  /** Why it is not well, a sentence: image unknown, port in use, crash loop, unhealthy. */
  readonly trouble?: string;
  /** It will not get better by waiting: command not found, no such image, port taken by another program. */
  readonly hopeless?: boolean;
  /** Addresses of ready instances: "http://127.0.0.1:9001". */
  readonly addresses: readonly string[];
  readonly startedAt?: Millis;
  /** Healthy instances said so after this long, the quickest (real ms). */
  readonly responseMs?: number;
  /** JSON that its health address answered last. */
  readonly healthData?: unknown;
  /** What it printed last, oldest first, at most 20 lines, secrets taken out. Empty where the adapter cannot read them. */
  readonly logs: readonly string[];
  /** Release it was ensured with, where the adapter kept it. */
  readonly release?: Release;
}

export interface ReleasesStatus {
  /** Every version that has something: desired above zero or an instance alive. */
  readonly versions: readonly VersionStatus[];
  /** The version that the service is, as far as the adapter knows (what was last adopted, or was there first). */
  readonly stable?: string;
  readonly at: Millis;
}

export type ReleaseResult =
  /** `changed: false` when it was already so (a repeat). */
  | { readonly status: "accepted"; readonly changed: boolean; readonly detail?: string }
  /** Not possible; nothing was done. A sentence why. */
  | { readonly status: "refused"; readonly why: string };

/**
 * Versions of a service side by side. Every call is absolute and may be repeated: two calls with the same arguments leave the world as
 * one does.
 *
 * Errors: HeadgateError `releases.unavailable` (retryable).
 */
export interface Releases {
  /** Undefined: the service has nothing here yet. */
  describe(target: ReleaseTarget): Promise<ReleasesStatus | undefined>;
  /** So many instances of this version, from this release, beside whatever else runs. A version keeps its first release. */
  ensure(
    target: ReleaseTarget,
    request: { readonly release: Release; readonly count: number; readonly key: string },
  ): Promise<ReleaseResult>;
  /** Another number of instances of a version that is there (the release need not be known: the first one was never ours). */
  resize(
    target: ReleaseTarget,
    request: { readonly version: string; readonly count: number; readonly key: string },
  ): Promise<ReleaseResult>;
  /** Drains and stops every instance of the version and forgets it. A version that is not there: accepted, unchanged. */
  remove(target: ReleaseTarget, request: { readonly version: string; readonly key: string }): Promise<ReleaseResult>;
  /** From now on this version is the service: what autoscaling counts, and what comes up at the next start. */
  adopt(target: ReleaseTarget, request: { readonly version: string; readonly key: string }): Promise<ReleaseResult>;
}
