import type { Millis } from "../../kernel/time.ts";
import { type Capacity, type CapacityPlan, capacityOf, capacityPlan, type InstancePrice } from "./capacity.ts";
import { judgeLoad, type LoadEvidence, type LoadVerdict } from "./judge.ts";
import type { Knee } from "./knee.ts";

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

export interface ReportInput
  extends LoadEvidence,
    Pick<LoadReport, "id" | "name" | "service" | "target" | "startedAt" | "endedAt"> {
  /** Ready instances by second, where they were seen. */
  readonly instances: readonly { readonly second: number; readonly count: number }[];
  /** What the plan of the test says of them, where they were not. */
  readonly said?: number;
  readonly today?: number;
  readonly use: number;
  readonly price?: InstancePrice;
}

/** Instances when the objectives broke; where they never did, the most while the best of its windows ran. */
function instancesAt({ instances, said }: ReportInput, { brokeAt, best }: Knee): number | undefined {
  const seen = instances.filter(({ count }) => count > 0);
  const by = brokeAt ?? best?.from ?? 0;
  const first = seen.filter(({ second }) => second <= by).at(-1) ?? seen[0];
  if (brokeAt !== undefined || first === undefined || best === undefined) return first?.count ?? said;
  const then = seen.filter(({ second }) => second > best.from && second < best.to);
  return then.reduce((most, { count }) => Math.max(most, count), first.count);
}

/** A lower bound is drawn only from what held: where the objectives broke, if only now and then, it is not known at which rate. */
function capacityIn(input: ReportInput, { verdict, knee }: LoadVerdict): Capacity | undefined {
  const usable = verdict === "held" || (verdict === "broken" && knee?.kind === "found");
  return usable && knee ? capacityOf(knee, instancesAt(input, knee)) : undefined;
}

/** Verdict, capacity and plan of a test. A capacity is drawn only from what speaks of the target. */
export function loadReport(input: ReportInput): LoadReport {
  const { id, name, service, target, startedAt, endedAt, today, use, price } = input;
  const verdict = judgeLoad(input);
  const peak = input.rows.reduce((most, { asked }) => Math.max(most, asked), 0);
  const capacity = capacityIn(input, verdict);
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
