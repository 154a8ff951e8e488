import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withOwnRouting } from "../functions/alerting/own-source.ts";
import { lazyCostExplorer } from "../functions/lazy-cost-explorer.ts";
import { lazyDelivery } from "../functions/lazy-delivery.ts";
import { lazyStreams } from "../functions/lazy-streams.ts";
import { ssmParameter } from "../functions/ssm-parameter.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import type { Counts } from "../shared/core/ports/counts.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import { awsClients } from "../shared/edge/aws-clients.ts";
import { directoryObjects } from "../shared/edge/directory-objects.ts";
import { flinkJobs } from "../shared/edge/flink-rest.ts";
import { httpClient } from "../shared/edge/http-client.ts";
import { openSqlite } from "../shared/edge/sqlite.ts";
import type { TrafficLooks } from "../shared/shell/gateway-look.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import type { Telemetry } from "../shared/shell/telemetry.ts";
import { usageMeter } from "../shared/shell/usage-meter.ts";
import { localNotifier } from "./alerting/local-notifier.ts";
import { wallNotify } from "./alerting/wall-notify.ts";
import { watchedNotify } from "./alerting/watched-notify.ts";
import { type LocalWork, localWork } from "./backup/work.ts";
import { type LocalClock, openClock } from "./clock.ts";
import { checkDataDir } from "./data-dir.ts";
import { localSamples } from "./local-samples.ts";
import { type LocalMonitor, localMonitor } from "./monitoring/monitor.ts";
import { type LocalFleet, processFleet } from "./process-fleet.ts";
import { openSampleStore, type SampleStore } from "./sample-store.ts";
import { type EmbeddedStreams, embeddedStreams } from "./streams/embedded.ts";
import { localTimers } from "./timers.ts";
import { countedPorts } from "./usage.ts";

/** The whole world of a laptop behind the ports, and the parts that the start script drives itself. */
export interface LocalRuntime {
  readonly runtime: Runtime;
  readonly clock: LocalClock;
  readonly fleet: LocalFleet;
  readonly measured: SampleStore;
  /** Workers of backups. */
  readonly work: LocalWork;
  /** Logs that this process keeps itself. */
  readonly embedded: EmbeddedStreams;
  /** Scraping and PromQL; to be started when the services are, and stopped before `close`. */
  readonly monitor: LocalMonitor;
  /** Closes files; the fleet has to be stopped before. */
  close(): Promise<void>;
}

export interface LocalRuntimeOptions {
  readonly dir: string;
  readonly speed: number;
  /** Virtual ms of one measured period. */
  readonly periodMs: number;
  /** Virtual ms that measurements are kept. */
  readonly keepMs: number;
  readonly telemetry: Telemetry;
  /** Folder of the configuration file. */
  readonly baseDir?: string;
  /** Folder that destinations and files of backups are seen from. Default: `baseDir`. */
  readonly filesDir?: string;
  /** Folder of the alertmanager.yml it names: files named there are seen from it. Default: `baseDir`. */
  readonly alertmanagerDir?: string;
  readonly onError?: (error: unknown) => void;
  readonly onDecision: (record: DecisionRecord) => void;
  readonly onWake: (wake: Wake) => void;
  /** Where a service of this machine is reached by its name. */
  readonly serviceUrl?: (name: string) => string | undefined;
  /** What the gateways see. */
  readonly traffic?: TrafficLooks;
  /** Requests by version, as the gateways of this process count them. */
  readonly counts?: Counts;
  /** Something was deployed of a service that nobody knew. */
  readonly onDeployed?: (service: string) => void;
  /** Ends when the gateway has nothing in flight on the instance. */
  readonly idle: (instance: string) => Promise<void>;
  readonly onLine: (service: string, instance: string, line: string) => void;
  readonly onTrouble: (service: string, text: string) => void;
}

/** Opens everything on a data directory that is locked already. Throws HeadgateError `data.unwritable`. */
export function localRuntime(options: LocalRuntimeOptions): LocalRuntime {
  const clock = openClock({ dir: options.dir, speed: options.speed });
  const file = openSqlite(join(options.dir, "headgate.sqlite"), clock.now);
  const measured = openSampleStore(options.dir, options.periodMs, options.keepMs);
  const timers = localTimers(clock, options.onWake);
  const fleet = processFleet({
    dir: options.dir,
    now: clock.now,
    random: Math.random,
    baseDir: resolve(options.baseDir ?? "."),
    idle: options.idle,
    onLine: options.onLine,
    onTrouble: options.onTrouble,
    ...(options.onDeployed ? { onDeployed: options.onDeployed } : {}),
  });
  const monitor = localMonitor({
    baseDir: options.baseDir ?? ".",
    clock,
    onError: options.onError ?? (() => {}),
    warn: (message) => options.telemetry.log("warn", message),
    onTrouble: options.onTrouble,
  });
  const embedded = embeddedStreams({
    dir: options.dir,
    now: clock.now,
    random: Math.random,
    onTrouble: (text) => options.onTrouble("streams", text),
  });
  const clients = awsClients({});
  const kafka = lazyStreams({
    clients,
    env: process.env,
    baseDir: options.baseDir ?? ".",
    parameter: ssmParameter,
  });
  const elsewhere = lazyDelivery({
    clients,
    now: Date.now,
    queries: (source) => monitor.hooks.queries?.(source),
    warn: (message) => options.telemetry.log("warn", message),
  });
  const notifier = localNotifier(() => runtime, options.alertmanagerDir ?? options.baseDir ?? ".", options.serviceUrl);
  const work = localWork({ runtime: () => runtime, onError: options.onError ?? (() => {}) });
  const meter = usageMeter(clock.now, options.telemetry);
  const counted = countedPorts(
    {
      store: file.store,
      journal: file.journal,
      objects: directoryObjects(join(options.dir, "objects")),
      samples: localSamples(measured),
    },
    meter,
  );
  const runtime: Runtime = {
    now: clock.now,
    speed: clock.speed,
    random: Math.random,
    sleep: (ms) => sleep(ms),
    ...counted,
    usage: meter,
    circuits: file.circuits,
    fleet,
    releases: fleet.releases,
    counts: (source, service, places) =>
      source === "gateway" ? options.counts : elsewhere.counts(source, service, places),
    jobs: flinkJobs({ http: httpClient({ allowLocal: true }), allowLocal: true, now: clock.now }),
    streams: (cluster, settings) => (settings.embedded ? embedded.open(cluster) : kafka(cluster, settings)),
    work,
    costExplorer: lazyCostExplorer({ clients, sleep: (ms) => sleep(ms), random: Math.random }),
    baseDir: resolve(options.filesDir ?? options.baseDir ?? "."),
    timers,
    writable: async () => checkDataDir(options.dir),
    telemetry: options.telemetry,
    onDecision: options.onDecision,
    ...monitor.hooks,
    ...(options.traffic ? { traffic: options.traffic } : {}),
    alerts: { send: (tenant, alerts) => alerting.send(tenant, alerts) },
    notify: wallNotify(watchedNotify(notifier, options.onTrouble), clock.now, clock.speed),
  };
  const alerting = withOwnRouting(() => runtime, monitor.alertsOf(runtime));
  return {
    clock,
    fleet,
    measured,
    work,
    embedded,
    monitor,
    runtime,
    close: async () => {
      timers.close();
      await kafka.close();
      embedded.close();
      notifier.close();
      await file.store.close();
      await file.journal.close();
      await file.close();
      measured.close();
      clock.close();
    },
  };
}
