import { afterEach, beforeEach, describe, expect } from "vitest";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Counts } from "../../shared/core/ports/counts.ts";
import { guarantees, type Skips } from "./guarantee.ts";

/** One request of a version, at its end. */
export interface Served {
  readonly version: string;
  readonly at: Millis;
  readonly ms: number;
  readonly failed?: boolean;
}

export interface CountsHarness {
  readonly counts: Counts;
  readonly service: string;
  /** Whole minute from which on everything is known; nothing is known from before. */
  readonly start: Millis;
  /** Shortest interval the source can tell apart. Default 30 s. */
  readonly everyMs?: DurationMs;
  /** Lets it be served, in the order of time, and the source see it. `slowMs`: what counts as slow where the source has to know beforehand. */
  readonly serve: (requests: readonly Served[], slowMs: number) => Promise<void>;
  /** The source does not answer any more; absent: it is in this process and cannot be away. */
  readonly breakDown?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const SECOND = 1_000;
/** Between the edges of any histogram's buckets. */
const SLOW = 200;

/** Everything the Counts port promises, over one adapter. Each guarantee has a fresh one. */
export function countsContract(name: string, make: () => Promise<CountsHarness>, skips?: Skips): void {
  describe(`Counts: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: CountsHarness;
    let tick = 30 * SECOND;
    beforeEach(async () => {
      harness = await make();
      tick = harness.everyMs ?? 30 * SECOND;
    });
    afterEach(async () => harness?.close());

    const read = (ticks: number, versions: readonly string[] = ["v1", "v2"], from = harness.start) =>
      harness.counts.read({
        service: harness.service,
        versions,
        from,
        to: from + ticks * tick,
        everyMs: tick,
        slowMs: SLOW,
      });
    const many = (count: number, one: Served): Served[] => Array.from({ length: count }, () => one);

    guarantee("each interval has its own requests, errors and slow ones, by version", async () => {
      const { start } = harness;
      await harness.serve(
        [
          ...many(20, { version: "v1", at: start + SECOND, ms: 50 }),
          ...many(3, { version: "v1", at: start + SECOND, ms: 60, failed: true }),
          ...many(4, { version: "v2", at: start + 2 * SECOND, ms: 500 }),
          ...many(7, { version: "v1", at: start + tick + SECOND, ms: 900 }),
        ],
        SLOW,
      );
      const [first, second] = await read(2);
      expect(first?.at).toBe(start);
      expect(first?.versions["v1"]).toMatchObject({ requests: 23, errors: 3, slow: 0 });
      expect(first?.versions["v2"]).toMatchObject({ requests: 4, errors: 0, slow: 4 });
      expect(second?.at).toBe(start + tick);
      expect(second?.versions["v1"]).toMatchObject({ requests: 7, errors: 0, slow: 7 });
    });

    guarantee("the start of an interval is part of it and its end is the next one's", async () => {
      const { start } = harness;
      await harness.serve(
        [
          { version: "v1", at: start, ms: 50 },
          { version: "v1", at: start + tick - 1, ms: 50 },
          { version: "v1", at: start + tick, ms: 50 },
        ],
        SLOW,
      );
      const counted = (await read(2)).map(({ versions }) => versions["v1"]?.requests);
      expect(counted).toEqual([2, 1]);
    });

    guarantee("every interval asked for is answered, oldest first, also those of which nothing is known", async () => {
      await harness.serve([{ version: "v1", at: harness.start + SECOND, ms: 50 }], SLOW);
      const before = await read(2, ["v1"], harness.start - 2 * tick);
      expect(before).toEqual([
        { at: harness.start - 2 * tick, versions: {} },
        { at: harness.start - tick, versions: {} },
      ]);
      const all = await read(4, ["v1"], harness.start - 2 * tick);
      expect(all.map(({ at }) => at)).toEqual([-2, -1, 0, 1].map((index) => harness.start + index * tick));
    });

    guarantee("the same question has the same answer once it is settled", async () => {
      await harness.serve(many(9, { version: "v1", at: harness.start + SECOND, ms: 50 }), SLOW);
      const first = await read(1);
      await harness.serve(many(9, { version: "v1", at: harness.start + tick + SECOND, ms: 50 }), SLOW);
      expect(await read(1)).toEqual(first);
    });

    guarantee("only versions that were asked for are told", async () => {
      await harness.serve(
        [
          { version: "v1", at: harness.start, ms: 50 },
          { version: "v2", at: harness.start, ms: 50 },
        ],
        SLOW,
      );
      expect(Object.keys((await read(1, ["v2"]))[0]?.versions ?? {})).toEqual(["v2"]);
    });

    guarantee("the p99 is that of the interval, where it is told at all", async () => {
      await harness.serve(many(200, { version: "v1", at: harness.start + SECOND, ms: 80 }), SLOW);
      await harness.serve(many(200, { version: "v1", at: harness.start + tick + SECOND, ms: 400 }), SLOW);
      const [first, second] = (await read(2)).map(({ versions }) => versions["v1"]?.p99Ms);
      if (first === undefined || second === undefined) return;
      expect(first / 80).toBeCloseTo(1, 0);
      expect(second / first).toBeGreaterThan(3);
    });

    guarantee("what is settled never lies ahead of now, and goes on with it", async () => {
      const { counts, start } = harness;
      const [at, later] = [start + 10 * tick, start + 20 * tick];
      expect(counts.settledUntil(at)).toBeLessThanOrEqual(at);
      expect(counts.settledUntil(later) - counts.settledUntil(at)).toBe(later - at);
    });

    guarantee("a source that does not answer is an error that may be tried again, never zeros", async () => {
      if (!harness.breakDown) throw new Error("it cannot be away: skip this guarantee with the reason");
      await harness.breakDown();
      await expect(read(1)).rejects.toMatchObject({ code: "counts.unavailable", retryable: true });
    });
    done();
  });
}
