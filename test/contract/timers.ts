import { afterEach, beforeEach, describe, expect } from "vitest";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Timers, Wake } from "../../shared/core/ports/timers.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface TimersHarness {
  readonly timers: Timers;
  readonly now: () => Millis;
  /** Lets the timers' time pass. */
  readonly advance: (ms: DurationMs) => Promise<void>;
  /** Wakes delivered since the last call, in the order of delivery. */
  readonly delivered: () => Promise<readonly Wake[]>;
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const SECOND = 1_000;
const MINUTE = 60_000;
const key = (subject: string) => ({ tenant: "default", noun: "autoscaling", subject });

/** Everything the Timers port promises, over one adapter. Each guarantee has fresh timers. */
export function timersContract(name: string, make: () => Promise<TimersHarness>, skips?: Skips): void {
  describe(`Timers: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: TimersHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());
    const wake = (subject: string, inMs: DurationMs): Wake => ({ key: key(subject), at: harness.now() + inMs });

    for (const [words, delay] of [
      ["in a minute", MINUTE],
      ["in 15 minutes exactly", 15 * MINUTE],
      ["in 15 minutes and a second", 15 * MINUTE + SECOND],
      ["in three days", 72 * 60 * MINUTE],
    ] as const)
      guarantee(`a wake ${words} comes then and not earlier`, async () => {
        const wanted = wake("orders", delay);
        await harness.timers.wake(wanted);
        await harness.advance(delay - SECOND);
        expect(await harness.delivered()).toEqual([]);
        await harness.advance(2 * MINUTE);
        expect(await harness.delivered()).toEqual([wanted]);
      });

    guarantee("fractions of a second are rounded to later, never to earlier", async () => {
      for (const delay of [1_001, 20 * MINUTE + 1]) {
        const wanted = wake("orders", delay);
        await harness.timers.wake(wanted);
        await harness.advance(delay - 1);
        expect(await harness.delivered()).toEqual([]);
        await harness.advance(MINUTE);
        expect(await harness.delivered()).toEqual([wanted]);
      }
    });

    guarantee("a wake for the past comes at once", async () => {
      const wanted = wake("orders", -5 * MINUTE);
      await harness.timers.wake(wanted);
      await harness.advance(SECOND);
      expect(await harness.delivered()).toEqual([wanted]);
    });

    guarantee("the same key and instant set again is one wake", async () => {
      for (const delay of [MINUTE, 30 * MINUTE]) {
        const wanted = wake("orders", delay);
        await harness.timers.wake(wanted);
        await harness.timers.wake({ ...wanted, key: { ...wanted.key } });
        await harness.advance(delay + MINUTE);
        expect(await harness.delivered()).toEqual([wanted]);
      }
    });

    guarantee("one key at several instants, and several keys at one, all come", async () => {
      const wanted = [
        wake("orders", MINUTE),
        wake("orders", 2 * MINUTE),
        wake("carts", MINUTE),
        wake("orders", 20 * MINUTE),
      ];
      await Promise.all(wanted.map((one) => harness.timers.wake(one)));
      await harness.advance(30 * MINUTE);
      const delivered = (await harness.delivered()).map((one) => `${one.key.subject}@${one.at}`).sort();
      expect(delivered).toEqual(wanted.map((one) => `${one.key.subject}@${one.at}`).sort());
    });

    guarantee("keys arrive letter for letter, whatever is in them", async () => {
      const wanted = [MINUTE, 20 * MINUTE].map((delay) => ({ ...wake('a/b "c" <ü> 🦊', delay) }));
      for (const one of wanted) await harness.timers.wake(one);
      await harness.advance(30 * MINUTE);
      expect((await harness.delivered()).toSorted((a, b) => a.at - b.at)).toEqual(wanted);
    });

    guarantee("a wake that came may be set again for later", async () => {
      await harness.timers.wake(wake("orders", MINUTE));
      await harness.advance(2 * MINUTE);
      expect(await harness.delivered()).toHaveLength(1);
      const again = wake("orders", MINUTE);
      await harness.timers.wake(again);
      await harness.advance(2 * MINUTE);
      expect(await harness.delivered()).toEqual([again]);
    });

    guarantee("timers that cannot be set are an error that may be tried again", async () => {
      const later = [wake("orders", MINUTE), wake("orders", 30 * MINUTE)];
      await harness.breakDown();
      for (const one of later)
        await expect(harness.timers.wake(one)).rejects.toMatchObject({ code: "timers.unavailable", retryable: true });
    });
    done();
  });
}
