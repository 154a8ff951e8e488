/** Work side by side, bounded in each lane and over all of them. */
export interface Lanes {
  /**
   * Runs `work` when its lane has room. Lanes take turns, so that a full one holds up nobody but itself. `waited`: it was not at once,
   * and the world may have moved on.
   */
  run<T>(lane: string, work: (waited: boolean) => Promise<T>): Promise<T>;
}

interface Lane {
  running: number;
  readonly waiting: ((waited: boolean) => void)[];
}

/**
 * @param perLane at most so many at once in one lane: a receiver that hangs keeps as many, not all
 * @param total at most so many at once
 */
export function fairLanes(perLane: number, total: number): Lanes {
  const lanes = new Map<string, Lane>();
  let running = 0;

  const next = (): void => {
    for (const [name, lane] of lanes) {
      if (running >= total) return;
      if (lane.running >= perLane || lane.waiting.length === 0) continue;
      const start = lane.waiting.shift() as (waited: boolean) => void;
      // To the end of the round: the one that was served last is asked last.
      lanes.delete(name);
      lanes.set(name, lane);
      start(true);
    }
  };

  return {
    run: (name, work) =>
      new Promise((resolve, reject) => {
        const lane = lanes.get(name) ?? { running: 0, waiting: [] };
        lanes.set(name, lane);
        const end = (): void => {
          running -= 1;
          lane.running -= 1;
          if (lane.running === 0 && lane.waiting.length === 0 && lanes.get(name) === lane) lanes.delete(name);
          next();
        };
        const start = (waited: boolean): void => {
          running += 1;
          lane.running += 1;
          work(waited).then(resolve, reject).finally(end);
        };
        if (running < total && lane.running < perLane && lane.waiting.length === 0) start(false);
        else lane.waiting.push(start);
      }),
  };
}

/** Lanes for each owner (a store, say: one process), made when first asked for. */
export function lanesOf(perLane: number, total: number): (owner: object) => Lanes {
  const known = new WeakMap<object, Lanes>();
  return (owner) => {
    const found = known.get(owner);
    if (found) return found;
    const made = fairLanes(perLane, total);
    known.set(owner, made);
    return made;
  };
}
