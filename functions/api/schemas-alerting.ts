import * as v from "valibot";
import { Clock, instant, opt, type Shape } from "./schemas-common.ts";
import type * as views from "./views-alerting.ts";
import type * as past from "./views-notifications.ts";

const labels = v.record(v.string(), v.string());
const text = v.string();
const count = v.number();
const texts = v.array(text);
const state = v.picklist(["firing", "suppressed", "acknowledged", "resolved"]);
const status = v.picklist(["firing", "resolved"]);
const outcome = v.picklist(["done", "refused", "superseded", "failed", "skipped", "pending"]);
const Matcher = v.strictObject({
  name: text,
  op: v.picklist(["=", "!=", "=~", "!~"]),
  value: text,
}) satisfies Shape<views.MatcherView>;
const acknowledged = v.strictObject({ by: text, at: instant, comment: opt(text) });
const silencedBy = v.strictObject({ id: text, createdBy: text, comment: text, endsAt: instant });
const integrationKind = { id: text, type: text, sendResolved: v.boolean(), sendable: v.boolean() };

const RoutedAlert = v.strictObject({
  fingerprint: text,
  labels,
  annotations: labels,
  startsAt: instant,
  endsAt: instant,
  updatedAt: instant,
  timeout: v.boolean(),
  generatorUrl: opt(text),
  state,
  suppressedBy: opt(
    v.strictObject({
      inhibitedBy: v.array(v.strictObject({ fingerprint: text, labels: opt(labels) })),
      mutedBy: texts,
      silencedBy: v.array(silencedBy),
      cooldownUntil: opt(instant),
    }),
  ),
  acknowledged: opt(acknowledged),
  groups: v.array(v.strictObject({ id: text, receiver: text })),
}) satisfies Shape<views.RoutedAlertView>;

const AlertGroup = v.strictObject({
  id: text,
  groupKey: text,
  receiver: text,
  labels,
  routeLabels: labels,
  routeId: text,
  timing: v.strictObject({ groupWaitMs: count, groupIntervalMs: count, repeatIntervalMs: count }),
  openedAt: opt(instant),
  lastFlushAt: opt(instant),
  nextFlushAt: opt(instant),
  mutedBy: texts,
  counts: v.strictObject({ firing: count, suppressed: count, resolved: count }),
  acknowledged: opt(acknowledged),
  escalation: opt(v.strictObject({ to: text, at: instant, done: v.boolean() })),
  integrations: v.array(
    v.strictObject({
      ...integrationKind,
      lastAt: opt(instant),
      lastReason: opt(text),
      lastFiring: opt(count),
      lastResolved: opt(count),
      repeatAt: opt(instant),
    }),
  ),
  alerts: v.array(RoutedAlert),
}) satisfies Shape<views.AlertGroupView>;

const RouteStep = v.strictObject({
  key: text,
  id: text,
  receiver: text,
  matchers: v.array(Matcher),
  depth: count,
  result: v.picklist(["chosen", "passed", "refused", "skipped"]),
  why: text,
}) satisfies Shape<views.RouteStepView>;

const Notification = v.strictObject({
  id: text,
  decision: text,
  at: instant,
  receiver: text,
  integration: text,
  group: text,
  groupKey: text,
  groupLabels: labels,
  reason: text,
  status,
  firing: count,
  resolved: count,
  alerts: v.array(v.strictObject({ fingerprint: text, labels, status })),
  outcome,
  deliveries: v.array(v.strictObject({ at: instant, status: outcome, detail: text })),
}) satisfies Shape<past.NotificationView>;

const ranges = v.array(v.strictObject({ begin: count, end: count }));
const Silence = v.strictObject({
  id: text,
  state: v.picklist(["active", "pending", "expired"]),
  matcherSets: v.array(v.array(Matcher)),
  startsAt: instant,
  endsAt: instant,
  updatedAt: instant,
  createdBy: text,
  comment: text,
  annotations: labels,
  untilResolved: v.boolean(),
  recurs: opt(
    v.array(
      v.strictObject({
        times: opt(ranges),
        weekdays: opt(ranges),
        daysOfMonth: opt(ranges),
        months: opt(ranges),
        years: opt(ranges),
        location: opt(text),
      }),
    ),
  ),
  remind: opt(v.strictObject({ beforeMs: count, receiver: text })),
  matches: count,
}) satisfies Shape<views.SilenceView>;

const Route: v.GenericSchema<views.RouteView> = v.strictObject({
  id: text,
  key: text,
  receiver: text,
  matchers: v.array(Matcher),
  continue: v.boolean(),
  groupBy: texts,
  groupWaitMs: count,
  groupIntervalMs: count,
  repeatIntervalMs: count,
  muteTimeIntervals: texts,
  activeTimeIntervals: texts,
  labels,
  groups: count,
  routes: v.array(v.lazy(() => Route)),
});

const replayed = {
  at: instant,
  receiver: text,
  integration: text,
  groupKey: text,
  reason: text,
  status,
  alerts: count,
};
const Replayed = v.strictObject(replayed) satisfies Shape<past.ReplayedNotificationView>;
const counts = v.strictObject({ notifications: count, byReceiver: v.record(text, count) });

/** Shapes of /api/v1/alerting, by the name they have in the document. */
export const alertingShapes = {
  RoutedAlert,
  RoutedAlerts: v.strictObject({
    clock: Clock,
    counts: v.strictObject({ firing: count, suppressed: count, acknowledged: count, resolved: count }),
    items: v.array(RoutedAlert),
    cursor: opt(text),
  }) satisfies Shape<views.RoutedAlertsView>,
  AlertGroup,
  AlertGroups: v.strictObject({
    clock: Clock,
    items: v.array(AlertGroup),
    cursor: opt(text),
  }) satisfies Shape<views.AlertGroupsView>,
  RouteStep,
  Notification,
  Notifications: v.strictObject({
    clock: Clock,
    items: v.array(Notification),
    cursor: opt(text),
  }) satisfies Shape<past.NotificationsView>,
  AlertExplanation: v.strictObject({
    clock: Clock,
    alert: RoutedAlert,
    explanation: texts,
    routes: v.array(RouteStep),
    groups: v.array(AlertGroup),
    comments: v.array(v.strictObject({ by: text, at: instant, text })),
    notifications: v.array(Notification),
  }) satisfies Shape<views.AlertExplanationView>,
  Silence,
  Silences: v.strictObject({ clock: Clock, items: v.array(Silence) }) satisfies Shape<views.SilencesView>,
  SilenceSet: v.strictObject({ clock: Clock, id: text, silence: Silence }) satisfies Shape<views.SilenceSetView>,
  SilencePreview: v.strictObject({
    clock: Clock,
    hides: count,
    total: count,
    alerts: v.array(RoutedAlert),
    receivers: texts,
    warnings: texts,
  }) satisfies Shape<views.SilencePreviewView>,
  Route,
  AlertRoutes: v.strictObject({
    clock: Clock,
    file: text,
    version: text,
    route: Route,
    receivers: v.array(v.strictObject({ name: text, integrations: v.array(v.strictObject(integrationKind)) })),
    timeIntervals: v.array(v.strictObject({ name: text, active: v.boolean() })),
  }) satisfies Shape<views.AlertRoutesView>,
  RouteTest: v.strictObject({
    clock: Clock,
    receivers: texts,
    routes: v.array(
      v.strictObject({
        id: text,
        key: text,
        receiver: text,
        groupBy: texts,
        groupKey: text,
        mutedBy: texts,
        firstFlushAt: instant,
      }),
    ),
    steps: v.array(RouteStep),
    inhibitedBy: texts,
    silencedBy: v.array(silencedBy),
  }) satisfies Shape<views.RouteTestView>,
  TestNotification: v.strictObject({
    clock: Clock,
    receiver: text,
    items: v.array(v.strictObject({ integration: text, ok: v.boolean(), detail: text })),
  }) satisfies Shape<views.TestNotificationView>,
  Acknowledged: v.strictObject({
    clock: Clock,
    groups: texts,
    decisions: texts,
  }) satisfies Shape<views.AcknowledgedView>,
  Escalations: v.strictObject({
    clock: Clock,
    items: v.array(
      v.strictObject({
        group: text,
        groupKey: text,
        receiver: text,
        to: text,
        at: instant,
        done: v.boolean(),
        acknowledged: opt(acknowledged),
      }),
    ),
  }) satisfies Shape<past.EscalationsView>,
  AlertStats: v.strictObject({
    clock: Clock,
    from: instant,
    to: instant,
    readFrom: instant,
    notifications: count,
    failed: count,
    incidents: count,
    mttaMs: opt(count),
    mttrMs: opt(count),
    noise: v.array(
      v.strictObject({
        alertname: text,
        notifications: count,
        incidents: count,
        acknowledged: count,
        ignoredShare: count,
        flapping: count,
        medianMs: opt(count),
      }),
    ),
    receivers: v.array(v.strictObject({ receiver: text, integration: text, sent: count, failed: count })),
  }) satisfies Shape<past.AlertStatsView>,
  AlertEvents: v.strictObject({
    clock: Clock,
    items: v.array(v.unknown()),
    cursor: opt(text),
  }) satisfies Shape<past.AlertEventsView>,
  AlertReplay: v.strictObject({
    clock: Clock,
    from: instant,
    to: instant,
    events: count,
    same: v.boolean(),
    before: counts,
    after: counts,
    missing: v.array(Replayed),
    added: v.array(Replayed),
    moved: v.array(v.strictObject({ ...replayed, before: instant })),
    elapsedMs: count,
  }) satisfies Shape<past.AlertReplayView>,
} as const;
