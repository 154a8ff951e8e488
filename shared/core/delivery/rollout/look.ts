import type { Millis } from "../../kernel/time.ts";

/** One version as the machine sees it: port Releases without what does not decide. */
export interface VersionLook {
  readonly version: string;
  readonly slot?: string;
  readonly desired: number;
  readonly pending: number;
  readonly running: number;
  readonly ready: number;
  readonly failures: number;
  readonly attempts: number;
  readonly trouble?: string;
  readonly hopeless?: boolean;
  readonly responseMs?: number;
  /** At most 20 lines; given only where the version is not well. */
  readonly logs?: readonly string[];
}

/** What is really there. Every member that is absent could not be read: hold on what depends on it. */
export interface RolloutLook {
  readonly kind: "look";
  readonly versions?: readonly VersionLook[];
  readonly stable?: string;
  /** Shares in force where traffic is divided, percent by version, as read back; absent: nobody divides or it cannot be read. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Whether shares can be set for this service at all. */
  readonly divides: boolean;
  /** Intervals since `judgedUntil`, oldest first, of the new version and the old one. */
  readonly counts?: readonly {
    readonly from: Millis;
    readonly to: Millis;
    readonly canary?: { requests: number; errors: number; slow?: number; p99Ms?: number };
    readonly baseline?: { requests: number; errors: number; slow?: number; p99Ms?: number };
  }[];
  /** Ticks of the old version before the rollout; asked for until the gate has begun. */
  readonly history?: readonly { requests: number; errors: number; slow?: number; p99Ms?: number }[];
  /** Bound of `slow` in `history`, ms; counts from then on are asked for with it. */
  readonly slowMs?: number;
  /** Alerts that are configured to stop a rollout and fire now. */
  readonly alerts?: readonly string[];
  /** What could not be read, sentences. */
  readonly failures?: readonly string[];
}
