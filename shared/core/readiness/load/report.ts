import type { Millis } from "../../kernel/time.ts";
import { type Capacity, type CapacityPlan, capacityOf, capacityPlan, type InstancePrice } from "./capacity.ts";
import { judgeLoad, type LoadEvidence, type LoadVerdict } from "./judge.ts";

/** What a load test found; kept as JSON. Times are ms since 1970, rates requests per second. */
export interface LoadReport extends LoadVerdict {
  readonly v: 1;
  readonly id: string;
  readonly name: string;
  readonly service?: string;
  /** Where the load went, in words. */
  readonly target: string;
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  /** Highest rate that was asked for in a second. */
  readonly peak: number;
  readonly capacity?: Capacity;
  readonly plan?: CapacityPlan;
}

export interface ReportInput extends LoadEvidence {
  readonly id: string;
  readonly name: string;
  readonly service?: string;
  readonly target: string;
  readonly startedAt: Millis;
  readonly endedAt: Millis;
  /** Ready instances by second, where they were seen. */
  readonly instances: readonly { readonly second: number; readonly count: number }[];
  /** What the plan of the test says of them, where they were not. */
  readonly said?: number;
  readonly today?: number;
  readonly use: number;
  readonly price?: InstancePrice;
}

/** Instances when the objectives broke, or the last that were seen. */
function instancesAt({ instances, said }: ReportInput, second: number | undefined): number | undefined {
  const seen = instances.filter((one) => one.count > 0 && (second === undefined || one.second <= second)).at(-1);
  return seen?.count ?? instances.find(({ count }) => count > 0)?.count ?? said;
}

/** Verdict, capacity and plan of a test. A capacity is drawn only from what speaks of the target. */
export function loadReport(input: ReportInput): LoadReport {
  const { id, name, service, target, startedAt, endedAt, today, use, price } = input;
  const verdict = judgeLoad(input);
  const peak = input.rows.reduce((most, { asked }) => Math.max(most, asked), 0);
  const usable = verdict.verdict === "held" || verdict.verdict === "broken";
  const capacity = usable ? capacityOf(verdict.knee, instancesAt(input, verdict.knee?.brokeAt)) : undefined;
  const base =
    today === undefined
      ? { today: peak, from: "the highest rate of this test" }
      : { today, from: "what the test's file says (today)" };
  return {
    v: 1,
    ...{ id, name, target, startedAt, endedAt, peak },
    ...(service === undefined ? {} : { service }),
    ...verdict,
    ...(capacity
      ? { capacity, plan: capacityPlan(capacity, { ...base, target: use, ...(price ? { price } : {}) }) }
      : {}),
  };
}

/** The part of headgate.yaml that takes a capacity over, to be pasted. */
export const capacityYaml = (service: string, { perInstance }: Capacity): string =>
  `autoscaling:\n  ${service}:\n    capacity: ${Number(perInstance.toPrecision(3))}\n`;
