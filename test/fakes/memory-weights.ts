import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { ObservedWeights, Weights, WeightsTarget } from "../../shared/core/ports/weights.ts";
import { sameShares } from "../../shared/core/traffic/weights/shares.ts";

/** Weights in memory, for tests of what stands on the port. */
export interface MemoryWeights {
  readonly weights: Weights;
  /** Another hand. */
  readonly external: (weights: Readonly<Record<string, number>>) => void;
  readonly served: () => Readonly<Record<string, number>>;
  /** Sets that were asked for. */
  readonly sets: () => number;
  readonly refuse: (why: string | undefined) => void;
  readonly breakDown: (broken?: boolean) => void;
}

export function memoryWeights(
  initial: Readonly<Record<string, number>>,
  more: Partial<ObservedWeights> = {},
): MemoryWeights {
  let served = initial;
  let sets = 0;
  let refusal: string | undefined;
  let broken = false;
  const named = (target: WeightsTarget) => {
    if (broken) throw new HeadgateError("weights.unavailable", "nobody answers", { retryable: true });
    if (target.alb?.rule?.endsWith("/lost"))
      throw new HeadgateError("weights.unavailable", "there is no such rule", { retryable: false });
    const versions = Object.keys(target.alb?.targetGroups ?? {});
    return {
      ...more,
      others: more.others ?? 0,
      weights: Object.fromEntries(versions.map((one) => [one, served[one] ?? 0])),
    };
  };
  return {
    weights: {
      read: async (target) => named(target),
      set: async (target, { weights, expected }) => {
        sets++;
        if (broken) named(target);
        if (target.alb?.rule?.endsWith("/lost")) return { status: "refused", why: "there is no such rule" };
        const unknown = Object.keys(weights).find((one) => !Object.hasOwn(target.alb?.targetGroups ?? {}, one));
        if (unknown !== undefined) return { status: "refused", why: `version ${unknown} has no target group` };
        const wrong = Object.values(weights).find((one) => !Number.isInteger(one) || one < 0 || one > 999);
        if (wrong !== undefined) return { status: "refused", why: `${wrong} is no weight` };
        if (refusal !== undefined) return { status: "refused", why: refusal };
        const observed = named(target);
        if (sameShares(observed.weights, weights)) return { status: "accepted", changed: false, observed };
        if (!sameShares(observed.weights, expected)) return { status: "superseded", observed };
        served = weights;
        return { status: "accepted", changed: true, observed: named(target) };
      },
    },
    external: (weights) => {
      served = weights;
    },
    served: () => served,
    sets: () => sets,
    refuse: (why) => {
      refusal = why;
    },
    breakDown: (is = true) => {
      broken = is;
    },
  };
}
