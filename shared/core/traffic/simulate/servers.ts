/** Hosts that serve in the order of arrival, each with one or more servers. */
export interface Servers {
  /** When a request that arrives now and needs `serviceMs` is done. */
  serve(host: number, now: number, serviceMs: number): number;
}

/** One queue before each host: a request goes to the server of its host that is free first. */
export function servers(count: Int32Array): Servers {
  const first = new Int32Array(count.length + 1);
  for (let host = 0; host < count.length; host += 1)
    first[host + 1] = (first[host] as number) + (count[host] as number);
  const freeAt = new Float64Array(first[count.length] as number);
  return {
    serve(host, now, serviceMs) {
      let best = first[host] as number;
      const end = first[host + 1] as number;
      for (let index = best + 1; index < end && (freeAt[best] as number) > now; index += 1)
        if ((freeAt[index] as number) < (freeAt[best] as number)) best = index;
      const done = Math.max(now, freeAt[best] as number) + serviceMs;
      freeAt[best] = done;
      return done;
    },
  };
}
