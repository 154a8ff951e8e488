import type { Alert } from "../kernel/alert.ts";
import { hash64 } from "../kernel/hash.ts";
import { type DurationMs, MINUTE_MS, type Millis } from "../kernel/time.ts";
import { type ActiveAlert, RESOLVED_RETENTION_MS, type SeenAlert } from "./alert-state.ts";
import type { NotifyAction, RuleConfig, RuleState } from "./rule-types.ts";

/** Firing and resolved alerts are sent again after so long (Prometheus, `--rules.alert.resend-delay`). */
const RESEND_MS: DurationMs = MINUTE_MS;

/**
 * A firing alert as it is sent. Its end lies ahead: a receiver that hears nothing more takes it for over then. Four times the
 * resend delay, or the interval where that is longer (Prometheus, AlertingRule.sendAlerts), so that three may get lost.
 */
export function alertOf(config: RuleConfig, alert: ActiveAlert, at: Millis): Alert {
  const labels = { ...config.externalLabels, ...alert.labels };
  return {
    labels,
    annotations: alert.annotations ?? {},
    startsAt: alert.firedAt ?? alert.activeAt,
    endsAt: alert.resolvedAt ?? at + 4 * Math.max(config.intervalMs, RESEND_MS),
  };
}

/** The action for alerts that have just begun to fire or ended; none for none. */
export function notify(config: RuleConfig, alerts: readonly ActiveAlert[], at: Millis): readonly NotifyAction[] {
  if (alerts.length === 0) return [];
  const sent = alerts.map((alert) => alertOf(config, alert, at));
  const what = sent.map(({ labels, startsAt }, index) => JSON.stringify([labels, startsAt, alerts[index]?.state]));
  return [{ type: "notify", key: `notify/${config.subject}/${at}/${hash64(what.sort().join("\n"))}`, alerts: sent }];
}

/**
 * Alerts that are due to be sent again at an evaluation: one minute, two minutes … after they began to fire (or ended, for a
 * quarter of an hour). The state need not remember when, because it follows from the two evaluations.
 *
 * @param seen with them, firing alerts are sent with the values and annotations of now
 */
export function resends(
  config: RuleConfig,
  state: RuleState,
  previousAt: Millis | undefined,
  at: Millis,
  seen?: ReadonlyMap<string, SeenAlert>,
): readonly Alert[] {
  if (previousAt === undefined || previousAt >= at) return [];
  const sent = config.kind === "metric-path" ? new Set(state.notified ?? []) : undefined;
  return Object.entries(state.alerts).flatMap(([key, alert]) => {
    const since = alert.state === "firing" ? alert.firedAt : alert.state === "resolved" ? alert.resolvedAt : undefined;
    if (since === undefined || since > previousAt || (sent && !sent.has(key))) return [];
    if (alert.state === "resolved" && at - since > RESOLVED_RETENTION_MS) return [];
    if (Math.floor((at - since) / RESEND_MS) === Math.floor((previousAt - since) / RESEND_MS)) return [];
    const now = alert.state === "firing" ? seen?.get(key) : undefined;
    return [alertOf(config, now ? { ...alert, annotations: now.annotations() } : alert, at)];
  });
}
