import type { KayentaSeries } from "./kayenta-series.ts";
import type { SequentialState } from "./sequential.ts";
import type { GateMetric, GateReason } from "./types.ts";

/** Sum of what an arm counted. */
export interface Tally {
  readonly count: number;
  readonly requests: number;
}

export type Tallies = Readonly<Partial<Record<GateMetric, { readonly canary: Tally; readonly baseline: Tally }>>>;

/** When and why it was decided. */
export interface Decided {
  readonly verdict: "fail" | "pass";
  readonly reason: GateReason;
  readonly tick: number;
  readonly t: number;
}

/** Everything a gate remembers. Plain JSON, at most 8 KB; the numbers of a rule lie under its name. */
export interface GateState {
  readonly v: 1;
  /** Time of the last tick. */
  readonly t?: number;
  /** Ticks taken, those without data included, and those with data of both arms. */
  readonly ticks: number;
  readonly looks: number;
  /** Ticks since the canary served anything; unset until it has. */
  readonly idle?: number;
  readonly tallies: Tallies;
  /** Ticks of history that were given. */
  readonly history: number;
  readonly decided?: Decided;
  readonly sequential?: SequentialState;
  /** Looks in a row that were above a threshold. */
  readonly above?: number;
  readonly kayenta?: KayentaSeries;
}
