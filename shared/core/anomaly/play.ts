import type { Millis } from "../kernel/time.ts";
import { fromBase64 } from "./base64.ts";
import type { AnomalyConfig, Signal } from "./config.ts";
import { openScorer, type Scorer } from "./scorer.ts";
import { carriedOn, type Happening, track } from "./track.ts";
import type { AnomalyState, OpenAnomaly, SignalBatch } from "./types.ts";

export interface Event {
  readonly at: Millis;
  readonly happened: Happening;
  /** The anomaly as it is after this point. */
  readonly open: OpenAnomaly;
  /** It began in this very batch. */
  readonly began: boolean;
}

export interface Played {
  readonly events: readonly Event[];
  /** What is open after the last point. */
  readonly open: OpenAnomaly | undefined;
  /** Newest point that mattered; undefined as long as none has. */
  readonly seen: Millis | undefined;
  /** The point with which learning ended, if it did here and had not before. */
  readonly learnedAt: Millis | undefined;
  readonly peak: number;
}

/** Scores a batch and watches what happens; undefined where the checkpoint cannot be read. */
export function play(
  state: Pick<AnomalyState, "open" | "seen" | "learned">,
  config: AnomalyConfig,
  name: string,
  signal: Signal,
  batch: SignalBatch,
): Played | undefined {
  const scorer = scorerOf(config, signal, batch);
  if (!scorer) return undefined;
  const events: Event[] = [];
  let open = state.open[name];
  let seen = state.seen[name];
  let learnedAt: Millis | undefined;
  let peak = 0;
  if (open && batch.carried) open = carriedOn(open, batch.carried);
  let moved = false;
  for (const [at, value] of batch.points) {
    scorer.push(at, value);
    const detail = scorer.detail();
    peak = Math.max(peak, detail.score);
    if (!detail.learning && state.learned[name] === undefined && learnedAt === undefined) learnedAt = at;
    // A point that was decided about already (a repeated message, a worker that died) is only taught again.
    if (batch.training || (seen !== undefined && at <= seen)) continue;
    const tracked = track(signal, config, open, at, value, detail);
    if (!tracked.happened) {
      open = tracked.open;
      continue;
    }
    const { happened } = tracked;
    const after = tracked.open as OpenAnomaly;
    events.push({
      at,
      happened,
      open: after,
      began: events.some((one) => one.happened === "opened" && one.open.since === after.since),
    });
    open = happened === "ended" || happened === "settled" ? undefined : after;
    seen = at;
    moved = true;
  }
  return { events, open: moved ? open : state.open[name], seen, learnedAt, peak };
}

function scorerOf(config: AnomalyConfig, signal: Signal, batch: SignalBatch): Scorer | undefined {
  const bytes = batch.checkpoint === undefined ? undefined : fromBase64(batch.checkpoint);
  if (batch.checkpoint !== undefined && !bytes) return undefined;
  try {
    return openScorer(config, signal, bytes);
  } catch {
    return undefined;
  }
}
