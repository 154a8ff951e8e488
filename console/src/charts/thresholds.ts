import { number } from "../format.ts";
import { listOf, members, numberOf, textOf } from "../values.ts";
import { nameOf } from "./panels.ts";

/** A line across a chart, with its name at the edge. */
export interface Threshold {
  readonly metric: string;
  readonly value: number;
  readonly label: string;
}

/** Short, as they stand in the margin; the unit is in the chart's title. */
const say = (metric: string, sign: string, value: number): string => `${nameOf(metric)}${sign} ${number(value)}`;

/** What the effective autoscaling configuration compares with what. A policy of an unknown type draws nothing. */
export function thresholdsOf(config: unknown): readonly Threshold[] {
  const root = members(config);
  const found: Threshold[] = [];
  const add = (metric: string, value: number | undefined, word: string, sign = "") => {
    if (value !== undefined) found.push({ metric, value, label: `${word} ${say(metric, sign, value)}` });
  };
  for (const name of ["min", "max"] as const) {
    const value = numberOf(root[name]);
    if (value !== undefined) found.push({ metric: "desired", value, label: `${name} ${value}` });
  }
  for (const item of listOf(root["policies"])) {
    const policy = members(item);
    const metric = textOf(policy["metric"]) ?? "cpu";
    switch (policy["type"]) {
      case "instances":
        for (const name of ["cpu", "memory"] as const) {
          const value = numberOf(policy[name]);
          add(name, value, "out", " >");
          add(name, value === undefined ? undefined : value / 2, "in", " <");
        }
        break;
      case "parallelism":
        add(metric, numberOf(policy["high"]), "out", " >");
        add(metric, numberOf(policy["low"]), "in", " <");
        break;
      case "target-tracking":
        add(metric, numberOf(policy["target"]), "target");
        break;
      case "step":
        add(metric, numberOf(policy["threshold"]), "step", ` ${textOf(policy["comparison"]) ?? ">="}`);
        break;
      case "hpa":
        for (const entry of listOf(policy["metrics"]).map(members)) {
          if (entry["kind"] !== "average") add(textOf(entry["metric"]) ?? "cpu", numberOf(entry["target"]), "target");
        }
        break;
      default:
    }
  }
  return found.filter((line, index) => found.findIndex((other) => other.label === line.label) === index);
}
