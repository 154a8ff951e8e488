import { afterEach, beforeEach, describe, expect } from "vitest";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { ServiceRef } from "../../shared/core/ports/fleet.ts";
import type { SampleAnswer, SampleQuery, Samples } from "../../shared/core/ports/samples.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface SamplesHarness {
  readonly samples: Samples;
  readonly service: ServiceRef;
  readonly other: ServiceRef;
  /** On a whole minute; at least two hours of whole minutes before it are in the past. */
  readonly now: Millis;
  /** One measurement of `cpu` or `memory`; several in one period are combined. */
  readonly put: (service: ServiceRef, metric: string, at: Millis, value: number) => Promise<void>;
  /** Queries for this metric cannot be answered from now on; others can. */
  readonly failing?: (metric: string) => Promise<void>;
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const MINUTE = 60_000;

/** Everything the Samples port promises, over one adapter. Each guarantee starts without measurements. */
export function samplesContract(name: string, make: () => Promise<SamplesHarness>, skips?: Skips): void {
  describe(`Samples: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: SamplesHarness;
    /** The start of the minute `back` minutes before now. */
    const minute = (back: number) => harness.now - back * MINUTE;
    const query = (given: Partial<SampleQuery> = {}): SampleQuery => ({
      id: "one",
      service: harness.service,
      metric: "cpu",
      stat: "avg",
      periodMs: MINUTE,
      from: minute(10),
      to: minute(0),
      ...given,
    });
    const readOne = async (given: Partial<SampleQuery> = {}): Promise<SampleAnswer> => {
      const [answer] = await harness.samples.read([query(given)]);
      if (!answer) throw new Error("no answer");
      return answer;
    };
    const put = (at: Millis, value: number, metric = "cpu", service = harness.service) =>
      harness.put(service, metric, at, value);

    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());

    guarantee("nothing measured is an empty complete answer, not zero", async () => {
      expect(await readOne()).toMatchObject({ id: "one", points: [], status: "complete" });
    });

    guarantee("points come back at the start of their period, ascending, with their source", async () => {
      for (const [back, value] of [
        [3, 30],
        [5, 50],
        [4, 40],
      ] as const)
        await put(minute(back) + 20_000, value);
      const answer = await readOne();
      expect(answer.points).toEqual([
        { at: minute(5), value: 50 },
        { at: minute(4), value: 40 },
        { at: minute(3), value: 30 },
      ]);
      expect(answer.source).not.toBe("");
    });

    guarantee("gaps stay gaps", async () => {
      await put(minute(8), 10);
      await put(minute(2), 20);
      expect((await readOne()).points.map((point) => point.at)).toEqual([minute(8), minute(2)]);
    });

    guarantee("a measured zero is a point", async () => {
      await put(minute(2), 0);
      expect((await readOne()).points).toEqual([{ at: minute(2), value: 0 }]);
    });

    guarantee("avg, max and sum combine what was measured in one period", async () => {
      for (const [offset, value] of [
        [0, 10],
        [20_000, 20],
        [40_000, 60],
      ] as const)
        await put(minute(2) + offset, value);
      expect((await readOne({ stat: "avg" })).points).toEqual([{ at: minute(2), value: 30 }]);
      expect((await readOne({ stat: "max" })).points).toEqual([{ at: minute(2), value: 60 }]);
      expect((await readOne({ stat: "sum" })).points).toEqual([{ at: minute(2), value: 90 }]);
    });

    guarantee("a longer period combines shorter ones on its own boundaries", async () => {
      const start = Math.floor(minute(20) / (5 * MINUTE)) * 5 * MINUTE;
      for (let index = 0; index < 5; index++) await put(start + index * MINUTE, index * 10);
      const answer = await readOne({ periodMs: 5 * MINUTE, from: start, to: start + 5 * MINUTE });
      expect(answer.points).toEqual([{ at: start, value: 20 }]);
    });

    guarantee("from is aligned down and inclusive, to is exclusive", async () => {
      for (const back of [6, 5, 4, 3]) await put(minute(back) + 1_000, back);
      const answer = await readOne({ from: minute(5) + 30_000, to: minute(3) });
      expect(answer.points.map((point) => point.at)).toEqual([minute(5), minute(4)]);
    });

    guarantee("a period that is cut by the end of the window is left out", async () => {
      await put(minute(3) + 1_000, 30);
      await put(minute(2) + 1_000, 20);
      const answer = await readOne({ to: minute(1) - 30_000 });
      expect(answer.points).toEqual([{ at: minute(3), value: 30 }]);
    });

    guarantee("services and metrics do not mix", async () => {
      await put(minute(2), 11);
      await put(minute(2), 22, "memory");
      await put(minute(2), 33, "cpu", harness.other);
      const answers = await harness.samples.read([
        query({ id: "a" }),
        query({ id: "b", metric: "memory" }),
        query({ id: "c", service: harness.other }),
        query({ id: "d", service: harness.other, metric: "memory" }),
      ]);
      expect(answers.map((answer) => [answer.id, answer.points.map((point) => point.value)])).toEqual([
        ["a", [11]],
        ["b", [22]],
        ["c", [33]],
        ["d", []],
      ]);
    });

    guarantee("answers come in the order of the queries, windows of different lengths included", async () => {
      for (const back of [1, 2, 3]) await put(minute(back), back);
      const answers = await harness.samples.read([
        query({ id: "z", from: minute(1) }),
        query({ id: "a", from: minute(3) }),
        query({ id: "m", from: minute(2) }),
      ]);
      expect(answers.map((answer) => [answer.id, answer.points.length])).toEqual([
        ["z", 1],
        ["a", 3],
        ["m", 2],
      ]);
    });

    guarantee("no queries, no answers", async () => {
      expect(await harness.samples.read([])).toEqual([]);
    });

    guarantee("more queries than fit in one request are all answered", async () => {
      await put(minute(2), 42);
      const many = Array.from({ length: 1_201 }, (_, index) => query({ id: `id ${index}` }));
      const answers = await harness.samples.read(many);
      expect(answers.map((answer) => answer.id)).toEqual(many.map((one) => one.id));
      expect(answers.every((answer) => answer.points[0]?.value === 42)).toBe(true);
    });

    guarantee("one query that fails hides no other, and has no points", async () => {
      if (!harness.failing) throw new Error("no way to make a query fail: skip this guarantee with the reason");
      await put(minute(2), 11);
      await put(minute(2), 22, "memory");
      await harness.failing("memory");
      const [cpu, memory] = await harness.samples.read([query({ id: "a" }), query({ id: "b", metric: "memory" })]);
      expect(cpu).toMatchObject({ status: "complete", points: [{ value: 11 }] });
      expect(memory).toMatchObject({ status: "failed", points: [], detail: expect.stringMatching(/\w/) });
    });

    guarantee("when nothing can be read it is an error that may be tried again, never empty answers", async () => {
      await harness.breakDown();
      await expect(harness.samples.read([query()])).rejects.toMatchObject({
        code: "samples.unavailable",
        retryable: true,
      });
    });
    done();
  });
}
