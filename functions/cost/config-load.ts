import { autoOf } from "../../shared/core/autoscaling/auto.ts";
import type { Load, Part } from "../../shared/core/cost/self/load.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../shared/core/kernel/time.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { scoreTargetsOf } from "../anomaly/targets.ts";
import { wantedAlarms } from "../config/alarms.ts";
import { ruleAlarms } from "../monitoring/rule-alarms.ts";

/** What a configuration does not say and an estimate needs. */
export interface Assumed {
  /** Decisions that change something, for each service that is scaled, a day. Default: as on the active day of docs/deploy.md. */
  readonly decisionsPerService?: number;
  /** Alerts that are posted, rollouts, requests to the API: a day. Default: none, nobody can know. */
  readonly alerts?: number;
  readonly rollouts?: number;
  readonly requests?: number;
}

/** 994 recorded decisions of 50 services that follow a day's wave with three rushes. */
const DECISIONS_PER_SERVICE = 20;
const STAGE = "estimate";

const share = (every: number, of: number): number => (every > 0 ? of / every : 0);

function billRequests({ sources, schedule }: NonNullable<HeadgateConfig["cost"]>): number {
  const explorers = sources.filter((source) => "costExplorer" in source).length;
  if (schedule === "off") return 0;
  const reads = schedule === "hourly" ? 24 : schedule === "daily" ? 1 : DAY_MS / schedule.every;
  return explorers * reads;
}

function partsOf(config: HeadgateConfig): readonly Part[] {
  const watched = Object.values(config.traffic ?? {}).some((one) => one.health || one.discover || one.weights);
  const wanted: Readonly<Record<Part, boolean>> = {
    monitoring: config.monitoring !== undefined,
    scoring: Object.keys(config.anomaly ?? {}).length > 0,
    alerting: config.alerting !== undefined,
    traffic: watched,
    delivery: Object.keys(config.delivery ?? {}).length > 0,
    backup: Object.keys(config.backup ?? {}).length > 0,
    cost: config.cost !== undefined,
    tuning: Object.values(config.autoscaling).some(autoOf),
  };
  return (Object.keys(wanted) as Part[]).filter((part) => wanted[part]);
}

function seriesOf(config: HeadgateConfig): { readonly series: number; readonly seriesCloudwatch: number } {
  const signals = scoreTargetsOf(config).flatMap((target) => target.signals);
  const asked = signals.filter(({ query }) => query !== undefined).length;
  return { series: asked, seriesCloudwatch: signals.length - asked };
}

function rulesOf(config: HeadgateConfig): Pick<Load, "ruleGroups" | "ruleAlarms" | "compositeAlarms"> {
  const { monitoring } = config;
  if (!monitoring) return {};
  const alarms = ruleAlarms(monitoring, STAGE, STAGE).made.flatMap(({ wanted }) => wanted);
  const composite = alarms.filter((one) => "rule" in one && !("metric" in one)).length;
  return {
    ruleGroups: monitoring.prometheus ? monitoring.groups.length : 0,
    ruleAlarms: alarms.length - composite,
    compositeAlarms: composite,
  };
}

/** What a configuration asks of Headgate once it is deployed with every part that it needs. */
export function configLoad(config: HeadgateConfig, assumed: Assumed = {}): Load {
  const alarms = wantedAlarms(config, STAGE, STAGE).length;
  const services = Object.keys(config.autoscaling).length;
  const traffic = Object.values(config.traffic ?? {});
  const plans = Object.values(config.backup ?? {});
  const { cost } = config;
  const reports = Object.values(cost?.reports ?? {});
  const places = [...plans.map(({ to }) => to.length), ...reports.map(({ to }) => to.length)];
  return {
    parts: partsOf(config),
    services,
    alarms,
    decisions: services * (assumed.decisionsPerService ?? DECISIONS_PER_SERVICE),
    ...rulesOf(config),
    ...seriesOf(config),
    alerts: assumed.alerts ?? 0,
    discovered: traffic.filter(({ discover }) => discover !== undefined).length,
    checked: traffic.reduce((sum, { health }) => sum + (health ? Math.min(1, share(health.every, MINUTE_MS)) : 0), 0),
    rollouts: assumed.rollouts ?? 0,
    backupRuns: plans.reduce((sum, { every }) => sum + share(every, DAY_MS), 0),
    destinations: places.length === 0 ? 1 : Math.max(1, ...places),
    requests: assumed.requests ?? 0,
    ...(cost
      ? {
          billRequests: billRequests(cost),
          clusters: Object.keys(config.streams ?? {}).length,
          reports: reports.reduce((sum, { every }) => sum + share(every === "daily" ? DAY_MS : 7 * DAY_MS, DAY_MS), 0),
        }
      : {}),
  };
}

/** What an estimate takes for granted, in sentences. */
export const assumptionsOf = (assumed: Assumed): readonly string[] => [
  `each scaled service makes ${assumed.decisionsPerService ?? DECISIONS_PER_SERVICE} decisions a day that change something, as a day with waves and rushes does`,
  assumed.alerts === undefined ? "no alert is posted" : `${assumed.alerts} alerts are posted a day`,
  assumed.rollouts === undefined ? "nothing is rolled out" : `${assumed.rollouts} rollouts a day`,
  assumed.requests === undefined ? "nobody asks the API" : `${assumed.requests} requests to the API a day`,
  "one anomaly a week and series; backup runs find nothing new, and what their data costs is told by headgate backup cost",
  "what notifications cost at their receivers, traffic out of AWS and NAT gateways are not in it",
  `parts that the configuration needs are deployed, at rest or not; a question to Cost Explorer has one page; usage is observed each ${HOUR_MS / MINUTE_MS} minutes`,
];
