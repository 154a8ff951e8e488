import { expect, it } from "vitest";
import { brokerBytes } from "../../functions/cost/broker-bytes.ts";
import { slotsByJob } from "../../functions/cost/flink-slots.ts";
import { segments } from "../../shared/core/cost/observe/segments.ts";
import { statsOf } from "../../shared/core/cost/observe/stats.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Jobs } from "../../shared/core/ports/jobs.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { memoryFleet } from "../fakes/memory-fleet.ts";
import { memorySamples } from "../fakes/memory-samples.ts";
import { HOUR_MS, MINUTE_MS, START, usageWorld } from "./usage-kit.ts";

const URL = "http://127.0.0.1:8081";
const CONFIG = `version: 1
services:
  orders: { run: { command: [node], cpus: 2, memoryLimitMb: 512 } }
cost: { allocation: { clusters: { "${URL}": ["*flink*"] } } }
`;

function world() {
  let made: ReturnType<typeof usageWorld> | undefined;
  const now = () => made?.clock.now ?? START;
  const fleet = memoryFleet({ now, startMs: 0 });
  const samples = memorySamples();
  const slots = { total: 4, jobs: { a: 1 } as Record<string, number>, down: false };
  const jobs = {
    list: async () => {
      if (slots.down) throw new HeadgateError("jobs.unavailable", "nobody answers");
      return Object.keys(slots.jobs).map((id) => ({ id, name: `job-${id}`, state: "RUNNING" as const }));
    },
    slots: async () => {
      const used = Object.values(slots.jobs).reduce((sum, one) => sum + one, 0);
      return { total: slots.total, free: slots.total - used, jobs: slots.jobs };
    },
  } as unknown as Jobs;
  made = usageWorld({ config: CONFIG, runtime: { fleet: fleet.fleet, samples: samples.samples, jobs } });
  fleet.add("orders", 2);
  return { ...made, fleet, samples, slots };
}

it("tasks count by time and size, slots by job, and free slots are idle", async () => {
  const { clock, look, hours, fleet, slots } = world();
  await look();
  clock.now = START + 30 * MINUTE_MS;
  await look();
  fleet.external("orders", 4);
  slots.jobs = { a: 1, b: 3 };
  clock.now = START + HOUR_MS;
  await look();
  const [first] = await hours("_platform");
  expect(first).toMatchObject({ seenMs: HOUR_MS, missing: [] });
  // Half an hour of two, half an hour between two and four; the instant of the first look counts a millisecond.
  const seconds = Object.fromEntries((first?.jobs ?? []).map((one) => [one.job, Math.round(one.slotSeconds)]));
  expect(Math.round(first?.services[0]?.taskSeconds ?? 0)).toBe(9000);
  expect(first?.services[0]).toMatchObject({ service: "orders", cpu: 2, memoryMb: 512 });
  expect(seconds).toEqual({ "job-a": 3600, "job-b": 2700, "": 8100 });
});

it("utilisation and requests of an hour are told by its minutes, also those that came late", async () => {
  const { clock, look, hours, samples } = world();
  await look();
  for (let minute = 0; minute < 50; minute += 1) {
    samples.put("orders", "cpu", START + minute * MINUTE_MS, minute);
    samples.put("orders", "requests", START + minute * MINUTE_MS, 2);
  }
  clock.now = START + HOUR_MS;
  await look();
  for (let minute = 50; minute < 60; minute += 1) samples.put("orders", "cpu", START + minute * MINUTE_MS, 90);
  clock.now = START + 2 * HOUR_MS;
  await look();
  const service = (await hours("_platform"))[0]?.services[0];
  expect(service).toMatchObject({ samples: 60, cpuP95: 90, cpuMax: 90, requests: 50 * 120 });
  expect(service?.memoryAvg).toBeUndefined();
});

it("what does not answer is named and counts nothing", async () => {
  const { clock, look, hours, fleet, slots } = world();
  await look();
  fleet.unreachable(true);
  slots.down = true;
  clock.now = START + 30 * MINUTE_MS;
  await look();
  const [first] = await hours("_platform");
  expect(first?.missing).toEqual(["Flink: nobody answers", "services: the fleet does not answer"]);
  expect(Math.round(first?.services[0]?.taskSeconds ?? 0)).toBe(0);
});

it("percentiles are values that were measured", () => {
  const points = Array.from({ length: 100 }, (_, at) => ({ at, value: at + 1 }));
  expect(statsOf(points)).toEqual({ avg: 50.5, p95: 95, p99: 99, max: 100, samples: 100 });
  expect(statsOf(points, [{ at: 0, value: 250 }])?.max).toBe(250);
  expect(statsOf([])).toBeUndefined();
});

it("where nobody tells of slots, a job has as many as its parallelism, and nothing is known of free ones", async () => {
  const jobs = {
    list: async () => [
      { id: "a", name: "x", state: "RUNNING" },
      { id: "b", name: "y", state: "FINISHED" },
    ],
    describe: async () => ({ parallelism: 3 }),
  } as unknown as Jobs;
  expect(await slotsByJob(jobs, URL)).toEqual({ x: 3 });
});

it("brokers' own counts are taken where Prometheus has them; none is no zero", async () => {
  const asked: string[] = [];
  const queries = {
    instant: async (expr: string) => {
      asked.push(expr);
      const value = expr.includes("bytesout") ? Number.NaN : 1234.4;
      return { samples: [{ labels: { topic: "orders" }, value }], warnings: [] };
    },
  } as unknown as Queries;
  const pieces = segments(START + 20 * MINUTE_MS, START + HOUR_MS + 30_000);
  const counts = await brokerBytes(queries, pieces);
  expect(counts.into?.map((one) => one.get("orders"))).toEqual([1234, undefined]);
  expect(counts.out?.[0]?.has("orders")).toBe(false);
  expect(asked[0]).toContain('increase(kafka_server_brokertopicmetrics_bytesin_total{topic!=""}[2400s])');
  const broken = { instant: async () => Promise.reject(new Error("no answer")) } as unknown as Queries;
  expect(await brokerBytes(broken, pieces)).toEqual({ why: "bytes are counted from the log: no answer" });
});
