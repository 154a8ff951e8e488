import * as v from "valibot";
import { MINUTE_MS } from "../../kernel/time.ts";
import { Policy } from "../config.ts";
import type { PredictivePolicy } from "../forecast/predictive.ts";
import type { Goal } from "./objective.ts";
import type { Candidate } from "./types.ts";

/** Names of the metrics that the candidates read. */
export interface Signals {
  readonly arrivals: string;
  readonly backlog: string | null;
}

/** A candidate whose forecast can be shared with others. */
export interface PredictiveCandidate extends Candidate {
  readonly policy: PredictivePolicy;
}

const FORECASTERS = ["regression", "last"] as const;
const THRIFTS = [0.7, 1, 1.4];
/** Excess in task-minutes at a mean of 8 tasks, as multiples of which it is kept. */
const WASTES = [2.5, 5, 7.5, 10, 15, 20, 30].map((minutes) => minutes / 8);
/** With an SLO the price is not given but looked for (fleet minutes that a violation minute may cost), and the rest tried more coarsely. */
const SLO_PRICES = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256];

const SLO_WASTES = [5, 15, 30].map((minutes) => minutes / 8);

const made = (written: v.InferInput<typeof Policy>) => ({ policy: v.parse(Policy, written), written });
const digits = (value: number) => Number(value.toPrecision(6));

/** Minutes until a task that is asked for now surely helps. */
export function leadOf(startDelayMs: readonly [min: number, max: number]): number {
  return Math.max(1, Math.ceil(startDelayMs[1] / MINUTE_MS));
}

/** Minutes for which the largest recommendation is kept, around what earlier decisions aimed at. */
function holdsOf(lead: number): readonly number[] {
  const all = [Math.max(1, Math.floor(lead / 2)), Math.max(2, lead), lead + 1, 3 * lead];
  return [...new Set(all.map((minutes) => Math.min(60, minutes)))];
}

/** `violation` in minutes of the average fleet. */
function predictiveOf(
  signals: Signals,
  parameters: { forecaster: "regression" | "last"; violation: number; thrift: number; hold: number; waste: number },
): PredictiveCandidate {
  const { forecaster, violation, thrift, hold, waste } = parameters;
  const price = violation === 10 ? "" : ` price ${digits(violation)}`;
  return {
    name: `predictive ${forecaster}${price} thrift ${thrift} hold ${hold} waste ${waste}`,
    family: "predictive",
    ...(made({ type: "predictive", ...signals, ...parameters }) as {
      policy: PredictivePolicy;
      written: Candidate["written"];
    }),
  };
}

/** Every combination of forecaster, thrift, hold and waste: 168 with prices, 240 where an SLO leaves the price open. */
export function predictiveCandidates(
  signals: Signals,
  goal: Goal,
  meanTasks: number,
  startDelayMs: readonly [min: number, max: number],
): readonly PredictiveCandidate[] {
  const fleet = Math.min(1000, Math.max(0.1, digits(goal.violation / meanTasks)));
  const priced =
    goal.most === undefined
      ? THRIFTS.map((thrift) => ({ violation: fleet, thrift }))
      : SLO_PRICES.map((violation) => ({ violation, thrift: 1 }));
  const wastes = goal.most === undefined ? WASTES : SLO_WASTES;
  return FORECASTERS.flatMap((forecaster) =>
    priced.flatMap((price) =>
      holdsOf(leadOf(startDelayMs)).flatMap((hold) =>
        wastes.map((waste) => predictiveOf(signals, { forecaster, ...price, hold, waste })),
      ),
    ),
  );
}

/** What people use today, with a few settings each: by family, the usual setting first. */
export function reactiveCandidates(signals: Signals, goal: Goal): readonly (readonly Candidate[])[] {
  // An SLO may need more room than anybody would choose by hand.
  const targets = goal.most === undefined ? [70, 60, 80] : [70, 55, 40, 85];
  return [
    targets.map((target) => ({
      name: `demand ${target} %`,
      family: "demand" as const,
      ...made({ type: "demand", ...signals, target: target / 100 }),
    })),
    targets.map((target) => ({
      name: `hpa cpu ${target} %`,
      family: "hpa" as const,
      ...made({ type: "hpa", metrics: [{ metric: "cpu", target }] }),
    })),
    targets.map((target) => ({
      name: `target-tracking cpu ${target} %`,
      family: "target-tracking" as const,
      ...made({ type: "target-tracking", target }),
    })),
  ];
}
