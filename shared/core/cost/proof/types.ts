import type { Day } from "../day.ts";

/** A change whose saving is to be proven. Days are those of UTC; the day on which it was applied or taken back belongs to neither side. */
export interface ProofChange {
  readonly id: string;
  /** The day on which it was applied. */
  readonly applied: Day;
  /** The day on which it was taken back; its saving ends there. */
  readonly reverted?: Day;
  /** Money a month (730 h). */
  readonly promisedPerMonth?: number;
}

/** One day of what the change touches. */
export interface ProofDay {
  readonly day: Day;
  readonly cost: number;
  /** What drives the cost that varies: bytes written, requests. Absent: not known, which is not zero. */
  readonly load?: number;
}

export interface ProofAsk {
  readonly change: ProofChange;
  /** Closed days only: an estimate proves nothing. Days that are not there are not known. */
  readonly days: readonly ProofDay[];
  /** Other changes of the same charges. */
  readonly others?: readonly ProofChange[];
}

/**
 * `too_early`: fewer than seven closed days after it. `no_baseline`: fewer than fourteen before. `no_signal`: days enough, but the saving
 * cannot be told from what such days differ by anyway. `met`: as promised within what can be told; `exceeded` and `short`: more, less;
 * `none`: none, or it became dearer. `saved`: it saves, and nothing was promised.
 */
export type ProofVerdict = "too_early" | "no_baseline" | "no_signal" | "met" | "exceeded" | "short" | "none" | "saved";

/** How the saving shows: so much a day, a share of the cost, or a share of what varies with the load. */
export type SavingForm = "amount" | "share" | "per_load";

export interface Realised {
  /** Money a month (730 h), of the days seen. */
  readonly perMonth: number;
  /** In nine of ten cases the truth lies between them. */
  readonly low: number;
  readonly high: number;
  /** Over the days seen. */
  readonly soFar: number;
  readonly soFarLow: number;
  readonly soFarHigh: number;
  readonly from: Day;
  readonly to: Day;
  readonly days: number;
}

export interface Proof {
  readonly verdict: ProofVerdict;
  readonly change: string;
  /** Closed days of each side that it was told from. */
  readonly before: number;
  readonly after: number;
  /** Closed days that are still needed; 0 where there are enough. */
  readonly needed: number;
  /** Absent where nothing can be said. */
  readonly realised?: Realised;
  /** Of what was promised, 1 = all of it. */
  readonly ofPromised?: number;
  /** What it was normalised by. */
  readonly by: {
    readonly load: boolean;
    readonly weekdays: boolean;
    readonly trend: boolean;
    readonly form: SavingForm;
  };
  /** What the bill would have been a day without it, on the days seen, and what it was. */
  readonly wouldHaveBeen?: number;
  readonly was?: number;
  /** Days far off everything else, which were left out. */
  readonly leftOut: readonly Day[];
  /** Other changes of the same days that could not be told apart: the saving of all is dealt out by what each promised. */
  readonly sharedWith: readonly string[];
}
