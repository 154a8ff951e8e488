import { countOf } from "./counts.ts";
import type { ArmCounts } from "./types.ts";

/** Tick values of both arms as Kayenta's judge reads them; null where a tick had none. */
export interface KayentaSeries {
  readonly errors: { readonly canary: readonly (number | null)[]; readonly baseline: readonly (number | null)[] };
  readonly p99: { readonly canary: readonly (number | null)[]; readonly baseline: readonly (number | null)[] };
}

/** Ticks kept, the latest: four values of each fit the state. */
const KEPT = 120;

export const NO_SERIES: KayentaSeries = {
  errors: { canary: [], baseline: [] },
  p99: { canary: [], baseline: [] },
};

/** The series with one more look. */
export function lookKayenta(was: KayentaSeries, canary: ArmCounts, baseline: ArmCounts): KayentaSeries {
  const add = (series: readonly (number | null)[], value: number | null) => [...series, value].slice(-KEPT);
  return {
    errors: {
      canary: add(was.errors.canary, rateOf(canary)),
      baseline: add(was.errors.baseline, rateOf(baseline)),
    },
    p99: {
      canary: add(was.p99.canary, rounded(canary.p99Ms ?? null)),
      baseline: add(was.p99.baseline, rounded(baseline.p99Ms ?? null)),
    },
  };
}

/** Seven digits: the state has a limit, and no tick value is known better. */
const rounded = (value: number | null): number | null => (value === null ? null : Number(value.toPrecision(7)));

function rateOf(arm: ArmCounts): number | null {
  const errors = countOf(arm, "errors");
  return errors === undefined || arm.requests === 0 ? null : rounded(errors / arm.requests);
}
