import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openClock } from "../../local/clock.ts";
import { type Gateway, openGateway } from "../../local/gateway/gateway.ts";
import { histogram, quantile, since } from "../../local/histogram.ts";
import { instanceMeter } from "../../local/instance-meter.ts";
import { osUsage, parsePsTime, psUsage } from "../../local/os-usage.ts";
import { sumsByName } from "../../local/prometheus-text.ts";
import { openSampleStore } from "../../local/sample-store.ts";
import { roundEvery, startScraper } from "../../local/scraper.ts";
import type { ServiceSpec } from "../../local/service-spec.ts";
import { type Finished, fleetIn, spec, tempDir, until } from "./world.ts";

const SHOP = join(import.meta.dirname, "..", "..", "examples", "shop");

/** Service, gateway and scraper at speed 60: a period is one real second, so tests wait for theirs at the same time. */
async function measured(finished: Finished, service: ServiceSpec) {
  const dir = tempDir(finished);
  const clock = openClock({ dir, speed: 60 });
  let gateway: Gateway | undefined;
  const idle = (id: string) => gateway?.idle(id) ?? Promise.resolve();
  const fleet = fleetIn(dir, { now: clock.now, idle }, finished);
  gateway = await openGateway({ service: service.name, backends: () => fleet.backends(service.name) });
  fleet.onChange(() => gateway?.wake());
  fleet.add([service]);
  await until(fleet, (status) => status.ready === service.initial, service.name);
  const store = openSampleStore(dir, 60_000, 86_400_000);
  const periods: number[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const scraper = startScraper({
    services: [service],
    fleet,
    gateways: new Map([[service.name, gateway]]),
    clock,
    store,
    onPeriod: (end) => {
      periods.push(end);
      for (const one of waiting) if (periods.length >= one.count) one.resolve();
    },
    onError: (error) => {
      throw error;
    },
  });
  const end = gateway;
  finished(async () => {
    await scraper.stop();
    await end.close();
    store.close();
    clock.close();
  });
  const passed = (count: number) =>
    new Promise<void>((resolve) => waiting.push({ count: periods.length + count, resolve }));
  const values = (metric: string) =>
    store.rows(service.name, metric, 0, Number.MAX_SAFE_INTEGER).map((row) => row.sum / row.count);
  return { gateway: end, store, periods, passed, values, fleet };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test.concurrent("busy, CPU, memory, requests and latency of a service with a known load are what they must be", async ({
  onTestFinished,
  expect,
}) => {
  const service = spec("ok", {
    name: "orders",
    command: [process.execPath, "services/orders.mjs"],
    cwd: SHOP,
    metrics: "/metrics",
    env: {},
    initial: 2,
  });
  const { gateway, passed, values } = await measured(onTestFinished, service);
  // Clients that each have one request at work nearly all the time; how many answers that makes depends on the machine.
  let going = true;
  const clients = Array.from({ length: 8 }, async () => {
    while (going) await (await fetch(gateway.url)).arrayBuffer();
  });
  await passed(5);
  going = false;
  await Promise.all(clients);
  const steady = (metric: string) => mean(values(metric).slice(2));
  expect(steady("requests")).toBeGreaterThan(10);
  expect(steady("requests")).toBeLessThan(105);
  // Utilisation law: rate × service time / workers. Timers are late on a loaded machine, never early.
  const expected = ((steady("requests") * 0.08) / 16) * 100;
  expect(steady("busy")).toBeGreaterThan(0.85 * expected);
  expect(steady("busy")).toBeLessThan(2 * expected);
  expect(steady("requests_per_instance")).toBeCloseTo(steady("requests") / 2, 6);
  expect(steady("latency_p99")).toBeGreaterThan(80);
  expect(steady("process_cpu")).toBeGreaterThan(0);
  expect(steady("process_cpu")).toBeLessThan(100);
  expect(steady("cpu")).toBeGreaterThan(steady("busy") * 0.9);
  expect(steady("memory")).toBeGreaterThan(5);
  expect(steady("memory")).toBeLessThan(90);
  expect(steady("ready")).toBe(2);
  expect(steady("errors")).toBe(0);
});

test.concurrent("a service without metrics has no busy share; its CPU is what the operating system says", async ({
  onTestFinished,
  expect,
}) => {
  const { passed, values } = await measured(onTestFinished, spec());
  await passed(4);
  expect(values("busy")).toEqual([]);
  expect(values("cpu").length).toBeGreaterThan(0);
  expect(values("cpu")).toEqual(values("process_cpu"));
  expect(values("latency_p99")).toEqual([]);
  expect(mean(values("requests"))).toBe(0);
});

test.concurrent("a service whose declared metrics cannot be read has no CPU figure at all, not a low one", async ({
  onTestFinished,
  expect,
}) => {
  const { passed, values } = await measured(onTestFinished, spec("ok", { metrics: "/nothing" }));
  await passed(4);
  expect(values("cpu")).toEqual([]);
  expect(values("busy")).toEqual([]);
  expect(values("process_cpu").length).toBeGreaterThan(0);
});

test.concurrent("without an instance there are counts, and no CPU", async ({ onTestFinished, expect }) => {
  const { passed, values } = await measured(onTestFinished, spec("ok", { initial: 0 }));
  await passed(2);
  expect(values("cpu")).toEqual([]);
  expect(values("memory")).toEqual([]);
  expect(new Set(values("ready"))).toEqual(new Set([0]));
});

test("measurements outlive a restart, older than the bound they are dropped", () => {
  const dir = tempDir();
  const minute = 60_000;
  const first = openSampleStore(dir, minute, 100 * minute);
  first.record(10 * minute, 11 * minute, [{ service: "a", metric: "cpu", value: 7 }]);
  first.close();
  const second = openSampleStore(dir, minute, 100 * minute);
  expect(second.until()).toBe(11 * minute);
  expect(second.rows("a", "cpu", 0, 1e12)).toMatchObject([{ at: 10 * minute, count: 1, sum: 7, max: 7 }]);
  for (let index = 0; index < 400; index++) second.record((200 + index) * minute, (201 + index) * minute, []);
  expect(second.rows("a", "cpu", 0, 1e12)).toEqual([]);
  second.close();
});

test("a stretch counts for the periods it covers by half; one after a long sleep for none", () => {
  const minute = 60_000;
  const at = (from: number, to: number) => {
    const store = openSampleStore(tempDir(), minute, 1e12);
    store.record(from * minute, to * minute, [{ service: "a", metric: "cpu", value: 1 }]);
    store.record(1000 * minute, 1001 * minute, []);
    const found = store.rows("a", "cpu", 0, 1e12).map((row) => row.at / minute);
    store.close();
    return found;
  };
  expect(at(10.05, 11.02)).toEqual([10]);
  expect(at(10.1, 10.3)).toEqual([10]);
  expect(at(10.9, 11.2)).toEqual([11]);
  expect(at(10, 12.6)).toEqual([10, 11, 12]);
  expect(at(10, 12.4)).toEqual([10, 11]);
  expect(at(10, 30)).toEqual([]);
});

test.each([
  [60_000, 1, 10_000],
  [60_000, 120, 60_000],
  [60_000, 600, 180_000],
  [60_000, 20, 10_000],
  [300_000, 1, 10_000],
])("periods of %d ms at speed %d are measured every %d virtual ms", (period, speed, every) => {
  expect(roundEvery(period, speed)).toBe(every);
});

test("shares come from differences: nothing from one look, nothing when a counter went back", () => {
  const meter = instanceMeter({ cpus: 2, memoryLimitMb: 100, publishes: true });
  const usage = (cpuSeconds: number) => ({ cpuSeconds, rssBytes: 25 * 1024 * 1024 });
  expect(meter({ at: 0, busySeconds: 10, workers: 4, usage: usage(5) })).toEqual({ memory: 25 });
  expect(meter({ at: 1000, busySeconds: 12, workers: 4, usage: usage(6) })).toEqual({
    memory: 25,
    busy: 50,
    processCpu: 50,
    cpu: 100,
  });
  expect(meter({ at: 2000, busySeconds: 0, workers: 4, usage: usage(6) })).toEqual({ memory: 25, processCpu: 0 });
  expect(meter({ at: 3000, usage: usage(6) })).toEqual({ memory: 25, processCpu: 0 });
});

test("Prometheus text: sums over label sets; labels may hold anything; what is no number is absent", () => {
  const text = [
    "# TYPE a counter",
    'a{x="1"} 2 1700000000',
    'a{x="} 9 {",y="é \\" "} 3.5',
    "b NaN",
    "b_total 7",
    "c",
    "d 1e3",
  ].join("\n");
  expect([...sumsByName(text, ["a", "b", "c", "d"])]).toEqual([
    ["a", 5.5],
    ["d", 1000],
  ]);
});

test.each([
  ["0:00.03", 0.03],
  ["12:34", 754],
  ["01:02:03", 3723],
  ["2-01:00:00", 176_400],
  ["-", undefined],
  ["", undefined],
])("the time %j of ps is %s seconds", (text, seconds) => {
  expect(parsePsTime(text)).toBe(seconds);
});

/** A process whose child has used 0.2 s and ended. */
async function used(): Promise<number> {
  const busy =
    "for (let used = 0; used < 200_000; used = process.cpuUsage().user) for (let index = 0; index < 1e6; index++);";
  const script = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(busy)}]); console.log("done"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["-e", script], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child.pid ?? 0;
}

test("the operating system's figures hold what a process and its children use", async () => {
  const pid = await used();
  const usage = (await osUsage([pid, 2 ** 22 + 1])).get(pid);
  expect(usage?.cpuSeconds).toBeGreaterThan(0.15);
  expect(usage?.rssBytes).toBeGreaterThan(20e6);
});

// A small Linux has no ps(1), and Headgate needs none there.
test.skipIf(spawnSync("ps", ["-p", "1"]).error !== undefined)("ps(1) tells the same as /proc", async () => {
  const pid = await used();
  const usage = (await osUsage([pid])).get(pid);
  const other = (await psUsage([pid])).get(pid);
  expect(Math.abs((other?.rssBytes ?? 0) - (usage?.rssBytes ?? 0))).toBeLessThan(10e6);
});

test("quantiles are off by 5 % at the most; without requests there is none", () => {
  const times = histogram();
  const before = times.counts();
  expect(quantile(since(times.counts(), before), 0.99)).toBeUndefined();
  for (let ms = 1; ms <= 1000; ms++) times.record(ms);
  for (const [q, exact] of [
    [0.5, 500],
    [0.99, 990],
    [1, 1000],
  ] as const) {
    const found = quantile(since(times.counts(), before), q) ?? 0;
    expect(Math.abs(found / exact - 1)).toBeLessThan(0.051);
  }
});
