/** Seeded numbers in [0, 1): mulberry32, small and good enough to shuffle schedules. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Parked {
  readonly at: number;
  readonly order: number;
  readonly resume: () => void;
}

/** Virtual time in which everything that runs is parked at a known point, and one seed decides who goes on. */
export interface Scheduler {
  readonly clock: { now: number };
  /** Parks the caller for so many virtual milliseconds. */
  sleep(ms: number): Promise<void>;
  /** Runs until nobody is parked any more. */
  drain(): Promise<void>;
}

const MAX_STEPS = 20_000;

export function scheduler(start: number, random: () => number): Scheduler {
  const clock = { now: start };
  let parked: Parked[] = [];
  return {
    clock,
    sleep: (ms) =>
      new Promise((resume) => {
        // Ties are broken by the seed, not by who came first.
        parked.push({ at: clock.now + ms, order: random(), resume });
      }),
    async drain() {
      for (let steps = 0; parked.length > 0; steps += 1) {
        if (steps > MAX_STEPS) throw new Error("the schedule does not end");
        const next = parked.reduce((first, item) =>
          item.at < first.at || (item.at === first.at && item.order < first.order) ? item : first,
        );
        parked = parked.filter((item) => item !== next);
        clock.now = Math.max(clock.now, next.at);
        next.resume();
        // All work between two port calls is microtasks: they are over when the next macrotask runs.
        await new Promise((done) => setImmediate(done));
      }
    },
  };
}
