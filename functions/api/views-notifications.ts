import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ClockView } from "./views.ts";
import type { AcknowledgementView } from "./views-alerting.ts";

type Labels = Readonly<Record<string, string>>;

/** One try to deliver a notification. */
export interface DeliveryView {
  readonly at: Millis;
  readonly status: "done" | "refused" | "superseded" | "failed" | "skipped" | "pending";
  /** What the receiver answered, one sentence. */
  readonly detail: string;
}

/** A notification that was sent or that was to be sent. */
export interface NotificationView {
  readonly id: string;
  /** Its decision, for /api/v1/decisions/{id}. */
  readonly decision: string;
  readonly at: Millis;
  readonly receiver: string;
  readonly integration: string;
  readonly group: string;
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly reason: string;
  readonly status: "firing" | "resolved";
  readonly firing: number;
  readonly resolved: number;
  /** A sample of its alerts, at most fifty. */
  readonly alerts: readonly {
    readonly fingerprint: string;
    readonly labels: Labels;
    readonly status: "firing" | "resolved";
  }[];
  readonly outcome: DeliveryView["status"];
  readonly deliveries: readonly DeliveryView[];
}

export interface NotificationsView {
  readonly clock: ClockView;
  readonly items: readonly NotificationView[];
  readonly cursor?: string;
}

export interface EscalationsView {
  readonly clock: ClockView;
  /** The soonest first. */
  readonly items: readonly {
    readonly group: string;
    readonly groupKey: string;
    readonly receiver: string;
    readonly to: string;
    readonly at: Millis;
    readonly done: boolean;
    readonly acknowledged?: AcknowledgementView;
  }[];
}

/** How alerting did in a time. Absent figures: there was nothing to measure. */
export interface AlertStatsView {
  readonly clock: ClockView;
  readonly from: Millis;
  readonly to: Millis;
  /** The time was longer than could be read: figures begin here. */
  readonly readFrom: Millis;
  readonly notifications: number;
  readonly failed: number;
  readonly incidents: number;
  /** First notification to acknowledgement, mean. */
  readonly mttaMs?: number;
  /** First notification to all resolved, mean. */
  readonly mttrMs?: number;
  /** Noisiest first. */
  readonly noise: readonly {
    readonly alertname: string;
    readonly notifications: number;
    readonly incidents: number;
    readonly acknowledged: number;
    /** Incidents nobody acknowledged or commented: 0..1. */
    readonly ignoredShare: number;
    /** Incidents that came back within an hour of their end, per incident: 0..1. */
    readonly flapping: number;
    readonly medianMs?: number;
  }[];
  readonly receivers: readonly {
    readonly receiver: string;
    readonly integration: string;
    readonly sent: number;
    readonly failed: number;
  }[];
}

/** What was posted, as replay reads it. */
export interface AlertEventsView {
  readonly clock: ClockView;
  readonly items: readonly unknown[];
  readonly cursor?: string;
}

export interface ReplayedNotificationView {
  readonly at: Millis;
  readonly receiver: string;
  readonly integration: string;
  readonly groupKey: string;
  readonly reason: string;
  readonly status: "firing" | "resolved";
  readonly alerts: number;
}

/** Recorded alerts played against a candidate, beside the file in force. */
export interface AlertReplayView {
  readonly clock: ClockView;
  readonly from: Millis;
  readonly to: Millis;
  readonly events: number;
  /** Whether both send the same. */
  readonly same: boolean;
  readonly before: { readonly notifications: number; readonly byReceiver: Readonly<Record<string, number>> };
  readonly after: { readonly notifications: number; readonly byReceiver: Readonly<Record<string, number>> };
  /** Sent today, not with the candidate; the first thousand. */
  readonly missing: readonly ReplayedNotificationView[];
  readonly added: readonly ReplayedNotificationView[];
  /** Sent by both, at another time: `before` is when the file in force sends it. */
  readonly moved: readonly (ReplayedNotificationView & { readonly before: Millis })[];
  readonly elapsedMs: number;
}
