/** Every constant of the detector: one set for all series. Rows are rows of the series unless said otherwise. */
export interface Constants {
  /** What each channel counts, in the order of CHANNELS. */
  readonly weights: readonly number[];
  /** Surprise below which a channel is silent, for the record and for all others. */
  readonly recordFloor: number;
  readonly floor: number;
  /** Memories of moving means, in rows. */
  readonly longRows: number;
  readonly midRows: number;
  readonly driftRows: number;
  readonly movementRows: number;
  readonly usualMovementRows: number;
  readonly deviationRows: number;
  readonly longDeviationRows: number;
  /** Deviations at which values are clipped before they are learnt: an incident does not become the normal at once. */
  readonly clip: number;
  /** Fastest learning of a visit to a time of day, of the week, and of a row in its context. */
  readonly dayRate: number;
  readonly weekRate: number;
  readonly contextRate: number;
  /** The day profile is used while its error is at most this multiple of the slow mean's, over so many rows. */
  readonly gate: number;
  readonly gateRows: number;
  /** Rows in which the range of the record channel shrinks by about two thirds. */
  readonly rangeRows: number;
  /** How fast the record channel gains trust: (log10(n + 1) / 3) to this power. */
  readonly recordGrowth: number;
  /** Sizes below this share of the long deviation never count. */
  readonly tiny: number;
  /** The longer a series, the more surprise it takes: this much per power of ten. */
  readonly penalty: number;
  /** Rows of silence after an alarm: first + growth * n, at most `max`; louder by `louder` speaks all the same. */
  readonly refractoryFirst: number;
  readonly refractoryGrowth: number;
  readonly refractoryMax: number;
  readonly louder: number;
  /** Calibration by the series' own alarms: what a doubling of equal alarms costs, at which share of the surprise, forgotten over rows. */
  readonly habit: number;
  readonly habitShare: number;
  readonly habitRows: number;
  /** Taken off in the end, so that the threshold stays where it is. */
  readonly bias: number;
  /** Powers of the step's ratio by which rows shrink where a series is sampled rarely (see Pace), and the least ratio. */
  readonly windowsByStep: number;
  readonly memoriesByStep: number;
  readonly contextByStep: number;
  readonly refractoryByStep: number;
  readonly habitByStep: number;
  readonly ageByStep: number;
  readonly slowest: number;
  /** A period of the series' own: likeness from which on it counts, depth of the trough before it, lead over the day's, least rows. */
  readonly periodLikeness: number;
  readonly periodDepth: number;
  readonly periodMargin: number;
  readonly periodRows: number;
}

/** The published recipe; its check values stay tested with it. */
export const RECIPE: Constants = {
  weights: [1.25, 0.81, 0.7, 1, 1.35, 0.55, 1],
  recordFloor: 0.2,
  floor: 1,
  longRows: 2000,
  midRows: 12,
  driftRows: 52,
  movementRows: 40,
  usualMovementRows: 2000,
  deviationRows: 2000,
  longDeviationRows: 4000,
  clip: 4.5,
  dayRate: 0.2,
  weekRate: 0.3,
  contextRate: 0.047,
  gate: 1.01,
  gateRows: 500,
  rangeRows: 5000,
  recordGrowth: 0.7,
  tiny: 0.01,
  penalty: 0.08,
  refractoryFirst: 70,
  refractoryGrowth: 0.025,
  refractoryMax: 450,
  louder: 1.25,
  habit: 0.6,
  habitShare: 0.87,
  habitRows: 12_000,
  bias: 0,
  windowsByStep: 0,
  memoriesByStep: 0,
  contextByStep: 0,
  refractoryByStep: 0,
  habitByStep: 0,
  ageByStep: 0,
  slowest: 1,
  periodLikeness: 2,
  periodDepth: 0.2,
  periodMargin: 0.15,
  periodRows: 64,
};

/**
 * What runs: the recipe with its rows tied to time and its day to the series' own rhythm. Found by seeded hill climbing from
 * the recipe, over the benchmark, its two halved copies and its copy without a daily rhythm, smoothed and pulled back to the
 * recipe (docs/anomaly-detector.md). One set for all series.
 */
export const HEADGATE: Constants = {
  ...RECIPE,
  weights: [1.407, 0.8474, 0.7809, 0.9857, 1.139, 0.563, 1.025],
  recordFloor: 0.1051,
  longRows: 2107.0,
  movementRows: 40.87,
  usualMovementRows: 2078.0,
  deviationRows: 2068.0,
  clip: 4.7139,
  dayRate: 0.2073,
  contextRate: 0.05935,
  gateRows: 518.4,
  recordGrowth: 0.6539,
  tiny: 0.008394,
  penalty: 0.08035,
  refractoryFirst: 67.06,
  refractoryGrowth: 0.02403,
  refractoryMax: 447.6,
  louder: 1.2798,
  habit: 0.5609,
  habitShare: 0.7531,
  habitRows: 8721.0,
  bias: 0.12,
  windowsByStep: 0.4261,
  memoriesByStep: 0.239,
  contextByStep: 0.3544,
  refractoryByStep: 0.1453,
  habitByStep: 0,
  ageByStep: 0.4204,
  slowest: 0.2976,
  periodLikeness: 0.3918,
};
