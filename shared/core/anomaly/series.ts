import type { Millis } from "../kernel/time.ts";
import type { DetectorName, Emission, OpenAnomaly } from "./types.ts";

/** What the scoring worker keeps of one series, from batch to batch. */
export interface SeriesState {
  readonly service: string;
  readonly signal: string;
  readonly detector: DetectorName;
  /** Newest point that was scored; nothing before it is scored again. */
  readonly lastAt: Millis;
  readonly learning: boolean;
  /** Points scored so far. */
  readonly count: number;
  readonly last: Charted;
  /** Scores of at least 0.5, newest last, at most {@link MOST_EMISSIONS}. */
  readonly recent: readonly Emission[];
  /** As the machine's state has it, so that a quiet minute need not load that. */
  readonly open?: OpenAnomaly;
  /** Keys of what people taught it lately: a repeat teaches nothing twice. */
  readonly taught: readonly string[];
  /** The detector. */
  readonly state: Uint8Array;
  /** The last points as they were scored, for charts: see ring.ts. */
  readonly ring: Uint8Array;
}

/** One point of a chart. */
export interface Charted {
  readonly at: Millis;
  readonly value: number;
  readonly score: number;
  readonly low?: number;
  readonly high?: number;
}

export const MOST_EMISSIONS = 16;
const MOST_TAUGHT = 8;

/** With one more emission. */
export const emitted = (recent: readonly Emission[], one: Emission): readonly Emission[] =>
  [...recent, one].slice(-MOST_EMISSIONS);

export const taughtAlso = (taught: readonly string[], key: string): readonly string[] =>
  [...taught, key].slice(-MOST_TAUGHT);

/** Names a series inside a tenant; a service's name has no slash. */
export const seriesId = (one: { readonly service: string; readonly signal: string }): string =>
  `${one.service}/${one.signal}`;
