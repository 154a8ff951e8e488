import type { Knee } from "./knee.ts";

/** What one instance does; requests per second. */
export interface Capacity {
  readonly perInstance: number;
  readonly low: number;
  readonly high: number;
  /** Ready instances at the knee. */
  readonly instances: number;
  /** The objectives never broke: there may be more. */
  readonly atLeast: boolean;
}

export interface InstancePrice {
  readonly usdPerHour: number;
  /** Where the figure is from. */
  readonly source: string;
}

export interface PlannedNeed {
  readonly times: number;
  readonly rate: number;
  readonly instances: number;
  /** By the low end of the interval of capacity. */
  readonly cautious: number;
  readonly usdPerMonth?: number;
}

export interface CapacityPlan {
  readonly today: number;
  readonly target: number;
  readonly needs: readonly PlannedNeed[];
  readonly assumed: readonly string[];
}

/** A month as AWS's calculator has it. */
const HOURS = 730;
const LEAST = 2;

/** Capacity of one instance from the knee; undefined where there is none, or nobody knows how many instances there were. */
export function capacityOf(knee: Knee | undefined, instances: number | undefined): Capacity | undefined {
  if (!knee || knee.kind === "none" || knee.rate <= 0 || instances === undefined || instances <= 0) return undefined;
  return {
    perInstance: knee.rate / instances,
    low: knee.low / instances,
    high: knee.high / instances,
    instances,
    atLeast: knee.kind === "at_least",
  };
}

export interface PlanInput {
  /** Requests per second that are to be multiplied. */
  readonly today: number;
  /** What that figure is: "the peak of the trace". */
  readonly from: string;
  /** Share of its capacity that an instance is meant to use, 0 to 1. */
  readonly target: number;
  readonly times?: readonly number[];
  readonly price?: InstancePrice;
}

/** Instances for multiples of today's load and what they cost in a month of 730 h, everything else being as in the test. */
export function capacityPlan(capacity: Capacity, input: PlanInput): CapacityPlan {
  const { today, from, target, times = [1, 2, 5], price } = input;
  const count = (rate: number, each: number): number =>
    Math.max(LEAST, Math.ceil(rate / (Math.max(each, Number.MIN_VALUE) * target) - 1e-9));
  const needs = times.map((factor): PlannedNeed => {
    const rate = today * factor;
    const instances = count(rate, capacity.perInstance);
    return {
      times: factor,
      rate,
      instances,
      cautious: count(rate, capacity.low > 0 ? capacity.low : capacity.perInstance),
      ...(price ? { usdPerMonth: instances * price.usdPerHour * HOURS } : {}),
    };
  });
  return {
    today,
    target,
    needs,
    assumed: [
      `today's load is ${from}`,
      `an instance is used to ${Math.round(target * 100)} %, and at least ${LEAST} run`,
      "capacity grows with the number of instances: what they share (a database, a topic) was not tried at these rates",
      price
        ? `${HOURS} h a month at ${price.usdPerHour} USD per instance and hour (${price.source})`
        : "no price of an instance is known: give instance.cpu and instance.memoryMb, or instance.usdPerHour",
    ],
  };
}
