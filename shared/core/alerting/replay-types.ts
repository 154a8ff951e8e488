import type { Labels } from "../kernel/labels.ts";
import type { DurationMs, Millis } from "../kernel/time.ts";
import type { PostedAlert } from "./merge.ts";
import type { PostedSilence } from "./silence-read.ts";
import type { AlertingConfig, AlertmanagerSettings, NotifyReason } from "./types.ts";

/** What reached the API, one after the other. Events of one instant count in the order given, before flushes of that instant. */
export type AlertEvent =
  /** `refused`: why others of the batch are no alerts, in upstream's words. */
  | { readonly at: Millis; readonly alerts: readonly PostedAlert[]; readonly refused?: readonly string[] }
  | { readonly at: Millis; readonly silence: PostedSilence }
  /** Id of a silence that ends. */
  | { readonly at: Millis; readonly expire: string }
  /** A new configuration is loaded. */
  | { readonly at: Millis; readonly config: AlertmanagerSettings | AlertingConfig };

/** One alert of a notification. */
export interface ToldAlert {
  readonly fingerprint: string;
  readonly status: "firing" | "resolved";
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  /** Only of a resolved one. */
  readonly endsAt?: Millis;
  readonly generatorUrl: string;
}

/** One notification to one integration, as it would have gone out. */
export interface ReplayedNotification {
  readonly at: Millis;
  readonly receiver: string;
  /** `webhook[0]`. */
  readonly integration: string;
  readonly groupKey: string;
  readonly reason: NotifyReason;
  readonly status: "firing" | "resolved";
  /** In the order in which they are told of. */
  readonly alerts: readonly ToldAlert[];
}

export interface ReplayOptions {
  /** The replay ends here (inclusive). Default: when nothing is left to happen, a day after the last event at the latest. */
  readonly until?: Millis;
  /** When the process began, which its housekeeping counts from. Default: the first event. */
  readonly from?: Millis;
  /** No flush before `from` + this. Upstream: `--dispatch.start-delay`. */
  readonly startDelayMs?: DurationMs;
  /** Whether a delivery fails for good. Default: none does. */
  readonly fails?: (notification: Omit<ReplayedNotification, "alerts" | "status">) => boolean;
  /** Called for each group that is looked at, with why its alerts are told of or not. For tests of a configuration. */
  readonly onFlush?: (flush: ReplayedFlush) => void;
}

/** What one flush of a group saw and decided. */
export interface ReplayedFlush {
  readonly at: Millis;
  readonly receiver: string;
  readonly groupKey: string;
  readonly reason: string;
  readonly held?: { readonly by: "active" | "mute"; readonly intervals: readonly string[] };
  readonly alerts: readonly {
    readonly labels: Labels;
    readonly status: "firing" | "resolved";
    readonly inhibitedBy?: readonly string[];
    readonly silencedBy?: readonly string[];
    readonly cooldownUntil?: Millis;
  }[];
}

export interface Replay {
  readonly notifications: readonly ReplayedNotification[];
  /** Events that the API would have refused, with why. */
  readonly refused: readonly { readonly at: Millis; readonly message: string }[];
  readonly from: Millis;
  readonly until: Millis;
  readonly counts: {
    readonly events: number;
    readonly alerts: number;
    readonly groups: number;
    readonly flushes: number;
  };
}
