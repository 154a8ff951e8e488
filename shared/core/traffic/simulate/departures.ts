/** Requests that are being served, the one that ends first on top. No allocation per request but for growing. */
export interface Departures {
  /** When the first one ends; Infinity where there is none. */
  next(): number;
  push(at: number, host: number, ms: number): void;
  /** Takes the first one away; `host`, `ms` and `at` are its until the next call. */
  pop(): void;
  readonly size: number;
  readonly host: number;
  readonly ms: number;
  readonly at: number;
}

/** A binary heap in typed arrays. Ties leave in any order, the same one in every run. */
export function departures(): Departures {
  let [ats, hosts, times] = [new Float64Array(1024), new Int32Array(1024), new Float64Array(1024)];
  let size = 0;
  const taken = { at: 0, host: 0, ms: 0 };
  const grow = (): void => {
    const [moreAts, moreHosts, moreTimes] = [
      new Float64Array(ats.length * 2),
      new Int32Array(ats.length * 2),
      new Float64Array(ats.length * 2),
    ];
    moreAts.set(ats);
    moreHosts.set(hosts);
    moreTimes.set(times);
    [ats, hosts, times] = [moreAts, moreHosts, moreTimes];
  };
  const move = (from: number, to: number): void => {
    ats[to] = ats[from] as number;
    hosts[to] = hosts[from] as number;
    times[to] = times[from] as number;
  };
  const put = (index: number, at: number, host: number, ms: number): void => {
    ats[index] = at;
    hosts[index] = host;
    times[index] = ms;
  };
  return {
    next: () => (size === 0 ? Number.POSITIVE_INFINITY : (ats[0] as number)),
    push(at, host, ms) {
      if (size === ats.length) grow();
      let index = size++;
      while (index > 0) {
        const parent = (index - 1) >> 1;
        if ((ats[parent] as number) <= at) break;
        move(parent, index);
        index = parent;
      }
      put(index, at, host, ms);
    },
    pop() {
      taken.at = ats[0] as number;
      taken.host = hosts[0] as number;
      taken.ms = times[0] as number;
      size -= 1;
      const [at, host, ms] = [ats[size] as number, hosts[size] as number, times[size] as number];
      let index = 0;
      for (;;) {
        let child = 2 * index + 1;
        if (child >= size) break;
        if (child + 1 < size && (ats[child + 1] as number) < (ats[child] as number)) child += 1;
        if ((ats[child] as number) >= at) break;
        move(child, index);
        index = child;
      }
      put(index, at, host, ms);
    },
    get size() {
      return size;
    },
    get host() {
      return taken.host;
    },
    get ms() {
      return taken.ms;
    },
    get at() {
      return taken.at;
    },
  };
}
