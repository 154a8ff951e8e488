import { type AlertEvent, replayAlerts } from "../../shared/core/alerting/engine.ts";
import { readAlertmanagerFile } from "../../shared/core/alerting/settings/read.ts";
import { readSilence } from "../../shared/core/alerting/silence-read.ts";
import type { AlertmanagerSettings } from "../../shared/core/alerting/types.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { LINE_MS, type Line, linesConfig, reloadAt, stepsOf } from "./alertmanager-lines.ts";
import type { Told } from "./alertmanager-lines-run.ts";

function settingsOf(text: string): AlertmanagerSettings {
  const read = readAlertmanagerFile(JSON.parse(text), { text });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.settings;
}

const instant = (text: string | undefined): Millis | undefined => (text === undefined ? undefined : Date.parse(text));

/** The same line in virtual time. */
export function replayLine(
  name: string,
  line: Line,
  { base, turn, reload }: { readonly base: Millis; readonly turn: Millis; readonly reload: boolean },
): readonly Told[] {
  const settings = (part: "tree" | "later") =>
    settingsOf(linesConfig([[name, line[part]]], "http://127.0.0.1:9", turn));
  const events: AlertEvent[] = stepsOf(name, line, base).map((step): AlertEvent => {
    if ("expire" in step) return { at: step.at, expire: step.expire };
    if ("silence" in step) {
      const read = readSilence(step.silence);
      if (!read.ok) throw new Error(read.message);
      return { at: step.at, silence: { ...read.silence, id: step.ref } };
    }
    const [startsAt, endsAt] = [instant(step.alert.startsAt), instant(step.alert.endsAt)];
    const times = { ...(startsAt === undefined ? {} : { startsAt }), ...(endsAt === undefined ? {} : { endsAt }) };
    return { at: step.at, alerts: [{ labels: step.alert.labels, annotations: {}, ...times }] };
  });
  if (reload) events.push({ at: reloadAt(base), config: settings("later") });
  events.sort((a, b) => a.at - b.at);
  const { notifications, refused } = replayAlerts(settings("tree"), events, { until: base + LINE_MS - 1, from: base });
  if (refused.length > 0) throw new Error(JSON.stringify(refused));
  return notifications.map(({ at, receiver, integration, groupKey, reason, status, alerts }) => ({
    at,
    to: `${receiver.slice(name.length + 1)}/${/\[(\d+)\]/.exec(integration)?.[1]}`,
    groupKey,
    reason,
    status,
    alerts: alerts.map((alert) => `${alert.fingerprint} ${alert.status}`).sort(),
  }));
}
