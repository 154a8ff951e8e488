import { ONSET_SCORE } from "../../shared/core/anomaly/joint.ts";
import { appended, RING_POINTS } from "../../shared/core/anomaly/ring.ts";
import { openScorer, type Scorer } from "../../shared/core/anomaly/scorer.ts";
import { type Charted, emitted, type SeriesState, taughtAlso } from "../../shared/core/anomaly/series.ts";
import type { NamedSignal } from "../../shared/core/anomaly/signals.ts";
import { movementOf, track } from "../../shared/core/anomaly/track.ts";
import type { OpenAnomaly } from "../../shared/core/anomaly/types.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Teach } from "./perform.ts";
import type { ScoreTarget } from "./targets.ts";

/** So often a long history is asked whether enough was learnt. A chunk, so that the machine finds the point itself. */
const LOOK_EVERY = 60;

/** Something the machine has to hear of; `openedAt` where an anomaly began. */
interface Happened {
  readonly openedAt?: Millis;
}

/** One series in the hands of a worker: it changes as points go through, and is kept only when all went well. */
export interface Working {
  readonly signal: NamedSignal;
  /** Ascending, all after what was scored before. */
  readonly fresh: readonly Point[];
  /** Met for the first time: its history teaches and opens nothing. */
  readonly training: boolean;
  readonly lastAt: Millis;
  readonly recent: SeriesState["recent"];
  open: OpenAnomaly | undefined;
  /** The detector as it is now; undefined while it has seen nothing. */
  checkpoint(): Uint8Array | undefined;
  score(chunk: readonly Point[]): Happened | undefined;
  teach(action: Teach): string;
  result(): SeriesState;
}

export function startWorking(
  runtime: Runtime,
  target: ScoreTarget,
  signal: NamedSignal,
  known: SeriesState | undefined,
  points: readonly Point[],
  open: OpenAnomaly | undefined,
): Working {
  const fresh = known ? points.filter((point) => point.at > known.lastAt) : points;
  const scorer = scorerOf(runtime, target, signal, known);
  let { lastAt, count, learning, recent, taught, last } = known ?? {
    lastAt: Number.NEGATIVE_INFINITY,
    count: 0,
    learning: true,
    recent: [] as SeriesState["recent"],
    taught: [] as readonly string[],
    last: undefined as Charted | undefined,
  };
  const least = Math.min(ONSET_SCORE, target.config.threshold);
  let scoredNow = 0;
  let ring: Uint8Array = known ? known.ring.slice() : new Uint8Array();
  const { config } = target;

  const working: Working = {
    signal,
    fresh,
    training: known === undefined,
    get lastAt() {
      return lastAt;
    },
    get recent() {
      return recent;
    },
    open,
    checkpoint: () => (count === 0 ? undefined : scorer.save()),
    score: (chunk) => {
      let happened: Happened | undefined;
      for (const { at, value } of chunk) {
        const score = scorer.push(at, value);
        lastAt = at;
        count += 1;
        scoredNow += 1;
        // What was expected costs more to tell than the score itself: of a day of history only the points that are kept are told.
        const charted = scoredNow > fresh.length - RING_POINTS;
        if (!charted && score < least && !working.open && scoredNow % LOOK_EVERY !== 0) continue;
        const detail = scorer.detail();
        const { expected } = detail;
        last = { at, value, score, ...(expected ? { low: expected.low, high: expected.high } : {}) };
        if (charted) ring = appended(ring, last);
        if (score >= ONSET_SCORE && !detail.learning)
          recent = emitted(recent, { at, score, movement: movementOf(value, detail) });
        if (learning && !detail.learning) happened = { ...happened };
        learning = detail.learning;
        if (working.training) continue;
        const tracked = track(signal, config, working.open, at, value, detail);
        if (tracked.happened)
          happened = {
            ...happened,
            ...(tracked.happened === "opened" && happened?.openedAt === undefined ? { openedAt: at } : {}),
          };
        working.open = tracked.happened === "ended" || tracked.happened === "settled" ? undefined : tracked.open;
      }
      return happened;
    },
    teach: (action) => {
      if (taught.includes(action.key)) return "it had been taught already";
      scorer.feedback(action.verdict, action.at, action.score);
      taught = taughtAlso(taught, action.key);
      return `the detector of ${signal.name} knows that it was ${action.verdict}`;
    },
    result: () => ({
      service: target.name,
      signal: signal.name,
      detector: config.detector,
      lastAt,
      learning,
      count,
      last: last as Charted,
      recent,
      ...(working.open ? { open: working.open } : {}),
      taught,
      state: scorer.save(),
      ring,
    }),
  };
  return working;
}

/** The detector of a series. One whose state cannot be read learns anew: holding would stop it for good. */
function scorerOf(runtime: Runtime, target: ScoreTarget, signal: NamedSignal, known: SeriesState | undefined): Scorer {
  try {
    return openScorer(target.config, signal, known?.state);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const fields = { service: target.name, signal: signal.name, error: why };
    runtime.telemetry.log("error", "a detector's state cannot be read; it learns anew", fields);
    runtime.telemetry.count("headgate_anomaly_baselines_lost_total");
    return openScorer(target.config, signal, undefined);
  }
}
