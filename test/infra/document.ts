import { FUNCTION, granted, ofType, one, roleOf, shortArn } from "./read.ts";
import type { Synth } from "./synth.ts";

/** Columns of docs/deploy.md, in the order in which a reader meets the functions. */
const COLUMNS = {
  API: "ApiHandlerFunction",
  Alarm: "AlarmFunction",
  Tick: "TickFunction",
  Sweep: "SweepFunction",
  Timer: "TimerFunction",
} as const;

const names = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

/** Timeouts, memory and concurrency of each function. */
export function functionsTable(synth: Synth): string {
  return table(
    ["Function", "Handler", "Timeout", "Memory", "At once"],
    names.map((name) => {
      const { inputs } = one(synth, FUNCTION, COLUMNS[name]);
      const { handler } = synth.builds.find(({ functionID }) => `${functionID}Function` === COLUMNS[name]) ?? {};
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
export function permissionsTable(synth: Synth): string {
  const holders = new Map<string, Set<string>>();
  for (const name of names) {
    for (const { Action, Resource, Condition } of granted(roleOf(synth, one(synth, FUNCTION, COLUMNS[name])))) {
      for (const action of Action) {
        for (const resource of Resource) {
          const condition = Condition ? ` if ${conditionText(Condition)}` : "";
          const line = `\`${action}\` | \`${plainArn(synth, resource)}\`${condition}`;
          holders.set(line, (holders.get(line) ?? new Set()).add(name));
        }
      }
    }
  }
  const rows = [...holders].sort(([a], [b]) => (a < b ? -1 : 1));
  return table(
    ["Action", "On", ...names],
    rows.map(([line, who]) => [line, ...names.map((name) => (who.has(name) ? "yes" : ""))]),
  );
}

const conditionText = (condition: unknown): string =>
  Object.values(condition as Record<string, Record<string, string[]>>)
    .flatMap((test) => Object.entries(test))
    .map(([variable, values]) => `\`${variable}\` is \`${values.join("` or `")}\``)
    .join(" and ");

const plainArn = (synth: Synth, arn: string): string =>
  shortArn(synth, arn)
    .replace(/^arn:aws:/, "")
    .replace(/<(\w+?)(Table|Bucket|Queue)>/g, (_, name: string) => `<${name}>`);

/** Headgate's alarms on itself. */
export function alarmsTable(synth: Synth): string {
  return table(
    ["Alarm", "Metric", "Goes off"],
    ofType(synth, "aws:cloudwatch/metricAlarm:MetricAlarm")
      .map(({ name, inputs }) => {
        const of = inputs["evaluationPeriods"];
        const need = inputs["datapointsToAlarm"] ?? of;
        const minutes = inputs["period"] / 60;
        const missing = inputs["treatMissingData"] === "breaching" ? ", or when it is not reported" : "";
        const when =
          of === 1
            ? `above ${inputs["threshold"]} in ${minutes} minutes`
            : `above ${inputs["threshold"]} in ${need} of ${of} minutes`;
        return [`\`${name}\``, `\`${inputs["namespace"]}\` \`${inputs["metricName"]}\``, `${when}${missing}`];
      })
      .sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );
}
