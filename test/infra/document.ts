import { FUNCTION, granted, ofType, one, roleOf, shortArn } from "./read.ts";
import type { Synth } from "./synth.ts";

/** Columns of docs/deploy.md, in the order in which a reader meets the functions. */
type Columns = Readonly<Record<string, string>>;
const ALWAYS: Columns = {
  API: "ApiHandlerFunction",
  Alarm: "AlarmFunction",
  Tick: "TickFunction",
  Sweep: "SweepFunction",
  Timer: "TimerFunction",
};
/** Those of the parts that are switched on. */
const SWITCHED: Columns = {
  "Rule alarm": "RuleAlarmFunction",
  Rules: "RulesFunction",
  Score: "ScoreFunction",
  Scorer: "ScorerFunction",
};
/** Those of alerting. */
const ALERTING: Columns = {
  Flush: "FlushFunction",
  "Alert sweep": "AlertSweepFunction",
  "Alert events": "AlertEventsFunction",
};
/** Those of traffic. */
const TRAFFIC: Columns = {
  "Traffic check": "TrafficCheckFunction",
  "Traffic checker": "TrafficCheckerFunction",
  "Traffic sync": "TrafficSyncFunction",
};
/** Those of delivery. */
const DELIVERY: Columns = {
  Rollout: "RolloutFunction",
  "Rollout tick": "RolloutTickFunction",
  "ECS hook": "EcsHookFunction",
  "CodeDeploy hook": "CodeDeployHookFunction",
};

/** Those of backup. */
const BACKUP: Columns = {
  Backup: "BackupFunction",
  "Backup tick": "BackupTickFunction",
  "Backup worker": "BackupWorkerFunction",
};

/** Those of cost. */
const COST: Columns = {
  "Cost tick": "CostTickFunction",
  "Cost worker": "CostWorkerFunction",
};

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

/** Timeouts, memory and concurrency of each function. */
export const functionsTable = (synth: Synth): string => functions(synth, ALWAYS);
export const switchedFunctionsTable = (synth: Synth): string => functions(synth, SWITCHED);
export const alertingFunctionsTable = (synth: Synth): string => functions(synth, ALERTING);
export const trafficFunctionsTable = (synth: Synth): string => functions(synth, TRAFFIC);
export const deliveryFunctionsTable = (synth: Synth): string => functions(synth, DELIVERY);
export const backupFunctionsTable = (synth: Synth): string => functions(synth, BACKUP);
export const costFunctionsTable = (synth: Synth): string => functions(synth, COST);

function functions(synth: Synth, columns: Columns): string {
  return table(
    ["Function", "Handler", "Timeout", "Memory", "At once"],
    Object.entries(columns).map(([name, logical]) => {
      const { inputs } = one(synth, FUNCTION, logical);
      const { handler } = synth.builds.find(({ functionID }) => `${functionID}Function` === logical) ?? {};
      const reserved = inputs["reservedConcurrentExecutions"];
      return [
        name,
        `\`${handler}\``,
        `${inputs["timeout"]} s`,
        `${inputs["memorySize"]} MB`,
        reserved === undefined ? "any" : String(reserved),
      ];
    }),
  );
}

/** Who may do what on which resource. */
export const permissionsTable = (synth: Synth): string => permissions(synth, ALWAYS, new Set());

/** What switched parts may do, and what else the API may then: `base` is the same app without them. */
export const switchedPermissionsTable = (synth: Synth, base: Synth): string => morePermissions(synth, base, SWITCHED);
export const alertingPermissionsTable = (synth: Synth, base: Synth): string => morePermissions(synth, base, ALERTING);
export const trafficPermissionsTable = (synth: Synth, base: Synth): string => morePermissions(synth, base, TRAFFIC);
export const deliveryPermissionsTable = (synth: Synth, base: Synth): string => morePermissions(synth, base, DELIVERY);
export const backupPermissionsTable = (synth: Synth, base: Synth): string => morePermissions(synth, base, BACKUP);
export const costPermissionsTable = (synth: Synth, base: Synth): string => morePermissions(synth, base, COST);

function morePermissions(synth: Synth, base: Synth, columns: Columns): string {
  const known = new Set(grantLines(base, { API: ALWAYS["API"] ?? "" }).keys());
  return permissions(synth, { API: ALWAYS["API"] ?? "", ...columns }, known);
}

/** Lines of the table with the functions they are of. */
function grantLines(synth: Synth, columns: Columns): ReadonlyMap<string, ReadonlySet<string>> {
  const holders = new Map<string, Set<string>>();
  for (const [name, logical] of Object.entries(columns)) {
    for (const { Action, Resource, Condition } of granted(roleOf(synth, one(synth, FUNCTION, logical)))) {
      for (const action of Action) {
        for (const resource of Resource) {
          const condition = Condition ? ` if ${conditionText(Condition)}` : "";
          const line = `\`${action}\` | \`${plainArn(synth, resource)}\`${condition}`;
          holders.set(line, (holders.get(line) ?? new Set()).add(name));
        }
      }
    }
  }
  return holders;
}

/** `known`: what the API may anyway is no news of it. */
function permissions(synth: Synth, columns: Columns, known: ReadonlySet<string>): string {
  const names = Object.keys(columns);
  const rows = [...grantLines(synth, columns)]
    .map(([line, who]) => [line, new Set([...who].filter((name) => name !== "API" || !known.has(line)))] as const)
    .filter(([, who]) => who.size > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return table(
    ["Action", "On", ...names],
    rows.map(([line, who]) => [line, ...names.map((name) => (who.has(name) ? "yes" : ""))]),
  );
}

const conditionText = (condition: unknown): string =>
  Object.values(condition as Record<string, Record<string, string[]>>)
    .flatMap((test) => Object.entries(test))
    .map(([variable, values]) => `\`${variable}\` is \`${values.join("` or `")}\``)
    .join(" and ")
    .replaceAll("arn:aws:", "")
    .replaceAll("123456789012", "ACCOUNT");

const plainArn = (synth: Synth, arn: string): string =>
  shortArn(synth, arn)
    .replace(/^arn:aws:/, "")
    .replace(/<(\w+?)(Table|Bucket|Queue)>/g, (_, name: string) => `<${name}>`);

/** Headgate's alarms on itself; those that `base` has as well are left out. */
export function alarmsTable(synth: Synth, base?: Synth): string {
  const before = new Set((base ? ofType(base, "aws:cloudwatch/metricAlarm:MetricAlarm") : []).map(({ name }) => name));
  return table(
    ["Alarm", "Metric", "Goes off"],
    ofType(synth, "aws:cloudwatch/metricAlarm:MetricAlarm")
      .filter(({ name }) => !before.has(name))
      .map(({ name, inputs }) => {
        const of = inputs["evaluationPeriods"];
        const need = inputs["datapointsToAlarm"] ?? of;
        const minutes = inputs["period"] / 60;
        const missing = inputs["treatMissingData"] === "breaching" ? ", or when it is not reported" : "";
        const side = inputs["comparisonOperator"] === "LessThanThreshold" ? "below" : "above";
        const when =
          of === 1
            ? `${side} ${inputs["threshold"]} in ${minutes} minutes`
            : `${side} ${inputs["threshold"]} in ${need * minutes} of ${of * minutes} minutes`;
        return [`\`${name}\``, `\`${inputs["namespace"]}\` \`${inputs["metricName"]}\``, `${when}${missing}`];
      })
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}
