import { DAYS_A_MONTH } from "./prove.ts";
import type { Proof } from "./types.ts";

/** What all changes have saved together; money as numbers: what would have been is an estimate. */
export interface Savings {
  /** Of changes that still hold. */
  readonly promisedPerMonth: number;
  /** Of changes that still hold and can be told. */
  readonly realisedPerMonth: number;
  /** Measured over closed days, of all changes that can be told, those that were taken back up to then. */
  readonly soFar: number;
  readonly soFarLow: number;
  readonly soFarHigh: number;
  /** Of closed days later than those a proof looks at (90): at the proven rate, not measured. */
  readonly carried: number;
  /** Changes that are told, and those that cannot be told (yet). */
  readonly told: number;
  readonly untold: number;
}

export interface SavedBy {
  readonly proof: Proof;
  readonly promisedPerMonth?: number;
  /** Whether it was not taken back. */
  readonly holds: boolean;
  /** Closed days after those of the proof on which it still held. */
  readonly later: number;
}

/** The running total; intervals of different changes are taken for independent. */
export function runningTotal(all: readonly SavedBy[]): Savings {
  const told = all.flatMap(({ proof, later, holds }) =>
    proof.realised && proof.verdict !== "no_signal" ? [{ ...proof.realised, later, holds }] : [],
  );
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const soFar = sum(told.map((one) => one.soFar));
  const reach = Math.sqrt(sum(told.map((one) => (one.soFarHigh - one.soFar) ** 2)));
  return {
    promisedPerMonth: sum(all.map(({ holds, promisedPerMonth = 0 }) => (holds ? promisedPerMonth : 0))),
    realisedPerMonth: sum(told.map(({ holds, perMonth }) => (holds ? perMonth : 0))),
    ...{ soFar, soFarLow: soFar - reach, soFarHigh: soFar + reach },
    carried: sum(told.map(({ perMonth, later }) => (perMonth * later) / DAYS_A_MONTH)),
    told: told.length,
    untold: all.length - told.length,
  };
}
