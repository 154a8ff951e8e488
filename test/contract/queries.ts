import { afterAll, beforeAll, describe, expect } from "vitest";
import { labelsKey, METRIC_NAME } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { WrittenSeries } from "../../shared/core/monitoring/promql/memory-source.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface QueriesHarness {
  readonly queries: Queries;
  /** Whoever answers goes away. */
  readonly breakDown?: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const MINUTE = 60_000;
const EVERY = 15_000;

/** Printable ones, quotes and breaks that every format has its own way with. */
const AWKWARD = 'a "b" \\ c\n<d> {e="f"} ü 🦊';

/** What there is to ask for: gauges over half an hour until `at`, one every 15 s, and some that are special. */
export function seriesAt(at: Millis): readonly WrittenSeries[] {
  const over = (minutes: number, value: (index: number) => number) => {
    const last = (minutes * MINUTE) / EVERY;
    return Array.from({ length: last + 1 }, (_, index) => ({ at: at - (last - index) * EVERY, value: value(index) }));
  };
  const gauge = (name: string, labels: Record<string, string>, points: WrittenSeries["points"]): WrittenSeries => ({
    labels: { [METRIC_NAME]: name, ...labels },
    points,
  });
  return [
    gauge(
      "up",
      { job: "kafka", instance: "a:9308" },
      over(30, () => 0),
    ),
    gauge(
      "up",
      { job: "flink", instance: "b:9249" },
      over(30, () => 1),
    ),
    gauge(
      "temperature",
      {},
      over(30, (index) => index),
    ),
    gauge(
      "odd",
      { kind: "nan" },
      over(1, () => Number.NaN),
    ),
    gauge(
      "odd",
      { kind: "plus" },
      over(1, () => Number.POSITIVE_INFINITY),
    ),
    gauge(
      "odd",
      { kind: "minus" },
      over(1, () => Number.NEGATIVE_INFINITY),
    ),
    gauge(
      "odd",
      { kind: "third" },
      over(1, () => 0.1 + 0.2),
    ),
    gauge(
      "odd",
      { kind: "large" },
      over(1, () => 1.7976931348623157e308),
    ),
    gauge(
      "odd",
      { kind: "small" },
      over(1, () => 5e-324),
    ),
    gauge(
      "awkward",
      { text: AWKWARD },
      over(1, () => 1),
    ),
    gauge("old", {}, [{ at: at - 6 * MINUTE, value: 1 }]),
    gauge("gap", {}, [
      { at: at - 20 * MINUTE, value: 1 },
      { at, value: 2 },
    ]),
  ];
}

/** Everything the Queries port promises, over one adapter that has the series of {@link seriesAt}. */
export function queriesContract(
  name: string,
  at: Millis,
  make: (series: readonly WrittenSeries[]) => Promise<QueriesHarness>,
  skips?: Skips,
): void {
  describe(`Queries: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: QueriesHarness;
    beforeAll(async () => {
      harness = await make(seriesAt(at));
    });
    afterAll(async () => harness?.close());
    const instant = async (expr: string, when = at) => (await harness.queries.instant(expr, when)).samples;
    const sorted = async (expr: string) =>
      [...(await instant(expr))].sort((a, b) => (labelsKey(a.labels) < labelsKey(b.labels) ? -1 : 1));

    guarantee("it says who answers", async () => {
      expect(harness.queries.source).toMatch(/^[a-z-]+$/);
    });

    guarantee("an instant vector has the labels of its series, the name among them", async () => {
      expect(await sorted("up")).toEqual([
        { labels: { [METRIC_NAME]: "up", instance: "a:9308", job: "kafka" }, value: 0 },
        { labels: { [METRIC_NAME]: "up", instance: "b:9249", job: "flink" }, value: 1 },
      ]);
    });

    guarantee("nothing found is an empty answer", async () => {
      expect(await instant('up{job="nobody"}')).toEqual([]);
      expect((await harness.queries.range("nobody", at - MINUTE, at, EVERY)).series).toEqual([]);
    });

    guarantee("a comparison leaves out what does not hold, and a measured zero is a value", async () => {
      expect(await instant("up == 0")).toMatchObject([{ labels: { job: "kafka" }, value: 0 }]);
    });

    guarantee("a scalar is one sample without labels", async () => {
      expect(await instant("1 / 4")).toEqual([{ labels: {}, value: 0.25 }]);
    });

    guarantee("values that JSON has no number for, and the longest ones, arrive as they are", async () => {
      const samples = await instant("odd");
      expect(Object.fromEntries(samples.map(({ labels, value }) => [labels["kind"], value]))).toEqual({
        nan: Number.NaN,
        plus: Number.POSITIVE_INFINITY,
        minus: Number.NEGATIVE_INFINITY,
        third: 0.1 + 0.2,
        large: 1.7976931348623157e308,
        small: 5e-324,
      });
    });

    guarantee("label values arrive letter for letter, and can be asked for", async () => {
      expect(await instant("awkward")).toMatchObject([{ labels: { text: AWKWARD } }]);
      expect(await instant(`awkward{text=${JSON.stringify(AWKWARD)}}`)).toHaveLength(1);
    });

    guarantee("the instant that is asked for counts, to the millisecond", async () => {
      const values = [at, at - 1, at - EVERY, at - EVERY - 1].map(
        async (when) => (await instant("temperature", when))[0]?.value,
      );
      expect(await Promise.all(values)).toEqual([120, 119, 119, 118]);
    });

    guarantee("a sample that is older than five minutes is not there", async () => {
      expect(await instant("old")).toEqual([]);
      expect(await instant("old", at - 2 * MINUTE)).toHaveLength(1);
    });

    guarantee("a range has both ends, ascending", async () => {
      const { series } = await harness.queries.range("temperature", at - MINUTE, at, 30_000);
      expect(series).toMatchObject([
        {
          points: [
            { at: at - MINUTE, value: 116 },
            { at: at - 30_000, value: 118 },
            { at, value: 120 },
          ],
        },
      ]);
    });

    guarantee("steps without a value are left out of a range", async () => {
      const { series } = await harness.queries.range("gap", at - 20 * MINUTE, at, 4 * MINUTE);
      expect(series[0]?.points).toEqual([
        { at: at - 20 * MINUTE, value: 1 },
        { at: at - 16 * MINUTE, value: 1 },
        { at, value: 2 },
      ]);
    });

    guarantee("a scalar over a range is one series without labels", async () => {
      const { series } = await harness.queries.range("7", at - MINUTE, at, MINUTE);
      expect(series).toMatchObject([{ labels: {}, points: [{ value: 7 }, { value: 7 }] }]);
    });

    guarantee("11,000 points are answered, a few more are a fault of the question", async () => {
      const { series } = await harness.queries.range("1", at - 10_999_000, at, 1_000);
      expect(series[0]?.points).toHaveLength(11_000);
      await expect(harness.queries.range("1", at - 11_001_000, at, 1_000)).rejects.toMatchObject({
        code: "query.invalid",
        retryable: false,
      });
    });

    guarantee("an end before the start, and a step of nothing, are faults of the question", async () => {
      for (const [from, to, step] of [
        [at, at - 1, 1_000],
        [at - 1, at, 0],
        [at - 1, at, -1],
      ] as const)
        await expect(harness.queries.range("1", from, to, step)).rejects.toMatchObject({ code: "query.invalid" });
    });

    for (const expr of ["up{", "rate(up)", "sum(", "nonsense(up)", "up and 1", "", "up[5m]", '"text"'])
      guarantee(`${JSON.stringify(expr)} is a fault of the expression, for good`, async () => {
        await expect(instant(expr)).rejects.toMatchObject({ code: "query.invalid", retryable: false });
      });

    guarantee("a long expression is answered like a short one", async () => {
      const long = Array.from({ length: 150 }, (_, index) => `nothing_${"x".repeat(60)}_${index}`).join(" or ");
      expect(await instant(`${long} or up == 0`)).toHaveLength(1);
    });

    guarantee("many at once do not mix", async () => {
      const values = Array.from(
        { length: 30 },
        async (_, index) => (await instant(`temperature * 0 + ${index}`))[0]?.value,
      );
      expect(await Promise.all(values)).toEqual(Array.from({ length: 30 }, (_, index) => index));
    });

    guarantee("when nobody answers it is an error that may be tried again, never an empty answer", async () => {
      if (!harness.breakDown) throw new Error("no way to break it: skip this guarantee with the reason");
      await harness.breakDown();
      await expect(instant("up")).rejects.toMatchObject({ code: "query.unavailable", retryable: true });
    });
    done();
  });
}
