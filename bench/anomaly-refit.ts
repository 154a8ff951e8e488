import { CHANNELS } from "../shared/core/anomaly/detector/channels.ts";
import { type Constants, HEADGATE } from "../shared/core/anomaly/detector/constants.ts";
import { emit, mix, pastAlarms } from "../shared/core/anomaly/detector/emit.ts";
import { Memory } from "../shared/core/anomaly/detector/memory.ts";
import { observe, Seen } from "../shared/core/anomaly/detector/observe.ts";
import { noteStep, Pace } from "../shared/core/anomaly/detector/pace.ts";
import { followRhythm, rhythmSeconds } from "../shared/core/anomaly/detector/rhythm.ts";
import { OUTSIDE, RowCollector, type Rows, UNSEEN, type Worth, worthOf } from "../shared/core/anomaly/nab/rows.ts";
import type { LabelledSeries } from "../shared/core/anomaly/nab/types.ts";

/** What the channels said of one series: it does not depend on weights, refractory or habit, so those can be fitted quickly. */
export interface Heard {
  readonly rows: Int32Array;
  readonly channels: Float64Array;
  readonly pace: Pace;
  readonly worth: Worth;
  readonly windows: number;
}

const COUNT = CHANNELS.length;

export function hear(series: LabelledSeries): Heard {
  const c = HEADGATE;
  const m = new Memory();
  const seen = new Seen();
  const pace = new Pace();
  const rows: number[] = [];
  const channels: number[] = [];
  for (const [row, value] of series.values.entries()) {
    const t = (series.times[row] as number) / 1000;
    if (row === 0) m.origin = value;
    noteStep(m, t);
    if (m.step > 0) pace.follow(m, c);
    observe(m, c, pace, rhythmSeconds(m, t, t), value - m.origin, seen);
    followRhythm(m, c, t, t, value - m.origin);
    m.n += 1;
    if (!seen.channels.some((surprise, channel) => surprise > (channel === 0 ? 0 : c.floor))) continue;
    rows.push(row);
    channels.push(...seen.channels);
  }
  const heard = { rows: Int32Array.from(rows), channels: Float64Array.from(channels), pace };
  return { ...heard, worth: worthOf(series), windows: series.windows.length };
}

/** The rows a set of constants makes of what was heard. */
export function speak(files: readonly Heard[], c: Constants): Rows {
  const collector = new RowCollector();
  const surprises = new Float64Array(COUNT);
  for (const { rows, channels, pace, worth, windows } of files) {
    const first = collector.windows(windows);
    const m = new Memory();
    for (let i = 0; i < rows.length; i += 1) {
      const row = rows[i] as number;
      m.n = row;
      for (let k = 0; k < COUNT; k += 1) surprises[k] = channels[i * COUNT + k] as number;
      const surprise = mix(c, row * pace.row, surprises);
      if (!emit(m, c, pace, surprise)) continue;
      const window = worth.windowOf[row] as number;
      if (window === UNSEEN) continue;
      const z = surprise - c.habit * Math.log2(1 + pastAlarms(m, c, surprise));
      const score = 1 / (1 + Math.exp(-z));
      collector.add(score, worth.values[row] as number, window === OUTSIDE ? OUTSIDE : first + window);
    }
  }
  return collector.ordered();
}
