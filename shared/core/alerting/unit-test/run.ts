import type { Labels } from "../../kernel/labels.ts";
import { formatPromDuration } from "../../kernel/prometheus-duration.ts";
import { DAY_MS, HOUR_MS, type Millis } from "../../kernel/time.ts";
import { replayAlerts } from "../engine.ts";
import { labelSetText } from "../fingerprint.ts";
import { parseMatchers } from "../matchers/parse.ts";
import type { PostedAlert } from "../merge.ts";
import type { AlertEvent, ReplayedFlush, ReplayedNotification } from "../replay-types.ts";
import { compileRoutes, matchRoutes } from "../routes.ts";
import type { AlertingConfig, AlertmanagerSettings, Matcher } from "../types.ts";
import type {
  AlertTest,
  AlertTestFailure,
  AlertTestResult,
  TestAlert,
  TestEvent,
  TestNotification,
  TestSuppressed,
} from "./types.ts";

type Config = AlertingConfig | AlertmanagerSettings;

/** An alert that is sent again and again has an end that never comes. */
const NEVER_MS = 3_650 * DAY_MS;
/** A test that names no end goes on so long after its last event. */
const TAIL_MS = HOUR_MS;

const within = (wanted: Labels, labels: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => (Object.hasOwn(labels, name) ? labels[name] : "") === value);

/** Offsets as they are written in a test. */
const offset = (at: Millis): string => formatPromDuration(at);

const matchersOf = (texts: readonly string[]): readonly Matcher[] =>
  texts.flatMap((one) => {
    const read = parseMatchers(one);
    return read.ok ? read.matchers : [];
  });

function posted(alert: TestAlert, at: Millis): PostedAlert {
  const startsAt = at - (alert.age ?? 0);
  const endsAt = alert.once ? undefined : at + (alert.for ?? NEVER_MS);
  return {
    labels: alert.labels,
    annotations: alert.annotations ?? {},
    startsAt,
    ...(endsAt === undefined ? {} : { endsAt }),
  };
}

function eventOf(event: TestEvent, start: Millis, configs: ReadonlyMap<string, Config>): readonly AlertEvent[] {
  const at = start + event.at;
  switch (event.kind) {
    case "alerts":
      return [{ at, alerts: event.alerts.map((one) => posted(one, at)) }];
    case "resolve":
      return [{ at, alerts: event.resolve.map((labels) => ({ labels, annotations: {}, endsAt: at })) }];
    case "expire":
      return [{ at, expire: event.expire }];
    case "config": {
      const config = configs.get(event.config);
      return config ? [{ at, config }] : [];
    }
    case "silence": {
      const { id, matchers, for: lasts, in: later = 0, recurs } = event.silence;
      const silence = {
        ...(id === undefined ? {} : { id }),
        matcherSets: [matchersOf(matchers)],
        startsAt: at + later,
        endsAt: at + later + lasts,
        createdBy: "test",
        comment: "",
        annotations: {},
        ...(recurs ? { recurs } : {}),
      };
      return [{ at, silence }];
    }
  }
}

const describe = ({ firing, resolved }: Pick<TestNotification, "firing" | "resolved">): string =>
  [
    ...(firing.length > 0 ? [`firing ${firing.map(labelSetText).join(" ")}`] : []),
    ...(resolved.length > 0 ? [`resolved ${resolved.map(labelSetText).join(" ")}`] : []),
  ].join(", ") || "no alerts";

const sentText = (
  { at, receiver, integration, reason, alerts, groupKey }: ReplayedNotification,
  start: Millis,
): string => {
  const of = (wanted: string): readonly Labels[] =>
    alerts.filter(({ status }) => status === wanted).map(({ labels }) => labels);
  return `${offset(at - start)} ${receiver}/${integration} ${describe({ firing: of("firing"), resolved: of("resolved") })} (${reason}, group ${groupKey})`;
};

/** Whether the wanted label sets and the alerts can be paired one to one. Wanted sets are few: each takes the first that fits. */
function pairs(wanted: readonly Labels[], found: readonly Labels[]): boolean {
  if (wanted.length !== found.length) return false;
  const left = [...found];
  // The most specific ones choose first.
  return [...wanted]
    .sort((a, b) => Object.keys(b).length - Object.keys(a).length)
    .every((one) => {
      const at = left.findIndex((labels) => within(one, labels));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
}

function fits(wanted: TestNotification, sent: ReplayedNotification, start: Millis): boolean {
  const of = (status: string): readonly Labels[] =>
    sent.alerts.filter((one) => one.status === status).map(({ labels }) => labels);
  return (
    sent.at - start === wanted.at &&
    sent.receiver === wanted.receiver &&
    (wanted.integration === undefined || wanted.integration === sent.integration) &&
    (wanted.reason === undefined || wanted.reason === sent.reason) &&
    pairs(wanted.firing, of("firing")) &&
    pairs(wanted.resolved, of("resolved"))
  );
}

/** Other notifications that are told beside one that is missing. */
const MOST_TOLD = 5;

function checkNotifications(
  wanted: readonly TestNotification[],
  sent: readonly ReplayedNotification[],
  start: Millis,
): readonly AlertTestFailure[] {
  const left = [...sent];
  const missing = wanted.filter((one) => {
    const at = left.findIndex((other) => fits(one, other, start));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map((one): AlertTestFailure => {
      const { at, receiver, reason } = one;
      const near = sent
        .filter((other) => other.receiver === receiver)
        .sort((a, b) => Math.abs(a.at - start - at) - Math.abs(b.at - start - at))
        .slice(0, MOST_TOLD);
      const instead =
        near.length > 0
          ? near.map((other) => `sent: ${sentText(other, start)}`)
          : [
              `nothing was sent to ${receiver}`,
              ...sent.slice(0, MOST_TOLD).map((other) => `sent: ${sentText(other, start)}`),
            ];
      const why = reason === undefined ? "" : `, ${reason}`;
      return {
        kind: "missing",
        at,
        message: `expected at ${offset(at)} to ${receiver}: ${describe(one)}${why}`,
        instead,
      };
    }),
    ...left.map(
      (one): AlertTestFailure => ({
        kind: "unexpected",
        at: one.at - start,
        message: `not expected: ${sentText(one, start)}`,
      }),
    ),
  ];
}

/** What held an alert back at a flush: kind, and which silence, alert or interval. */
function heldBy(
  flush: ReplayedFlush,
  alert: ReplayedFlush["alerts"][number],
): { readonly by: string; readonly names: readonly string[] } {
  if (alert.inhibitedBy) return { by: "inhibition", names: alert.inhibitedBy };
  if (flush.held) return { by: flush.held.by, names: flush.held.intervals };
  if (alert.silencedBy) return { by: "silence", names: alert.silencedBy };
  return alert.cooldownUntil === undefined ? { by: "nothing", names: [] } : { by: "cooldown", names: [] };
}

function checkSuppressed(
  wanted: TestSuppressed,
  flushes: readonly ReplayedFlush[],
  start: Millis,
): readonly AlertTestFailure[] {
  const { at, alert, by, name, receiver } = wanted;
  const label = labelSetText(alert);
  const latest = new Map<string, ReplayedFlush>();
  for (const flush of flushes)
    if (
      flush.at - start <= at &&
      (receiver === undefined || flush.receiver === receiver) &&
      flush.alerts.some(({ labels }) => within(alert, labels))
    )
      latest.set(`${flush.receiver} ${flush.groupKey}`, flush);
  if (latest.size === 0)
    return [{ kind: "suppressed", at, message: `by ${offset(at)} no group with ${label} was flushed` }];
  return [...latest.values()].flatMap((flush) =>
    flush.alerts
      .filter(({ labels }) => within(alert, labels))
      .flatMap((one): readonly AlertTestFailure[] => {
        const found = heldBy(flush, one);
        if (found.by === by && (name === undefined || found.names.includes(name))) return [];
        const names = found.names.length > 0 ? ` (${found.names.join(", ")})` : "";
        const was = found.by === "nothing" ? "it is held back by nothing" : `it is held back by ${found.by}${names}`;
        const expected = `expected ${label} to be held back by ${by}${name === undefined ? "" : ` (${name})`}`;
        const where = `flush at ${offset(flush.at - start)} to ${flush.receiver}, group ${flush.groupKey}`;
        return [{ kind: "suppressed", at, message: `${expected} at ${offset(at)}`, instead: [`${was}: ${where}`] }];
      }),
  );
}

function checkRoutes(test: AlertTest, config: Config): readonly AlertTestFailure[] {
  const root = compileRoutes(("settings" in config ? config.settings : config).route);
  return test.routes.flatMap(({ labels, receivers }): readonly AlertTestFailure[] => {
    const found = matchRoutes(root, labels);
    if (found.map((route) => route.receiver).join("\n") === receivers.join("\n")) return [];
    return [
      {
        kind: "route",
        message: `expected ${labelSetText(labels)} to go to ${receivers.join(", ") || "nobody"}`,
        instead: found.map((route) => `goes to ${route.receiver} by ${route.key}`),
      },
    ];
  });
}

/**
 * Runs one test in virtual time on the replay engine. `configs`: configurations that events load, by the names they use.
 */
export function runAlertTest(
  test: AlertTest,
  config: Config,
  configs: ReadonlyMap<string, Config> = new Map(),
): AlertTestResult {
  const { start, events } = test;
  const named = [...(test.notifications ?? []), ...test.suppressed].map(({ at }) => at);
  const last = Math.max(0, ...events.map(({ at }) => at));
  const until = start + (test.until ?? Math.max(last + TAIL_MS, ...named));
  const flushes: ReplayedFlush[] = [];
  const replayed = replayAlerts(
    config,
    events.flatMap((event) => eventOf(event, start, configs)),
    { from: start, until, ...(test.suppressed.length > 0 ? { onFlush: (flush) => void flushes.push(flush) } : {}) },
  );
  const failures: readonly AlertTestFailure[] = [
    ...replayed.refused.map(({ at, message }): AlertTestFailure => ({ kind: "refused", at: at - start, message })),
    ...checkRoutes(test, config),
    ...(test.notifications ? checkNotifications(test.notifications, replayed.notifications, start) : []),
    ...test.suppressed.flatMap((one) => checkSuppressed(one, flushes, start)),
  ];
  return { name: test.name, ok: failures.length === 0, notifications: replayed.notifications.length, failures };
}
