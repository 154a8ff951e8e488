import { type Ask, later } from "./http.ts";
import type { Outcome } from "./types.ts";

interface Counter {
  exposed: number;
  requests: number;
  errors: number;
  slow: number;
  /** Requests of which it was told whether they were slow. */
  timed: number;
}

interface Item {
  readonly flag: string;
  readonly variant: string;
  readonly exposed: number;
  readonly requests: number;
  readonly errors: number;
  readonly slow?: number;
}

export interface Reporter {
  readonly exposed: (flag: string, variant: string) => void;
  readonly outcome: (flag: string, variant: string, outcome: Outcome) => void;
  readonly flush: () => Promise<void>;
  readonly start: () => void;
  readonly stop: () => void;
  readonly stats: () => { readonly reported: number; readonly dropped: number };
}

/** Flags × variants that are counted between two reports; names come from outcomes too, which anybody may make up. */
const MOST_COUNTERS = 5_000;
/** As many as one report may carry. */
const MOST_ITEMS = 2_000;

/**
 * Counts in memory and reports in batches. A batch that did not arrive is sent again as it was, under its own number, so that it counts
 * once; what is counted meanwhile waits for the next.
 */
export function createReporter(
  ask: Ask,
  source: string,
  reportMs: () => number,
  firstSeq: number,
  warn: (message: string) => void,
): Reporter {
  let counters = new Map<string, Map<string, Counter>>();
  let size = 0;
  let seq = firstSeq;
  let waiting: { readonly seq: number; readonly items: readonly Item[] }[] = [];
  let sending: Promise<void> | undefined;
  let cancel: (() => void) | undefined;
  let reported = 0;
  let dropped = 0;
  let refused = false;

  function counter(flag: string, variant: string): Counter | undefined {
    const variants = counters.get(flag);
    const known = variants?.get(variant);
    if (known) return known;
    if (size >= MOST_COUNTERS) {
      dropped += 1;
      return undefined;
    }
    size += 1;
    const made = { exposed: 0, requests: 0, errors: 0, slow: 0, timed: 0 };
    if (variants) variants.set(variant, made);
    else counters.set(flag, new Map([[variant, made]]));
    return made;
  }

  /** Puts what was counted into numbered batches. */
  function seal(): void {
    const items = [...counters].flatMap(([flag, variants]) =>
      [...variants].map(([variant, { exposed, requests, errors, slow, timed }]): Item => {
        const told = timed === requests ? { slow } : {};
        return { flag, variant, exposed, requests, errors, ...told };
      }),
    );
    counters = new Map();
    size = 0;
    for (let from = 0; from < items.length; from += MOST_ITEMS)
      waiting.push({ seq: (seq += 1), items: items.slice(from, from + MOST_ITEMS) });
  }

  const countOf = (items: readonly Item[]): number => items.reduce((sum, one) => sum + one.exposed + one.requests, 0);

  async function send(): Promise<void> {
    if (waiting.length === 0) seal();
    for (let batch = waiting[0]; batch; batch = waiting[0]) {
      const response = await ask("exposures", { body: { source, seq: batch.seq, items: batch.items } });
      await response.body?.cancel();
      const { status } = response;
      // What may be better in a while is kept; what Headgate does not want will not be wanted later either.
      if (status >= 500 || status === 429 || status === 408) throw new Error(`Headgate answered ${status}`);
      if (status < 300) reported += countOf(batch.items);
      else {
        dropped += countOf(batch.items);
        if (!refused) warn(`Headgate does not take what was counted: it answered ${status}`);
        refused = true;
      }
      waiting = waiting.slice(1);
    }
  }

  function flush(): Promise<void> {
    sending ??= send().finally(() => {
      sending = undefined;
    });
    return sending;
  }

  function start(): void {
    cancel?.();
    cancel = later(reportMs(), () => {
      if (size > 0 || waiting.length > 0) flush().then(start, start);
      else start();
    });
  }

  return {
    exposed: (flag, variant) => {
      const one = counter(flag, variant);
      if (one) one.exposed += 1;
    },
    outcome: (flag, variant, { error, slow }) => {
      const one = counter(flag, variant);
      if (!one) return;
      one.requests += 1;
      if (error) one.errors += 1;
      if (slow !== undefined) one.timed += 1;
      if (slow) one.slow += 1;
    },
    flush,
    start,
    stop: () => cancel?.(),
    stats: () => ({ reported, dropped }),
  };
}
