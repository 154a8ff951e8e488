import { dirname, resolve } from "node:path";
import { lazyAlerts } from "../../functions/lazy-alerts.ts";
import { lazyQueries } from "../../functions/lazy-queries.ts";
import { HOUR_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { readPrometheusFile } from "../../shared/core/monitoring/prometheus-file.ts";
import { queriesOver } from "../../shared/core/monitoring/promql/queries-over.ts";
import type { ScrapeJob } from "../../shared/core/monitoring/settings.ts";
import type { Queries } from "../../shared/core/ports/queries.ts";
import { awsClients } from "../../shared/edge/aws-clients.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { LocalClock } from "../clock.ts";
import type { LocalFleet } from "../process-fleet.ts";
import type { ServiceSpec } from "../service-spec.ts";
import { type GivenTarget, type PrometheusScraper, startPrometheusScraper } from "./scraper.ts";
import { openWindow } from "./window.ts";

/** What monitoring adds to a runtime on this machine, and its scraper. */
export interface LocalMonitor {
  /** The hooks of {@link Runtime} that it serves. */
  readonly hooks: Required<Pick<Runtime, "queries" | "recordSeries" | "targets">>;
  /** Alerts to the Alertmanagers of the configuration in force. */
  alertsOf(runtime: Runtime): NonNullable<Runtime["alerts"]>;
  start(services: readonly ServiceSpec[], fleet: LocalFleet): void;
  stop(): Promise<void>;
}

export interface LocalMonitorOptions {
  readonly monitoring: MonitoringConfig | undefined;
  /** Folder of the configuration file. */
  readonly baseDir: string;
  readonly clock: LocalClock;
  readonly onError: (error: unknown) => void;
  readonly warn: (message: string) => void;
}

const BYTES = 1024 * 1024;
const DEFAULT_WINDOW_MB = 256;
/** Without a prometheus.yml; Prometheus's own example has it. */
const DEFAULT_INTERVAL_MS = 15_000;
const JOB_LABELS = {};

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

/**
 * Scrapes what prometheus.yml names and every local service that has metrics (job = its name), keeps the samples in a bounded window,
 * and answers PromQL over it, or passes it on where a Prometheus is configured.
 */
export function localMonitor(options: LocalMonitorOptions): LocalMonitor {
  const { monitoring, clock } = options;
  const window = openWindow({
    keepMs: monitoring?.window ?? HOUR_MS,
    maxBytes: (monitoring?.windowMb ?? DEFAULT_WINDOW_MB) * BYTES,
    now: clock.now,
  });
  let scraper: PrometheusScraper | undefined;
  let knownFrom: Millis | undefined;
  const local: Queries = { ...queriesOver(() => window), knownFrom: () => knownFrom };
  let remote: ReturnType<typeof lazyQueries> | undefined;
  return {
    hooks: {
      queries: (source) => {
        if (!source) return local;
        remote ??= lazyQueries(awsClients({}), { allowLocal: true, now: Date.now });
        return remote(source);
      },
      recordSeries: (rule, at, samples) => void window.append(rule, at, samples),
      targets: () => scraper?.targets() ?? [],
    },
    alertsOf: (runtime) => lazyAlerts(runtime, { allowLocal: true, warn: options.warn }),
    start: (services, fleet) => {
      const own = services.flatMap(({ name, metrics }) => {
        const job = metrics === undefined ? undefined : jobOf(name, metrics, monitoring);
        return job ? [{ name, job }] : [];
      });
      const given = (): readonly GivenTarget[] =>
        own.flatMap(({ name, job }) =>
          fleet.backends(name).map(({ port }) => ({ job, address: `127.0.0.1:${port}`, labels: JOB_LABELS })),
        );
      const file = monitoring?.scrape?.file;
      knownFrom = clock.now();
      scraper = startPrometheusScraper({
        jobs: monitoring?.scrape?.settings.jobs ?? [],
        given,
        window,
        clock,
        // Paths in prometheus.yml are seen from where it lies.
        keeping: { env: process.env, baseDir: resolve(options.baseDir, file === undefined ? "." : dirname(file)) },
        onError: options.onError,
      });
    },
    stop: async () => scraper?.stop(),
  };
}
