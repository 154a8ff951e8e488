/** Lets `rate` requests a second through, and `burst` at once. */
export interface TokenBucket {
  /** 0: it may go. Otherwise in how many ms the next one may. */
  take(): number;
}

/** @param rate tokens per real second @param nowMs real, monotonic */
export function tokenBucket(rate: number, burst: number, nowMs: () => number = () => performance.now()): TokenBucket {
  let tokens = burst;
  let at = nowMs();
  return {
    take: () => {
      const now = nowMs();
      tokens = Math.min(burst, tokens + ((now - at) * rate) / 1000);
      at = now;
      if (tokens < 1) return ((1 - tokens) * 1000) / rate;
      tokens--;
      return 0;
    },
  };
}
