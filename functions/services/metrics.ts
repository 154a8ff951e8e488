import { unitOf } from "../../shared/core/autoscaling/needs.ts";
import type { SampleQuery } from "../../shared/core/ports/samples.ts";
import { own } from "../own.ts";

/** How one period of a metric is told where its mean would hide what matters. */
const STATS: Readonly<Record<string, SampleQuery["stat"]>> = {
  latency_p99: "max",
  desired: "max",
  running: "max",
  ready: "max",
};

/** Unit and statistic with which a metric is shown. */
export function metricInfo(metric: string): { readonly unit: string; readonly stat: SampleQuery["stat"] } {
  return { unit: unitOf(metric), stat: own(STATS, metric) ?? "avg" };
}
