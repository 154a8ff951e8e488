import type { StreamsConfig } from "../../shared/core/kernel/streams-section.ts";
import type { DurationMs } from "../../shared/core/kernel/time.ts";
import type { LocalClock } from "../clock.ts";
import type { EmbeddedStreams } from "./embedded.ts";
import { shopFeed } from "./shop-feed.ts";

/** Real ms between two rounds. On a slow clock they are rarer, so that what is kept reaches back over an hour. */
const ROUND_MS = 500;
const LONGEST_ROUND_MS = 5_000;
const FULL_SPEED = 60;
/** Real ms: see pauses. */
const REST_MS = 8_000;

export const roundMs = (speed: number): DurationMs =>
  Math.min(LONGEST_ROUND_MS, Math.max(ROUND_MS, (ROUND_MS * FULL_SPEED) / speed));

export interface Feeding {
  /** Clusters of the configuration whose log is embedded get a feed each, once. */
  adopt(streams: StreamsConfig | undefined): Promise<void>;
  /** Ends after the round at hand. */
  stop(): Promise<void>;
}

/** Something happens in the embedded logs. */
export function feeding(options: {
  readonly embedded: EmbeddedStreams;
  readonly clock: Pick<LocalClock, "now" | "speed">;
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}): Feeding {
  const { embedded, clock, random, onError } = options;
  const timers = new Map<string, NodeJS.Timeout>();
  let working: Promise<void> = Promise.resolve();
  let stopped = false;
  return {
    adopt: async (streams = {}) => {
      for (const [name, { embedded: own }] of Object.entries(streams)) {
        if (own !== true || timers.has(name) || stopped) continue;
        const feed = shopFeed({
          log: embedded.open(name),
          now: clock.now,
          random,
          restMs: REST_MS * clock.speed,
        });
        await feed.prepare();
        const timer = setInterval(() => {
          working = working.then(() => (stopped ? undefined : feed.round())).catch(onError);
        }, roundMs(clock.speed));
        timer.unref();
        timers.set(name, timer);
      }
    },
    stop: async () => {
      stopped = true;
      for (const timer of timers.values()) clearInterval(timer);
      await working;
    },
  };
}
