import { iso, type Millis } from "../../kernel/time.ts";
import { arnOf, consoleUrl } from "./envelope.ts";
import { hintsOf, sourceAnnotations, sourceLabels } from "./labels.ts";
import { nothing, OPEN_MS, type SourceAlert, type Sourced } from "./types.ts";

export type AlarmState = "ALARM" | "OK" | "INSUFFICIENT_DATA";

/** One metric that an alarm looks at. */
export interface AlarmMetric {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A change of an alarm's state, as EventBridge and SNS both tell it. */
export interface AlarmNews {
  readonly arn: string;
  readonly name: string;
  readonly account: string;
  readonly description: string;
  readonly state: AlarmState;
  readonly reason: string;
  /** When it came into this state. */
  readonly at: Millis;
  readonly previous?: { readonly state: AlarmState; readonly at?: Millis };
  /** Those that are measured; an alarm over other alarms has none. */
  readonly metrics: readonly AlarmMetric[];
  /** Rule of an alarm over other alarms. */
  readonly rule?: string;
  readonly suppressedBy?: string;
}

export interface CloudwatchOptions {
  /** Alarms that scale something are not alerts, unless this says so: Headgate's of services, and Application Auto Scaling's. */
  readonly scalingAlarms?: boolean;
  /**
   * What an alarm without data is. `hold` (default): nothing is known, so what was firing still does and what was not does not.
   * `alert`: an alert of its own, `state="INSUFFICIENT_DATA"`, until the alarm has data again.
   */
  readonly insufficientData?: "hold" | "alert";
}

/** Names of alarms that are Headgate's own, on services or for rules, and of those it keeps on itself. */
const OURS = /^headgate\//;
const RULES = /^headgate\/[^/]+\/[^/]+\/(rule|part)\//;
const SCALING = /^TargetTracking-/;

/** Why an alarm's changes are no alerts; undefined where they are. */
export function notAlerting(name: string, { scalingAlarms = false }: CloudwatchOptions): string | undefined {
  if (RULES.test(name)) return `${name} stands for a rule, which sends its own alerts`;
  if (scalingAlarms) return undefined;
  if (OURS.test(name)) return `${name} wakes autoscaling`;
  return SCALING.test(name) ? `${name} scales a target` : undefined;
}

/** Severity of an alarm whose description names none. */
export const DEFAULT_SEVERITY = "warning";

function labelsOf(news: AlarmNews, extra: Readonly<Record<string, string>>) {
  const arn = arnOf(news.arn);
  const { severity = DEFAULT_SEVERITY, ...hints } = hintsOf(news.description);
  const [metric] = news.metrics;
  // Of several metrics none is the alarm's: labels of the first would change when they are put in another order.
  const one = news.metrics.length === 1 ? metric : undefined;
  const dimensions = Object.entries(one?.dimensions ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return sourceLabels(
    {
      alertname: news.name,
      severity,
      source: "cloudwatch",
      region: arn?.region,
      account: news.account || arn?.account,
      ...extra,
      namespace: one?.namespace,
      metric: one?.name,
    },
    { ...hints, ...Object.fromEntries(dimensions.map(([name, value]) => [`dimension_${name}`, value])) },
  );
}

function alertOf(news: AlarmNews, startsAt: Millis, endsAt: Millis, extra: Readonly<Record<string, string>> = {}) {
  const arn = arnOf(news.arn);
  const region = arn?.region ?? "";
  const page = `cloudwatch/home?region=${region}#alarmsV2:alarm/${encodeURIComponent(news.name)}`;
  return {
    labels: labelsOf(news, extra),
    annotations: sourceAnnotations({
      summary: `${news.name} is in ${news.state}`,
      description: news.description,
      reason: news.reason,
      rule: news.rule,
      actions_suppressed_by: news.suppressedBy,
    }),
    startsAt: iso(startsAt),
    endsAt: iso(endsAt),
    generatorURL: consoleUrl(arn?.partition ?? "", region, page),
  } satisfies SourceAlert;
}

const firing = (news: AlarmNews, extra?: Readonly<Record<string, string>>) =>
  alertOf(news, news.at, news.at + OPEN_MS, extra);
const NO_DATA = { state: "INSUFFICIENT_DATA" };

/** Ends what the alarm fired. It began when its previous state did, where that is known. */
const over = (news: AlarmNews, at: Millis, extra?: Readonly<Record<string, string>>) =>
  alertOf(news, Math.min(news.previous?.at ?? at, at), at, extra);

/** Alerts of a change of state. OK ends the alert with the same labels, also after a time without data. */
export function alarmAlerts(news: AlarmNews, options: CloudwatchOptions): Sourced {
  const why = notAlerting(news.name, options);
  if (why !== undefined) return nothing(why);
  const { insufficientData = "hold" } = options;
  if (news.state === "INSUFFICIENT_DATA" && insufficientData === "hold")
    return nothing(`${news.name} has no data, which says neither that it fires nor that it does not`);
  const hadNone = insufficientData === "alert" && news.previous?.state === "INSUFFICIENT_DATA";
  const alerts =
    news.state === "ALARM"
      ? [firing(news), ...(hadNone ? [over(news, news.at, NO_DATA)] : [])]
      : news.state === "OK"
        ? [over(news, news.at), ...(hadNone ? [over(news, news.at, NO_DATA)] : [])]
        : [firing(news, NO_DATA)];
  return { kind: "alerts", at: news.at, alerts };
}

/** The alarm as it was before is no more: it was deleted, or changed so that its labels are others. */
export function alarmGone(before: AlarmNews, at: Millis): readonly SourceAlert[] {
  return [over(before, at)];
}

/** Whether two descriptions of an alarm give the same alert. */
export const sameAlert = (a: AlarmNews, b: AlarmNews): boolean =>
  JSON.stringify(labelsOf(a, {})) === JSON.stringify(labelsOf(b, {}));
