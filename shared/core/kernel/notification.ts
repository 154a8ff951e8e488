import type { Labels } from "./labels.ts";
import type { Millis } from "./time.ts";

/** An alert as it is told of. */
/** Why a notification failed, in upstream's words (label `reason` of `alertmanager_notifications_failed_total`). */
export type FailureReason =
  | "clientError"
  | "serverError"
  | "contextDeadlineExceeded"
  | "authError"
  | "rateLimited"
  | "other";

export interface NotifiedAlert {
  /** 16 hex digits. */
  readonly fingerprint: string;
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly startsAt: Millis;
  /** Told only of a resolved one. */
  readonly endsAt: Millis;
  readonly updatedAt: Millis;
  readonly timeout: boolean;
  readonly generatorUrl: string;
  /** As it was at the flush. */
  readonly status: "firing" | "resolved";
}

/** One integration of a receiver with its settings, secrets included: never shown as it is. */
export interface NotifiedIntegration {
  /** `webhook[0]`. */
  readonly id: string;
  readonly type: string;
  readonly index: number;
  readonly sendResolved: boolean;
  readonly sendable: boolean;
  readonly settings: { readonly [name: string]: unknown };
}

/** What is to be told, to one integration. */
export interface Notification {
  /** Stays the same however often this notification is tried; another for each one. */
  readonly key: string;
  readonly integration: NotifiedIntegration;
  /** Name of the receiver. */
  readonly receiver: string;
  readonly groupKey: string;
  /** First notification, new alerts in group …: why it goes out. */
  readonly reason: string;
  /** In the order in which they are told of. Resolved ones are left out here where the integration does not want them. */
  readonly alerts: readonly NotifiedAlert[];
  readonly groupLabels: Labels;
  /** Labels of the route, templates in them already rendered. */
  readonly routeLabels: Labels;
  /** Alerts of the group that are not in `alerts` because there are too many. Default 0. */
  readonly truncated?: number;
  readonly flushAt: Millis;
  /** Nothing is begun past it, and what runs is broken off. */
  readonly deadline: Millis;
  /** Where people reach this installation, without a slash at its end. */
  readonly externalUrl: string;
  /** Signed addresses for people; shown where the format has room for them. */
  readonly links?: { readonly ack: string; readonly silence: string };
  /** What the last delivery to this integration about this group left to be given again (`Delivered.store`). */
  readonly store?: Readonly<Record<string, string | number>>;
}
