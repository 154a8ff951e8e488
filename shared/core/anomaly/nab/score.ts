import { type Rows, rowsOf } from "./rows.ts";
import {
  type CorpusScore,
  PROFILES,
  type Profile,
  type ProfileName,
  type ProfileScore,
  type ScoredSeries,
} from "./types.ts";

/** A threshold no score reaches. */
const NOTHING = 1.1;

/**
 * Scores a detector by the rules of the Numenta Anomaly Benchmark: one threshold for the whole corpus and profile, the best
 * of all there are ("nothing detected" and every distinct score, ties entering together, the higher of two equal ones).
 * The threshold is thereby fitted on the labels, as in the published table. Rules: numenta/NAB `nab/sweeper.py` and
 * `nab/optimizer.py`.
 *
 * @throws HeadgateError `input.invalid`, see {@link rowsOf}
 */
export function scoreCorpus(files: readonly ScoredSeries[]): CorpusScore {
  const rows = rowsOf(files);
  const profiles = Object.fromEntries(
    Object.entries(PROFILES).map(([name, profile]) => [name, scoreRows(rows, profile)]),
  ) as Record<ProfileName, ProfileScore>;
  const { threshold, detected, falsePositives } = profiles.standard;
  return {
    standard: profiles.standard.score,
    rewardLowFP: profiles.rewardLowFP.score,
    rewardLowFN: profiles.rewardLowFN.score,
    threshold,
    windows: rows.windows,
    detected,
    falsePositives,
    profiles,
  };
}

/** Scores a corpus at one given threshold, for instance one that was found on other files. */
export function scoreAt(files: readonly ScoredSeries[], threshold: number, profile: Profile): ProfileScore {
  return scoreRows(rowsOf(files), profile, threshold);
}

/** Scores rows at the best threshold of all, or, where one is given, at that one. */
export function scoreRows(rows: Rows, profile: Profile, only?: number): ProfileScore {
  const state = new Detections(rows, profile);
  let best = state.at(NOTHING);
  let row = 0;
  while (row < rows.scores.length) {
    const threshold = rows.scores[row] as number;
    if (only !== undefined && threshold < only) break;
    while (row < rows.scores.length && rows.scores[row] === threshold) {
      state.add(rows.values[row] as number, rows.windowOf[row] as number);
      row += 1;
    }
    if (only !== undefined || state.raw > best.raw) best = state.at(threshold);
  }
  if (only === undefined || only <= 0) {
    state.addQuiet();
    if (only !== undefined || state.raw > best.raw) best = state.at(0);
  }
  const perfect = profile.tpWeight * rows.windows;
  const nothing = -profile.fnWeight * rows.windows;
  const { raw, ...rest } = best;
  return { score: rows.windows === 0 ? 0 : (100 * (raw - nothing)) / (perfect - nothing), ...rest };
}

class Detections {
  readonly #rows: Rows;
  readonly #profile: Profile;
  readonly #best: Float64Array;
  raw: number;
  #detected = 0;
  #falsePositives = 0;

  constructor(rows: Rows, profile: Profile) {
    this.#rows = rows;
    this.#profile = profile;
    this.#best = new Float64Array(rows.windows).fill(-Infinity);
    this.raw = -profile.fnWeight * rows.windows;
  }

  at(threshold: number) {
    return { raw: this.raw, threshold, detected: this.#detected, falsePositives: this.#falsePositives };
  }

  /** Only the best detection in a window counts; every one outside does. */
  add(value: number, window: number): void {
    if (window < 0) {
      this.#outside(value, 1);
      return;
    }
    const before = this.#best[window] as number;
    if (value <= before) return;
    if (before === -Infinity) {
      this.raw += this.#profile.fnWeight + this.#profile.tpWeight * value;
      this.#detected += 1;
    } else {
      this.raw += this.#profile.tpWeight * (value - before);
    }
    this.#best[window] = value;
  }

  addQuiet(): void {
    const { outside, rows, best } = this.#rows.quiet;
    this.#outside(outside, rows);
    for (const [window, value] of best.entries()) if (value > -Infinity) this.add(value, window);
  }

  #outside(value: number, rows: number): void {
    this.raw += this.#profile.fpWeight * value;
    this.#falsePositives += rows;
  }
}
