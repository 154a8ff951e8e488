import type * as views from "./views.ts";
import type * as alertingViews from "./views-alerting.ts";
import type * as pastViews from "./views-notifications.ts";

const now = 1_767_571_260_000;
const clock: views.ClockView = { now, speed: 1, simulated: false };
const group = "grp_8bc1a0ad4e9f6c1157c4f2a8d1b9e603";
const groupKey = '{}/{severity="page"}:{alertname="KafkaDown"}';
const labels = { alertname: "KafkaDown", instance: "kafka-exporter:9308", severity: "page" };

const alert: alertingViews.RoutedAlertView = {
  fingerprint: "57c4f2a8d1b9e603",
  labels,
  annotations: { summary: "Kafka broker is down" },
  startsAt: now - 90_000,
  endsAt: now + 210_000,
  updatedAt: now - 30_000,
  timeout: true,
  state: "firing",
  groups: [{ id: group, receiver: "oncall" }],
};

const silence: alertingViews.SilenceView = {
  id: "0f3a9c21-b7d4-4c1e-9a55-2d7e8c6b1a90",
  state: "active",
  matcherSets: [[{ name: "alertname", op: "=", value: "KafkaDown" }]],
  startsAt: now,
  endsAt: now + 7_200_000,
  updatedAt: now,
  createdBy: "ada",
  comment: "planned work",
  annotations: {},
  untilResolved: false,
  matches: 1,
};

const notification: pastViews.NotificationView = {
  id: "9a1c0d7be2f48356",
  decision: "dec_01ke5q8v50xm2w7t4h9c3b6ndr",
  at: now - 60_000,
  receiver: "oncall",
  integration: "webhook[0]",
  group,
  groupKey,
  groupLabels: { alertname: "KafkaDown" },
  reason: "first notification",
  status: "firing",
  firing: 1,
  resolved: 0,
  alerts: [{ fingerprint: alert.fingerprint, labels, status: "firing" }],
  outcome: "done",
  deliveries: [{ at: now - 59_900, status: "done", detail: "oncall/webhook[0]: HTTP 200" }],
};

/** Examples of the answers of /api/v1/alerting. */
export const alertingExamples = {
  RoutedAlerts: {
    clock,
    counts: { firing: 1, suppressed: 0, acknowledged: 0, resolved: 0 },
    items: [alert],
  } satisfies alertingViews.RoutedAlertsView,
  SilenceSet: { clock, id: silence.id, silence } satisfies alertingViews.SilenceSetView,
  SilencePreview: {
    clock,
    hides: 1,
    total: 1,
    alerts: [alert],
    receivers: ["oncall"],
    warnings: [],
  } satisfies alertingViews.SilencePreviewView,
  Notifications: { clock, items: [notification] } satisfies pastViews.NotificationsView,
  Acknowledged: {
    clock,
    groups: [group],
    decisions: ["dec_01ke5q8v50xm2w7t4h9c3b6ndr"],
  } satisfies alertingViews.AcknowledgedView,
  TestNotification: {
    clock,
    receiver: "oncall",
    items: [{ integration: "webhook[0]", ok: true, detail: "HTTP 200" }],
  } satisfies alertingViews.TestNotificationView,
} as const;
