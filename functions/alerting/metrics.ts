import { resolvedAt } from "../../shared/core/alerting/merge.ts";
import { silenceState } from "../../shared/core/alerting/silences.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { VERSION } from "../../shared/shell/version.ts";
import { alertingOf } from "./context.ts";
import { liveOf } from "./live.ts";
import { shownOf } from "./views-live.ts";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

const line = (name: string, [labels, value]: Sample): string => {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
};

const gauge = (name: string, help: string, samples: readonly Sample[]): readonly string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} gauge`,
  ...samples.map((sample) => line(name, sample)),
];

/** A count that takes longer is kept for a while, so that scrapes cost a twentieth of the time at most. Real ms. */
const CHEAP_MS = 500;
const KEPT_FOR = 20;
const KEPT_MOST_MS = MINUTE_MS;

interface Kept {
  readonly text: Promise<string>;
  until: Millis;
}
const kept = new WeakMap<object, Map<string, Kept>>();

/**
 * The state of things for dashboards. With tens of thousands of alerts it takes seconds to count them: then it is what was counted up
 * to a minute ago, and scrapes at the same moment count once.
 *
 * @throws HeadgateError of store and objects
 */
export async function alertmanagerMetrics(runtime: Runtime, tenant: string): Promise<string> {
  let byTenant = kept.get(runtime.store);
  if (!byTenant) kept.set(runtime.store, (byTenant = new Map()));
  const known = byTenant.get(tenant);
  const began = runtime.now();
  if (known && began < known.until) return known.text;
  const made: Kept = { text: counted(runtime, tenant), until: Number.POSITIVE_INFINITY };
  byTenant.set(tenant, made);
  try {
    const text = await made.text;
    const now = runtime.now();
    const tookMs = (now - began) / runtime.speed;
    const keepMs = tookMs < CHEAP_MS ? 0 : Math.min(KEPT_MOST_MS, tookMs * KEPT_FOR);
    made.until = now + keepMs * runtime.speed;
    return text;
  } catch (error) {
    made.until = Number.NEGATIVE_INFINITY;
    throw error;
  }
}

/**
 * What dashboards for Alertmanager ask of the state of things, under upstream's names; empty where no alerts are routed. What is
 * counted as it happens (alerts received, notifications) stands among the process's own counters.
 */
async function counted(runtime: Runtime, tenant: string): Promise<string> {
  if (!(await alertingOf(runtime, tenant))) return "";
  const live = await liveOf(runtime, tenant);
  const { settings } = live.alerting.config;
  const rows = [...shownOf(live).rows.values()].filter((row) => !resolvedAt(row, live.now));
  const suppressed = rows.filter((row) => {
    const { silencedBy, inhibitedBy } = live.suppressed(row.labels);
    return silencedBy.length + inhibitedBy.length > 0;
  }).length;
  const silences = (state: string): number =>
    live.silences.filter((one) => silenceState(one, live.now) === state).length;
  const integrations = Map.groupBy(
    settings.receivers.flatMap((receiver) => receiver.integrations),
    ({ type }) => type,
  );
  return [
    gauge("alertmanager_alerts", "How many alerts by state.", [
      [{ state: "active" }, rows.length - suppressed],
      [{ state: "suppressed" }, suppressed],
      [{ state: "unprocessed" }, 0],
    ]),
    gauge("alertmanager_build_info", "A constant 1 with what answers here.", [
      [{ branch: "headgate", goversion: "", revision: VERSION, version: "0.34.2" }, 1],
    ]),
    gauge("alertmanager_cluster_enabled", "Whether there is a cluster of processes.", [[{}, 0]]),
    // Only a configuration that was read without a fault is ever in force.
    gauge(
      "alertmanager_config_last_reload_successful",
      "Whether the configuration in force was read without a fault.",
      [[{}, 1]],
    ),
    gauge("alertmanager_dispatcher_aggregation_groups", "Number of active aggregation groups", [
      [{}, live.groups.length],
    ]),
    gauge("alertmanager_inhibition_rules", "Number of configured inhibition rules.", [
      [{}, settings.inhibitRules.length],
    ]),
    gauge(
      "alertmanager_integrations",
      "Number of configured integrations.",
      [...integrations].map(([integration, some]): Sample => [{ integration }, some.length]),
    ),
    gauge("alertmanager_receivers", "Number of configured receivers.", [[{}, settings.receivers.length]]),
    gauge("alertmanager_silences", "How many silences by state.", [
      [{ state: "active" }, silences("active")],
      [{ state: "expired" }, silences("expired")],
      [{ state: "pending" }, silences("pending")],
    ]),
  ]
    .flat()
    .map((text) => `${text}\n`)
    .join("");
}
