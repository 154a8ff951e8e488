import * as v from "valibot";
import { allocator } from "../shared/core/cost/allocate/allocate.ts";
import { usageByDay } from "../shared/core/cost/allocate/usage-sums.ts";
import { type Day, daysOf, startOf } from "../shared/core/cost/day.ts";
import { compare, decimal, sum, ZERO } from "../shared/core/cost/decimal.ts";
import { CostSection } from "../shared/core/cost/section.ts";
import type { UsageHour } from "../shared/core/cost/usage.ts";
import { HOUR_MS } from "../shared/core/kernel/time.ts";
import { type Row, row } from "./row.ts";

const NOUN = "cost-allocate";
const [TENANTS, TOPICS, READERS] = [1_000, 10_000, 2];
const RUNS = 5;

/** Reproducible draws (Park and Miller). */
function draws(seed: number) {
  let state = seed;
  return (most: number) => (state = (state * 48_271) % 2_147_483_647) % most;
}

function hourOf(day: Day, draw: (most: number) => number): UsageHour {
  const topics = Array.from({ length: TOPICS }, (_, at) => ({
    ...{ topic: `team-${at % TENANTS}.topic-${at}`, partitions: 6, replicationFactor: 3, cleanupPolicy: "delete" },
    ...{ storedBytes: draw(1e10), inBytes: draw(1e8), inRecords: draw(1e6) },
  }));
  const groups = Array.from({ length: TOPICS * READERS }, (_, at) => ({
    ...{ group: `team-${at % TENANTS}.reader-${at}`, topic: topics[at % TOPICS]?.topic ?? "", live: true },
    fetchedBytes: draw(1e8),
  }));
  const shared = { v: 1 as const, cluster: "events", hour: startOf(day) ?? 0, seenMs: HOUR_MS };
  return { ...shared, topics, groups, jobs: [], services: [], missing: [] };
}

/** 1,000 tenants by rules of their own, 10,000 topics, 20,000 groups: the bill of a day, and of 30 days. */
export async function bench(): Promise<readonly Row[]> {
  const rules = Array.from({ length: TENANTS }, (_, at) => ({
    tenant: `team-${at}`,
    ...{ topics: [`team-${at}.*`], groups: [`team-${at}.*`] },
  }));
  const config = v.parse(CostSection, { tenants: { rules } });
  const rows: Row[] = [];
  for (const [to, bar] of [
    ["2024-09-01", 1_000],
    ["2024-09-30", undefined],
  ] as const) {
    const days = daysOf("2024-09-01", to);
    const draw = draws(7);
    const usage = usageByDay();
    for (const day of days) usage.add(hourOf(day, draw));
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const began = performance.now();
      const books = allocator(config.allocation, config.tenants, { kafka: ["events"], flink: [], services: new Map() });
      for (const day of days) {
        books.add({ day, service: "Amazon MSK" }, decimal("1234.5678901234") ?? ZERO);
        books.add({ day, service: "AWS Support" }, decimal("100.01") ?? ZERO);
      }
      const { tenants, total, shared, idle, unallocated } = books.result(usage.clusters);
      times.push(performance.now() - began);
      const parts = sum([...[...tenants.values()].map((held) => held.total), shared, idle, unallocated]);
      if (compare(parts, total) !== 0 || tenants.size !== TENANTS + 1) throw new Error("the parts are not the total");
    }
    const median = times.sort((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
    const measure = `deal ${days.length === 1 ? "a day" : `${days.length} days`} out to 10,000 topics, 20,000 groups, 1,000 tenants`;
    rows.push(row(NOUN, { measure, value: median, unit: "ms", ...(bar === undefined ? {} : { bar }) }));
  }
  return rows;
}
