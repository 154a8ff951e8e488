import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { openClock } from "../../local/clock.ts";
import { localMonitor } from "../../local/monitoring/monitor.ts";
import { collectEvery } from "../../local/monitoring/watch-loop.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { eventually, fleetIn, tempDir } from "./world.ts";

/** An exporter on loopback; `host:port`. */
async function exporter(): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "Content-Type": "text/plain; version=0.0.4" }).end("x 1\n");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function scraping(address: string): MonitoringConfig {
  const read = readPrometheusFile({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [{ job_name: "it", static_configs: [{ targets: [address] }] }],
  });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const base = { groups: [], window: 3_600_000, windowMb: 16, alertmanagers: [], cloudwatch: {}, services: {} };
  return { ...base, scrape: { file: "prometheus.yml", settings: read.settings } } as MonitoringConfig;
}

test("what is scraped follows the configuration in force, also one that is applied while everything runs", async () => {
  const dir = tempDir();
  const clock = openClock({ dir, speed: 1 });
  onTestFinished(() => clock.close());
  const errors: unknown[] = [];
  const monitor = localMonitor({
    baseDir: dir,
    clock,
    onError: (error) => void errors.push(error),
    warn: () => {},
    onTrouble: () => {},
  });
  onTestFinished(() => monitor.stop());
  const [first, second] = [await exporter(), await exporter()];
  const shown = () => monitor.hooks.targets().map(({ url }) => url);
  monitor.start(scraping(first), [], fleetIn(dir));
  const isUp = () => monitor.hooks.targets().some(({ health }) => health === "up");
  expect(await eventually(isUp, 5_000)).toBe(true);
  monitor.adopt(scraping(second));
  expect(await eventually(isUp, 5_000)).toBe(true);
  expect(shown()).toEqual([`http://${second}/metrics`]);
  // What had been scraped before is still there to be asked for.
  const known = await monitor.hooks.queries()?.instant("count_over_time(x[1m])", clock.now());
  expect(known?.samples.map(({ labels }) => labels["instance"]).sort()).toEqual([first, second].sort());
  monitor.adopt(undefined);
  expect(shown()).toEqual([]);
  expect(errors).toEqual([]);
});

test("on a fast clock a target that hangs stays down: its up does not fade between two attempts", async () => {
  const dir = tempDir();
  const clock = openClock({ dir, speed: 600 });
  onTestFinished(() => clock.close());
  const silent = createServer(() => {});
  await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
  onTestFinished(async () => {
    silent.closeAllConnections();
    await new Promise((done) => silent.close(done));
  });
  const monitor = localMonitor({ baseDir: dir, clock, onError: () => {}, warn: () => {}, onTrouble: () => {} });
  onTestFinished(() => monitor.stop());
  monitor.start(scraping(`127.0.0.1:${(silent.address() as AddressInfo).port}`), [], fleetIn(dir));
  expect(await eventually(() => monitor.hooks.targets().some(({ health }) => health === "down"), 5_000)).toBe(true);
  const at = monitor.hooks.targets()[0]?.lastScrapeAt ?? 0;
  // The next attempt begins within a quarter of a second and is cut after one.
  const later = await monitor.hooks.queries()?.instant("up == 0", at + 1_250 * 600);
  expect(later?.samples).toHaveLength(1);
});

test("services are collected as often as the most eager one asks for, at least looked for each minute", () => {
  const asking = (...every: number[]) =>
    collectEvery({
      services: Object.fromEntries(every.map((ms, index) => [`s${index}`, { alerts: {}, collect: { every: ms } }])),
    } as unknown as MonitoringConfig);
  expect([collectEvery(undefined), asking(30_000, 600_000), asking(600_000)]).toEqual([60_000, 30_000, 60_000]);
});
