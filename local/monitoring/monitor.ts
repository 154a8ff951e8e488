import { dirname, resolve } from "node:path";
import { lazyAlerts } from "../../functions/lazy-alerts.ts";
import { lazyQueries } from "../../functions/lazy-queries.ts";
import { type Json, sameJson } from "../../shared/core/kernel/json.ts";
import { type DurationMs, HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { LOOKBACK_MS } from "../../shared/core/monitoring/promql/context.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import type { ScrapeJob } from "../../shared/core/monitoring/settings.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { LocalClock } from "../clock.ts";
import type { LocalFleet } from "../process-fleet.ts";
import type { ServiceSpec } from "../service-spec.ts";
import { type Delivery, watchDelivery } from "./delivery.ts";
import { type OwnTargets, ownTargets } from "./own-targets.ts";
import { type PrometheusScraper, startPrometheusScraper } from "./scraper.ts";
import { LEAST_TIMEOUT_MS, SHORTEST_SCRAPE_MS } from "./target-loop.ts";
import { wallAlerts } from "./wall-alerts.ts";
import { openWindow, type SampleWindow } from "./window.ts";
import { windowCheck } from "./window-check.ts";

/** What monitoring adds to a runtime on this machine, and its scraper. */
export interface LocalMonitor {
  /** The hooks of {@link Runtime} that it serves. */
  readonly hooks: Required<Pick<Runtime, "queries" | "recordSeries" | "targets" | "selfChecks">>;
  /** Alerts to the Alertmanagers of the configuration in force. */
  alertsOf(runtime: Runtime): NonNullable<Runtime["alerts"]>;
  /** Scrapes as the configuration in force has it. */
  start(monitoring: MonitoringConfig | undefined, services: readonly ServiceSpec[], fleet: LocalFleet): void;
  /** Another configuration is in force: what is scraped follows it, what has been scraped is kept. */
  adopt(monitoring: MonitoringConfig | undefined): void;
  stop(): Promise<void>;
}

export interface LocalMonitorOptions {
  /** Folder of the configuration file. */
  readonly baseDir: string;
  readonly clock: LocalClock;
  readonly onError: (error: unknown) => void;
  readonly warn: (message: string) => void;
  /** Told of what a person should see, such as alerts that nobody takes; once, and once more when it is over. */
  readonly onTrouble: (part: string, text: string) => void;
}

const BYTES = 1024 * 1024;
const DEFAULT_WINDOW_MB = 256;
/** Without a prometheus.yml; Prometheus's own example has it. */
const DEFAULT_INTERVAL_MS = 15_000;
/**
 * Of one query. Decisions wait while it is evaluated: these bound it to about a second and 200 MB on an old core, and leave room for any
 * rule over a hundred thousand series.
 */
const LIMITS = { limitSamples: 20_000_000, limitWork: 60_000_000, limitPoints: 2_000_000 };

/**
 * How far back a sample counts. A target that hangs is cut after a real second, which on a fast clock is longer than Prometheus's five
 * minutes: without this its `up` would be 0, then nothing, and its alert would end while it is still down.
 */
const lookbackOf = (speed: number): DurationMs =>
  Math.max(LOOKBACK_MS, 2 * (SHORTEST_SCRAPE_MS + LEAST_TIMEOUT_MS) * speed);

/** Settings of the job that a service of this machine is, as prometheus.yml would have them. */
function jobOf(name: string, metricsPath: string, monitoring: MonitoringConfig | undefined): ScrapeJob | undefined {
  const global = monitoring?.scrape?.settings.global;
  const read = readPrometheusFile({
    global: {
      scrape_interval: `${global?.scrapeIntervalMs ?? DEFAULT_INTERVAL_MS}ms`,
      scrape_timeout: `${global?.scrapeTimeoutMs ?? 10_000}ms`,
    },
    scrape_configs: [{ job_name: name, metrics_path: metricsPath }],
  });
  return read.ok ? read.settings.jobs[0] : undefined;
}

const openFor = (monitoring: MonitoringConfig | undefined, clock: LocalClock): SampleWindow =>
  openWindow({
    keepMs: monitoring?.window ?? HOUR_MS,
    maxBytes: (monitoring?.windowMb ?? DEFAULT_WINDOW_MB) * BYTES,
    now: clock.now,
  });

/**
 * Scrapes what prometheus.yml names and every local service that has metrics (job = its name), keeps the samples in a bounded window,
 * and answers PromQL over it, or passes it on where a Prometheus is configured.
 */
export function localMonitor(options: LocalMonitorOptions): LocalMonitor {
  const { clock } = options;
  let window = openFor(undefined, clock);
  let inForce: MonitoringConfig | undefined;
  let own: OwnTargets | undefined;
  let scraper: PrometheusScraper | undefined;
  let stopping: Promise<unknown> = Promise.resolve();
  const limits = { ...LIMITS, lookbackMs: lookbackOf(clock.speed) };
  const local: Queries = { ...queriesOver(() => window, limits), knownFrom: () => own?.completeSince() };
  let remote: ReturnType<typeof lazyQueries> | undefined;
  let delivery: Delivery | undefined;

  const scrape = () => {
    const file = inForce?.scrape?.file;
    scraper = startPrometheusScraper({
      jobs: inForce?.scrape?.settings.jobs ?? [],
      given: () => own?.given() ?? [],
      window,
      clock,
      // Paths in prometheus.yml are seen from where it lies.
      keeping: { env: process.env, baseDir: resolve(options.baseDir, file === undefined ? "." : dirname(file)) },
      onError: options.onError,
    });
  };
  return {
    hooks: {
      queries: (source) => {
        if (!source) return local;
        remote ??= lazyQueries(awsClients({}), { allowLocal: true, now: Date.now });
        return remote(source);
      },
      recordSeries: (rule, at, samples) => void window.append(rule, at, samples),
      targets: () => scraper?.targets() ?? [],
      selfChecks: () => [windowCheck(window, clock.now()), ...(delivery ? [delivery.check()] : [])],
    },
    alertsOf: (runtime) => {
      delivery = watchDelivery(
        wallAlerts(lazyAlerts(runtime, { allowLocal: true, warn: options.warn }), clock.now),
        clock.now,
        options.onTrouble,
      );
      return delivery.alerts;
    },
    start: (monitoring, services, fleet) => {
      inForce = monitoring;
      window = openFor(monitoring, clock);
      own = ownTargets({
        services,
        fleet,
        now: clock.now,
        speed: clock.speed,
        job: (name, path) => jobOf(name, path, inForce),
        onChange: () => void scraper?.refresh(),
      });
      scrape();
    },
    adopt: (monitoring) => {
      const same = sameJson(
        (monitoring?.scrape ?? null) as unknown as Json,
        (inForce?.scrape ?? null) as unknown as Json,
      );
      inForce = monitoring;
      if (same || !scraper) return;
      // Nothing is marked as ended: a target that stays is scraped on, one that has gone fades as with a Prometheus that is reloaded.
      stopping = Promise.all([stopping, scraper.stop()]);
      scrape();
    },
    stop: async () => {
      own?.close();
      await Promise.all([stopping, scraper?.stop()]);
    },
  };
}
