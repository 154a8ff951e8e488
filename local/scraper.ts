import { Agent } from "node:http";
import type { DurationMs, Millis } from "../shared/core/kernel/time.ts";
import type { LocalClock } from "./clock.ts";
import type { Gateway } from "./gateway/gateway.ts";
import type { Generator } from "./generator.ts";
import { quantile, since } from "./histogram.ts";
import { instanceMeter, type Shares } from "./instance-meter.ts";
import { osUsage } from "./os-usage.ts";
import type { LocalFleet } from "./process-fleet.ts";
import type { Measured, SampleStore } from "./sample-store.ts";
import { scrapeMetrics } from "./scrape-metrics.ts";
import type { ServiceSpec } from "./service-spec.ts";

export interface Scraper {
  /** One round now; the loop calls it, tests may. */
  round(): Promise<void>;
  stop(): Promise<void>;
}

export interface ScraperOptions {
  readonly services: readonly ServiceSpec[];
  readonly fleet: LocalFleet;
  readonly gateways: ReadonlyMap<string, Gateway>;
  /** What they offered is measured beside what came through. */
  readonly generators?: ReadonlyMap<string, Generator>;
  readonly clock: LocalClock;
  readonly store: SampleStore;
  /** Called after the round in which one or more virtual periods ended, with the end of the last one. */
  readonly onPeriod: (end: Millis) => void;
  /** A round could not be written. */
  readonly onError: (error: unknown) => void;
}

/** Real ms: rounds closer than this cost more than they tell. */
const SHORTEST_MS = 250;
const LONGEST_MS = 10_000;
const ROUNDS_PER_PERIOD = 6;

/** Virtual ms between rounds: a whole part of the period, or whole periods where those pass very fast. */
export function roundEvery(periodMs: DurationMs, speed: number): DurationMs {
  const real = periodMs / speed;
  if (real < SHORTEST_MS) return Math.ceil(SHORTEST_MS / real) * periodMs;
  const rounds = Math.max(1, Math.min(ROUNDS_PER_PERIOD, Math.floor(real / SHORTEST_MS / 2)));
  return periodMs / Math.max(rounds, Math.ceil(real / LONGEST_MS));
}

interface TrafficLook {
  /** Real ms, monotonic. */
  readonly at: number;
  readonly arrived: number;
  readonly failed: number;
  readonly offered: number | undefined;
  readonly latency: readonly number[];
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Measures every service in rounds: its own figures, the operating system's, the gateway's and the fleet's. */
export function startScraper(options: ScraperOptions): Scraper {
  const { clock, store } = options;
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 256 });
  const meters = new Map<string, ReturnType<typeof instanceMeter>>();
  const counters = new Map<string, TrafficLook>();
  const everyMs = roundEvery(store.periodMs, clock.speed);
  let before: Millis | undefined;
  let stopped = false;
  let cancel = () => {};
  let running: Promise<void> = Promise.resolve();

  const shares = async (spec: ServiceSpec): Promise<readonly Shares[]> => {
    const backends = options.fleet.backends(spec.name);
    const usage = await osUsage(backends.flatMap(({ pid }) => pid ?? []));
    return Promise.all(
      backends.map(async ({ id, port, pid }) => {
        const own = spec.metrics === undefined ? {} : await scrapeMetrics(agent, port, spec.metrics, 1000);
        let meter = meters.get(id);
        if (!meter) {
          meter = instanceMeter({
            cpus: spec.cpus,
            memoryLimitMb: spec.memoryLimitMb,
            publishes: spec.metrics !== undefined,
          });
          meters.set(id, meter);
        }
        const seen = pid === undefined ? undefined : usage.get(pid);
        return meter({ at: performance.now(), ...own, ...(seen ? { usage: seen } : {}) });
      }),
    );
  };

  const traffic = (service: string, ready: number): readonly Measured[] => {
    const counts = options.gateways.get(service)?.counts;
    if (!counts) return [];
    const now: TrafficLook = {
      at: performance.now(),
      arrived: counts.arrived,
      failed: counts.failed,
      offered: options.generators?.get(service)?.counts.offered,
      latency: counts.latency.counts(),
    };
    const last = counters.get(service);
    counters.set(service, now);
    if (!last || now.at <= last.at) return [];
    const seconds = (now.at - last.at) / 1000;
    const requests = (now.arrived - last.arrived) / seconds;
    const p99 = quantile(since(now.latency, last.latency), 0.99);
    return [
      { service, metric: "requests", value: requests },
      { service, metric: "errors", value: (now.failed - last.failed) / seconds },
      ...(now.offered === undefined || last.offered === undefined
        ? []
        : [{ service, metric: "offered", value: (now.offered - last.offered) / seconds }]),
      ...(ready > 0 ? [{ service, metric: "requests_per_instance", value: requests / ready }] : []),
      ...(p99 === undefined ? [] : [{ service, metric: "latency_p99", value: p99 }]),
    ];
  };

  const measure = async (spec: ServiceSpec): Promise<readonly Measured[]> => {
    const service = spec.name;
    const [all, status] = await Promise.all([shares(spec), options.fleet.describe([{ name: service }])]);
    const seen = status.get(service);
    const over = (metric: string, values: readonly (number | undefined)[]): readonly Measured[] => {
      const known = values.filter((value) => value !== undefined);
      return known.length === 0 ? [] : [{ service, metric, value: mean(known), most: Math.max(...known) }];
    };
    return [
      ...over(
        "cpu",
        all.map((one) => one.cpu),
      ),
      ...over(
        "busy",
        all.map((one) => one.busy),
      ),
      ...over(
        "process_cpu",
        all.map((one) => one.processCpu),
      ),
      ...over(
        "memory",
        all.map((one) => one.memory),
      ),
      // Requests are shared by all versions that run, not only by the one that counts as the service.
      ...traffic(service, options.fleet.backends(service).length),
      ...(seen
        ? (["desired", "running", "ready"] as const).map((metric) => ({ service, metric, value: seen[metric] }))
        : []),
    ];
  };

  const round = async () => {
    const at = clock.now();
    const measured = await Promise.all(options.services.map(measure));
    for (const id of meters.keys())
      if (!options.services.some((spec) => options.fleet.backends(spec.name).some((one) => one.id === id)))
        meters.delete(id);
    const from = before;
    before = at;
    if (from === undefined) return;
    try {
      store.record(from, at, measured.flat());
    } catch (cause) {
      options.onError(new Error(`measurements could not be written: ${(cause as Error).message}`, { cause }));
    }
    const end = Math.floor(at / store.periodMs) * store.periodMs;
    if (end > from) options.onPeriod(end);
  };

  const next = () => {
    if (stopped) return;
    cancel = clock.at((Math.floor(clock.now() / everyMs) + 1) * everyMs, () => {
      running = round().catch(options.onError).finally(next);
    });
  };
  running = round().catch(options.onError).finally(next);

  return {
    round,
    stop: async () => {
      stopped = true;
      cancel();
      await running;
      agent.destroy();
    },
  };
}
