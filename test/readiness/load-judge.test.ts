import { describe, expect, test } from "vitest";
import { reportLines } from "../../cli/load-text.ts";
import { judgeLoad } from "../../shared/core/readiness/load/judge.ts";
import { type Objective, parseObjective } from "../../shared/core/readiness/load/objectives.ts";
import { capacityYaml, loadReport } from "../../shared/core/readiness/load/report.ts";
import { mergedRows, totalsOf } from "../../shared/core/readiness/load/rows.ts";
import { queueRows } from "./load-kit.ts";

const objectives = (...texts: readonly string[]) => texts.map((one) => parseObjective(one) as Objective);
const P99 = objectives("p99 < 150ms", "errors < 1%");
const judge = (rows: ReturnType<typeof queueRows>, more: object = {}) =>
  judgeLoad({ rows, samples: [], objectives: P99, warmup: 0, ...more });
const ramp = (from: number, to: number, seconds: number) => (second: number) => from + ((to - from) * second) / seconds;

describe("the knee", () => {
  test.each([
    [300, 1, 20, 1],
    [300, 8, 30, 2],
    [500, 4, 60, 3],
    [200, 2, 40, 4],
    [800, 16, 40, 5],
  ])(
    "of %d/s on %d slots is found within 10 % by a ramp of %d s, and lies in its interval",
    (capacity, slots, seconds, seed) => {
      const { knee, verdict } = judge(
        queueRows({ seconds, rate: ramp(capacity / 4, capacity * 1.7, seconds), capacity, slots, seed }),
      );
      expect(verdict).toBe("broken");
      expect(knee).toMatchObject({ kind: "found", broke: "p99 < 150ms" });
      expect(Math.abs((knee?.rate ?? 0) / capacity - 1)).toBeLessThan(0.1);
      expect(knee?.low).toBeLessThanOrEqual(knee?.rate as number);
      expect(knee?.high).toBeGreaterThanOrEqual(knee?.rate as number);
      expect((knee?.high ?? 0) - (knee?.low ?? 0)).toBeLessThan(capacity * 0.5);
    },
  );

  test("steps around it are enough", () => {
    const steps = [100, 200, 300, 380, 460, 540];
    const { knee } = judge(
      queueRows({ seconds: 60, rate: (second) => steps[Math.floor(second / 10)] ?? 0, capacity: 400, slots: 4 }),
    );
    expect(knee?.rate).toBeGreaterThan(340);
    expect(knee?.rate).toBeLessThan(440);
  });

  test("what is left of a spike says nothing about the rate after it", () => {
    const { knee } = judge(
      queueRows({ seconds: 45, rate: (second) => (second >= 15 && second < 25 ? 800 : 200), capacity: 400, slots: 4 }),
    );
    expect(knee?.kind).toBe("found");
    expect(knee?.rate).toBeGreaterThanOrEqual(190);
  });

  test("it is only a lower bound where nothing broke, and none where everything did", () => {
    const held = judge(queueRows({ seconds: 20, rate: () => 200, capacity: 4000, slots: 8 }));
    expect(held).toMatchObject({ verdict: "held", knee: { kind: "at_least" } });
    expect(held.knee?.rate).toBeGreaterThan(180);
    const never = judge(queueRows({ seconds: 20, rate: () => 200, capacity: 20, slots: 1 }));
    expect(never).toMatchObject({ verdict: "broken", knee: { kind: "none", rate: 0 } });
  });

  test("one bad second is not the end of capacity", () => {
    const rows = queueRows({ seconds: 30, rate: () => 300, capacity: 4000, slots: 8 }).map((row) =>
      row.second === 12 ? { ...row, ok: 0, errors: row.asked } : row,
    );
    expect(judge(rows).knee?.kind).toBe("at_least");
  });
});

const base = {
  ...{ id: "loa_1", name: "ramp", service: "orders", target: "x", startedAt: 0, endedAt: 1, samples: [], use: 0.7 },
  ...{ objectives: P99, warmup: 0 },
};

describe("the verdict", () => {
  const good = queueRows({ seconds: 20, rate: () => 300, capacity: 3000, slots: 8 });

  test("a generator that is behind its own schedule is blamed, not the target", () => {
    const rows = good.map((row, index) => (index % 4 === 0 ? { ...row, lagUs: 50_000 } : row));
    expect(judge(rows).verdict).toBe("saturated");
    const one = good.map((row, index) => (index === 3 ? { ...row, lagUs: 50_000 } : row));
    expect(judge(one).verdict).toBe("held");
  });

  test.each([
    ["no objective", []],
    ["one on latency, which quick refusals leave well", ["p99 < 300ms"]],
  ])("a target that refuses nearly everything does not hold, whatever was asked of it: %s", (_what, texts) => {
    const refused = good.map((row) => ({ ...row, ok: 3, errors: row.asked - 3 }));
    const report = loadReport({ ...base, rows: refused, objectives: objectives(...texts), instances: [], said: 1 });
    expect(report).toMatchObject({ verdict: "broken", knee: { kind: "none" } });
    expect(report.why).toMatch(/^errors < 1% \(implied\) did not hold: 9\d/);
    expect(report).not.toHaveProperty("capacity");
    expect(judge(good, { objectives: [] })).toMatchObject({ verdict: "held", outcomes: [{ met: true }] });
  });

  test("what nothing is asked of is at least what was answered well, not what was asked for", () => {
    const half = good.map((row) => ({ ...row, ok: Math.floor(row.asked / 2), errors: Math.ceil(row.asked / 2) }));
    const { knee, verdict, outcomes } = judge(half, { objectives: objectives("errors <= 60%") });
    expect([verdict, knee?.kind, outcomes.length]).toEqual(["held", "at_least", 1]);
    expect(knee?.rate).toBeGreaterThan(120);
    expect(knee?.rate).toBeLessThan(180);
  });

  test("objectives that broke now and then are not told as held, and no capacity is drawn from them", () => {
    const rows = good.map((row) => (row.second === 12 ? { ...row, ok: 0, errors: row.asked } : row));
    const samples = rows.map(({ second }) => ({ resource: "cpu", second, share: 0.5 }));
    const report = loadReport({ ...base, rows, samples, instances: [], said: 2 });
    expect(report).toMatchObject({ verdict: "broken", knee: { kind: "at_least" } });
    expect(report.bottleneck.why).toMatch(/^the objectives broke, but from no second on for good; closest .* cpu/);
    expect(report).not.toHaveProperty("capacity");
    expect(reportLines(report).join("\n")).not.toContain("held throughout");
  });

  test("a day and a half of seconds is judged as a minute is", () => {
    const [one] = good;
    const days = Array.from({ length: 130_000 }, (_, second) => ({ ...(one as (typeof good)[number]), second }));
    const samples = days.map(({ second }) => ({ resource: "cpu", second, share: 0.5 }));
    expect(judge(days, { samples })).toMatchObject({ verdict: "held", bottleneck: { uses: [{ most: 0.5 }] } });
  });

  test("what was never sent counts as failed", () => {
    const rows = good.map((row) => ({ ...row, unsent: 30, sent: row.sent - 30, ok: row.ok - 30 }));
    const { verdict, outcomes } = judge(rows, { objectives: objectives("errors < 5%", "rate >= 95%") });
    expect(verdict).toBe("broken");
    expect(outcomes.map(({ met }) => met)).toEqual([false, false]);
  });

  test("nothing measured is never met, and an end before its time is no verdict", () => {
    expect(judge([]).verdict).toBe("aborted");
    const failed = good.map((row) => ({
      ...row,
      ok: 0,
      errors: row.asked,
      latency: { n: 0, sum: 0, least: 0, most: 0, b: [] },
    }));
    expect(judge(failed).outcomes[0]).toMatchObject({ met: false });
    expect(judge(failed).outcomes[0]).not.toHaveProperty("value");
    expect(judge(good, { abortedBy: "interrupted" })).toMatchObject({ verdict: "aborted", why: "interrupted" });
  });

  test("the warm-up is left out", () => {
    const rows = good.map((row) => (row.second < 5 ? { ...row, errors: row.asked, ok: 0 } : row));
    expect(judge(rows).verdict).toBe("broken");
    expect(judge(rows, { warmup: 5 })).toMatchObject({ verdict: "held", totals: { errors: 0 } });
  });

  test("a load that stays the same while the latency grows drifts", () => {
    const { drift } = judge(queueRows({ seconds: 30, rate: () => 300, capacity: 290, slots: 1 }));
    expect(drift).toBeGreaterThan(1.5);
    expect(judge(queueRows({ seconds: 30, rate: ramp(50, 300, 30), capacity: 900, slots: 1 }))).not.toHaveProperty(
      "drift",
    );
  });

  test("rows of workers are one row a second, with nothing lost", () => {
    const rows = mergedRows([...good, ...good]);
    expect(rows.map(({ second }) => second)).toEqual(good.map(({ second }) => second));
    expect(totalsOf(rows)).toMatchObject({
      asked: 2 * totalsOf(good).asked,
      latency: { n: 2 * totalsOf(good).latency.n },
    });
  });
});

describe("the report", () => {
  const rows = queueRows({ seconds: 40, rate: ramp(100, 700, 40), capacity: 400, slots: 4 });

  test("capacity is the knee over the instances that were ready when it broke", () => {
    const instances = [0, 10, 20, 39].map((second, index) => ({ second, count: index + 1 }));
    const report = loadReport({ ...base, rows, instances, today: 300 });
    const at = instances.filter(({ second }) => second <= (report.knee?.brokeAt ?? 0)).at(-1)?.count as number;
    expect(report.capacity?.instances).toBe(at);
    expect(report.capacity?.perInstance).toBeCloseTo((report.knee?.rate ?? 0) / at);
    expect(report.plan?.needs.map(({ times }) => times)).toEqual([1, 2, 5]);
    expect(capacityYaml("orders", { perInstance: 123.456, low: 1, high: 1, instances: 1, atLeast: false })).toContain(
      "capacity: 123\n",
    );
  });

  test("where nothing broke it is of the instances that ran at the best rate, not of those left at the end", () => {
    const rows = queueRows({ seconds: 30, rate: (at) => (at < 20 ? 400 : 200), capacity: 4000, slots: 8 });
    const instances = Array.from({ length: 30 }, (_, second) => ({ second, count: second < 21 ? 4 : 1 }));
    const { capacity } = loadReport({ ...base, rows, instances });
    expect(capacity).toMatchObject({ instances: 4, atLeast: true });
    expect(capacity?.perInstance).toBeLessThan(120);
  });

  test("what the file says counts where none were seen, and no capacity is drawn from a test that was ended", () => {
    expect(loadReport({ ...base, rows, instances: [], said: 2 }).capacity?.instances).toBe(2);
    expect(loadReport({ ...base, rows, instances: [] })).not.toHaveProperty("capacity");
    expect(loadReport({ ...base, rows, instances: [], said: 2, abortedBy: "x" })).not.toHaveProperty("capacity");
  });

  test("it says in words which objective broke, where the knee is, what was full and what more load needs", () => {
    const samples = rows.map(({ second, asked }) => ({ resource: "cpu\u001b[31m", second, share: asked / 400 }));
    const price = { usdPerHour: 0.1, source: "test" };
    const text = reportLines(loadReport({ ...base, rows, samples, instances: [], said: 2, today: 300, price })).join(
      "\n",
    );
    expect(text).toMatch(/^broken: p99 < 150ms did not hold: \d/);
    expect(text).toMatch(/p99 < 150ms {2,}NO/);
    expect(text).toMatch(/the objectives held up to \d+ a second \(\d+ to \d+\); p99 < 150ms broke in second \d+/);
    expect(text).toMatch(/bottleneck: cpu.* was full from second \d+ on/);
    expect(text).not.toContain("\u001b");
    expect(text).toMatch(/x 5 {2,}1,500 {2,}\d+/);
    expect(text).toContain("from when it was due");
  });
});
