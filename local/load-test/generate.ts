import { type PackedHistogram, pack } from "../../shared/core/readiness/load/histogram.ts";
import type { LoadSecond } from "../../shared/core/readiness/load/rows.ts";
import { arrivalsOf, lengthOf, type Segment } from "../../shared/core/readiness/load/schedule.ts";
import { startPacer } from "./pacer.ts";
import { makeRecorder, type Recorder } from "./recorder.ts";
import type { Sender } from "./sender.ts";

export interface GenerateOptions {
  readonly segments: readonly Segment[];
  readonly arrivals: "poisson" | "uniform";
  readonly seed: number;
  readonly part: number;
  readonly of: number;
  /** Ms since the start of the test; may be negative before it. */
  readonly now: () => number;
  readonly sender: (recorder: Recorder) => Sender;
  /** Rows that are final, a few times a second. */
  readonly rows: (rows: readonly LoadSecond[]) => void;
  /** Aborted: no more is sent, and what is under way is waited for. */
  readonly signal?: AbortSignal;
}

export interface Generated {
  /** From the send, µs. */
  readonly service: PackedHistogram;
  /** Of the generator behind its own schedule, µs. */
  readonly lag: PackedHistogram;
}

const DRAIN_MS = 10;
const TELL_MS = 250;

/** Sends the whole schedule, or a worker's part of it, and resolves when the last request is over. */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const { segments, arrivals, seed, part, of, now, signal } = options;
  const recorder = makeRecorder();
  const sender = options.sender(recorder);
  const end = lengthOf(segments);
  let told = 0;
  const pacer = startPacer({
    arrivals: arrivalsOf(segments, arrivals, seed, { part, of }),
    now,
    fire: (at, taken) => sender.send(at, recorder.due(at, taken)),
    look: (at) => look(at),
  });
  const look = (at: number): void => {
    sender.check(at);
    if (at - told < TELL_MS) return;
    told = at;
    tell();
  };
  const tell = (every = false): void => {
    const rows = recorder.take(
      every ? Number.POSITIVE_INFINITY : pacer.passed(),
      every ? Number.POSITIVE_INFINITY : now(),
    );
    if (rows.length > 0) options.rows(rows);
  };
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    pacer.stop();
    sender.stop();
  };
  // The last request may be due long before the schedule ends: others that share it have to be told that nothing more comes of this part.
  const goesOn = (): boolean =>
    pacer.passed() !== Number.POSITIVE_INFINITY || sender.isOpen() || (!stopped && now() < end);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (goesOn()) {
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
      if (pacer.passed() === Number.POSITIVE_INFINITY) look(now());
    }
    tell(true);
    return { service: pack(recorder.service), lag: pack(recorder.lag) };
  } finally {
    signal?.removeEventListener("abort", stop);
    await sender.close();
  }
}
