import { type AlertEvent, replayAlerts } from "../../shared/core/alerting/engine.ts";
import { readAlertmanagerFile } from "../../shared/core/alerting/settings/read.ts";
import type { AlertmanagerSettings } from "../../shared/core/alerting/types.ts";
import { DAY_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { randomOf } from "../../test/peers/promql-data.ts";

const BEGIN = Date.UTC(2026, 5, 1);
const DAYS = 30;

export function settingsOf(document: object): AlertmanagerSettings {
  const read = readAlertmanagerFile(document, { text: JSON.stringify(document) });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.settings;
}

const settings = () =>
  settingsOf({
    route: {
      receiver: "default",
      group_by: ["alertname", "cluster"],
      group_wait: "30s",
      group_interval: "5m",
      repeat_interval: "4h",
      routes: [
        { matchers: ['severity="page"'], receiver: "page", continue: true },
        { matchers: ['team=~"db|stream"'], receiver: "team", mute_time_intervals: ["nights"] },
      ],
    },
    inhibit_rules: [
      { source_matchers: ['severity="page"'], target_matchers: ['severity="warn"'], equal: ["cluster", "instance"] },
    ],
    time_intervals: [
      {
        name: "nights",
        time_intervals: [{ times: [{ start_time: "00:00", end_time: "06:00" }], location: "Europe/Berlin" }],
      },
    ],
    receivers: ["default", "page", "team"].map((name) => ({
      name,
      webhook_configs: [{ url: `http://127.0.0.1:9/${name}` }],
    })),
  });

/** What 100 rules on 40 instances post in a month: alerts that begin, are posted again while they last, and end. */
function events(count: number): readonly AlertEvent[] {
  const random = randomOf(7);
  const pick = (most: number) => Math.floor(random() * most);
  const found: AlertEvent[] = [];
  while (found.length < count) {
    const from = BEGIN + pick(DAYS * 24 * 60) * MINUTE_MS;
    const labels = {
      alertname: `Rule${pick(100)}`,
      cluster: `c${pick(8)}`,
      instance: `i${pick(40)}`,
      severity: ["page", "warn", "info"][pick(3)] as string,
      team: ["db", "stream", "web"][pick(3)] as string,
    };
    const annotations = { summary: `${labels.alertname} on ${labels.instance}` };
    const lasts = 1 + pick(10);
    for (let posted = 0; posted <= lasts && found.length < count; posted += 1) {
      const at = from + posted * MINUTE_MS;
      const endsAt = posted === lasts ? at : at + 4 * MINUTE_MS;
      found.push({ at, alerts: [{ labels, annotations, startsAt: from, endsAt }] });
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** Seconds that a replay of 30 days takes, and what it told. */
export function replayMonth(count: number): { readonly seconds: number; readonly notifications: number } {
  const [config, all] = [settings(), events(count)];
  const from = performance.now();
  const { notifications } = replayAlerts(config, all, { until: BEGIN + DAYS * DAY_MS });
  return { seconds: (performance.now() - from) / 1000, notifications: notifications.length };
}
