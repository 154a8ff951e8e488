import { quantity } from "../format.ts";
import { listOf, members, numberOf, textOf } from "../values.ts";

/** A line across a chart, with its name at the edge. */
export interface Threshold {
  readonly metric: string;
  readonly value: number;
  readonly label: string;
}

const METRIC_UNITS: Readonly<Record<string, string>> = { cpu: "%", memory: "%", requests: "req/s", latency_p99: "ms" };

const say = (metric: string, value: number): string => `${metric} ${quantity(value, METRIC_UNITS[metric] ?? "")}`;

/** What the effective autoscaling configuration compares with what. A policy of an unknown type draws nothing. */
export function thresholdsOf(config: unknown): readonly Threshold[] {
  const root = members(config);
  const found: Threshold[] = [];
  const add = (metric: string, value: number | undefined, label: (text: string) => string) => {
    if (value !== undefined) found.push({ metric, value, label: label(say(metric, value)) });
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
          add(name, value, (text) => `out above ${text}`);
          add(name, value === undefined ? undefined : value / 2, (text) => `in below ${text}`);
        }
        break;
      case "parallelism":
        add(metric, numberOf(policy["high"]), (text) => `out above ${text}`);
        add(metric, numberOf(policy["low"]), (text) => `in below ${text}`);
        break;
      case "target-tracking":
        add(metric, numberOf(policy["target"]), (text) => `target ${text}`);
        break;
      case "step":
        add(metric, numberOf(policy["threshold"]), (text) => `step ${textOf(policy["comparison"]) ?? ""} ${text}`);
        break;
      case "hpa":
        for (const entry of listOf(policy["metrics"]).map(members)) {
          if (entry["kind"] !== "average")
            add(textOf(entry["metric"]) ?? "cpu", numberOf(entry["target"]), (text) => `target ${text}`);
        }
        break;
      default:
    }
  }
  return found.filter((line, index) => found.findIndex((other) => other.label === line.label) === index);
}
