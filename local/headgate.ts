import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { linkTrouble } from "../functions/alerting/links.ts";
import { isAlerting } from "../functions/alerting/queue.ts";
import { createApp } from "../functions/api/app.ts";
import { createHub } from "../functions/api/hub.ts";
import { defaultTraffic } from "../functions/traffic/service-traffic.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type Json, sameJson } from "../shared/core/kernel/json.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import type { Wake } from "../shared/core/ports/timers.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { releaseLeases } from "../shared/shell/release.ts";
import { createTelemetry } from "../shared/shell/telemetry-create.ts";
import { type AlertLoop, alertLoop } from "./alerting/alert-loop.ts";
import { type BannerFacts, banner } from "./banner.ts";
import { bannerFacts } from "./banner-facts.ts";
import { basePeriod, keepMs } from "./base-period.ts";
import { closingSteps } from "./closing.ts";
import { adoptConfig, readConfigFile } from "./config-file.ts";
import { buildConsole, consoleIsStale } from "./console-build.ts";
import { isUnwritable, openDataDir, unwritable } from "./data-dir.ts";
import { awsSources } from "./gateway/serve.ts";
import { planLoad, readTrace } from "./load-plan.ts";
import { lockDataDir } from "./lock.ts";
import { logFile, serviceLogs } from "./log-file.ts";
import { controlLoop, type Loop } from "./loop.ts";
import { watchLoop } from "./monitoring/watch-loop.ts";
import type { StartOptions } from "./options.ts";
import { type LocalRuntime, localRuntime } from "./runtime.ts";
import { decisionPrinter, errorPrinter, heldBack, type Out, troubleLine, warningLines } from "./say.ts";
import { type Scraper, startScraper } from "./scraper.ts";
import { openServer } from "./server.ts";
import { localServices } from "./service-spec.ts";
import { type Feeding, feeding } from "./streams/feeding.ts";
import { trafficChecker } from "./traffic/checker.ts";
import { discoveryLoop } from "./traffic/discovery-loop.ts";
import { traffic } from "./traffic.ts";
import { type WakeLoops, wakeLoops } from "./wake-loops.ts";

export interface HeadgateOptions extends StartOptions {
  /** Folder of the package: examples, console. */
  readonly root: string;
  /** False leaves the console as it is; for tests. Default true. */
  readonly console?: boolean;
}

/** The whole control plane, running in this process. */
export interface Running {
  readonly url: string;
  /** What the banner says. */
  readonly facts: BannerFacts;
  readonly local: LocalRuntime;
  /** Drains, stops every child process, closes every file. */
  stop(): Promise<void>;
  /** Kills every child process now. */
  kill(): void;
}

const DEMO_SPEED = 120;
/** Real ms. */
const REAP_GRACE_MS = 3000;
const QUIET_MS = 3000;

/** Services that nobody runs here, and whose backends are given, discovered or registered: they have a gateway, too. */
function addressed(config: HeadgateConfig): readonly string[] {
  return Object.entries(config.traffic ?? {}).flatMap(([name, { backends, discover }]) =>
    !Object.hasOwn(config.services, name) || backends.length > 0 || discover !== undefined ? [name] : [],
  );
}

/**
 * Starts everything, in an order in which whatever can be wrong with the input, the port or the data folder is found before
 * the first process is started.
 *
 * @throws HeadgateError for bad input; whatever had been opened is closed again
 */
export async function startHeadgate(options: HeadgateOptions, out: Out): Promise<Running> {
  const closing = closingSteps();
  try {
    if (process.platform === "win32")
      throw new HeadgateError(
        "runtime.unsupported",
        "local processes need Linux or macOS; on Windows run Headgate inside WSL",
      );
    const path =
      options.config === undefined ? join(options.root, "examples", "shop", "headgate.yaml") : resolve(options.config);
    const file = readConfigFile(path);
    const read = options.trace === undefined ? undefined : readTrace(resolve(options.trace));
    const trace = read?.trace;
    openDataDir(options.data);
    const resumed = existsSync(join(options.data, "headgate.sqlite"));
    const lock = lockDataDir(options.data);
    closing.add(() => lock.release());
    const server = await openServer(options.port, join(options.root, "console", "dist"));
    closing.add(() => server.close());
    const building = options.console !== false && consoleIsStale(options.root) ? buildConsole(options.root) : undefined;

    const declared = Object.values(file.config.services).some(
      (one) => one.run && one.load && one.load.shape !== "none",
    );
    const loaded = options.load && (declared || trace !== undefined);
    const speed = options.speed ?? (loaded ? DEMO_SPEED : 1);
    const speedWhy = options.speed === undefined && !loaded ? "no load is generated; --speed N for faster" : undefined;

    const log = logFile(join(options.data, "logs", "headgate.log"));
    closing.add(() => log.close());
    const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    const telemetry = createTelemetry({
      service: "headgate",
      write: (line) => log.line(line),
      ...(endpoint ? { otlpEndpoint: endpoint } : {}),
    });
    const outputs = serviceLogs(join(options.data, "logs", "services"));
    const hub = createHub();
    const flows = traffic();
    const news = heldBack(out);
    const print = decisionPrinter(news);
    let loop: Loop | undefined;
    let groups: AlertLoop | undefined;
    let others: WakeLoops | undefined;
    let feeds: Feeding | undefined;
    const onWake = (wake: Wake) => {
      if (!others?.wake(wake)) (isAlerting(wake.key.noun) ? groups : loop)?.wake(wake);
    };
    const local = localRuntime({
      dir: options.data,
      speed,
      periodMs: basePeriod(file.config),
      keepMs: keepMs(file.config),
      telemetry,
      baseDir: dirname(path),
      // The example may lie in a package: what it writes goes to the data folder.
      filesDir: options.config === undefined ? options.data : dirname(path),
      ...(file.config.alerting ? { alertmanagerDir: dirname(resolve(dirname(path), file.config.alerting.file)) } : {}),
      onError: (error) => onError(error),
      onDecision: (record: DecisionRecord) => {
        hub.publish(record);
        if (!options.quiet) print(record);
      },
      onWake,
      idle: (instance) => flows.idle(instance),
      serviceUrl: (name) => flows.gateways.get(name)?.url,
      traffic: flows.looks,
      counts: flows.counts,
      onDeployed: (service) => void flows.add(service).catch(onError),
      onLine: outputs.line,
      onTrouble: (service, text) => {
        telemetry.log("warn", text, { service });
        if (!options.quiet) news.line(troubleLine(local.clock.now(), service, text));
      },
    });
    closing.add(
      () => telemetry.flush(),
      () => local.close(),
      () => outputs.close(),
    );
    const { runtime, fleet, clock, measured } = local;
    const printError = errorPrinter(out);
    const onError = (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      telemetry.log("error", "control loop", { error: text });
      printError(text);
    };

    // The lock on the folder says that nobody else is alive who could hold them.
    await releaseLeases(runtime);
    for (const line of warningLines(file.warnings, path)) news.line(line);
    const unlinked = await linkTrouble(file.config.alerting?.linkSecret);
    if (unlinked !== undefined) news.line(`warning: alerting.linkSecret: ${unlinked}`);
    for (const line of warningLines(read?.warnings ?? [], options.trace ?? "")) news.line(line);
    const applied = await adoptConfig(runtime, options.data, file);
    let running = applied;
    const app = createApp({ runtime, access: "loopback", hub });
    server.use((request) => app.fetch(request));
    const specs = localServices(applied.config, dirname(path));
    const reaped = await fleet.reap(REAP_GRACE_MS);
    closing.add(() => fleet.stop());
    closing.add(() => flows.close());
    const ran = specs.map((spec) => spec.name);
    await flows.open(
      [...new Set([...ran, ...addressed(applied.config), ...fleet.deployed()])],
      fleet,
      options.port === 0 ? 0 : options.port + 1,
      {
        runtime,
        clock,
        logs: join(options.data, "logs", "traffic"),
        configVersion: () => running.version,
        defaults: defaultTraffic(),
        onError,
      },
    );
    fleet.add(specs);
    loop = controlLoop({
      runtime,
      onError,
      onConfig: (current) => {
        if (current.version === running.version) return;
        const same = sameJson(current.config.services as unknown as Json, running.config.services as unknown as Json);
        running = current;
        void groups?.configured();
        local.monitor.adopt(current.config.monitoring);
        void feeds?.adopt(current.config.streams).catch(onError);
        if (!same) news.line("The services in the configuration have changed: they are started so at the next start.");
      },
    });
    groups = alertLoop({ runtime, tenant: DEFAULT_TENANT, clock, onError });
    await groups.start();
    others = wakeLoops({ runtime, tenant: DEFAULT_TENANT, clock, onError });
    const scraper: Scraper = startScraper({
      services: specs,
      fleet,
      gateways: flows.gateways,
      generators: flows.generators,
      clock,
      store: measured,
      onPeriod: (end) => loop?.period(end),
      onError,
    });
    local.monitor.start(applied.config.monitoring, specs, fleet);
    const watching = watchLoop({ runtime, clock, onError });
    const checking = trafficChecker({
      runtime,
      clock,
      onVerdict: (service) => flows.looks.changed?.(service),
      onError,
    });
    const discovering = discoveryLoop({
      runtime,
      sources: awsSources,
      onChange: (service) => flows.looks.changed?.(service),
      onTrouble: (service, text) => news.line(troubleLine(clock.now(), service, text)),
      onError,
    });
    void discovering.look();
    closing.add(
      () => discovering.stop(),
      () => checking.stop(),
      () => local.monitor.stop(),
      () => watching.stop(),
    );
    closing.add(
      // No more commands through the API while the parts below it are closed.
      () => server.close(),
      async () => void (await Promise.all([loop?.stop(), groups?.stop(), others?.stop(), local.work.stop()])),
      () => scraper.stop(),
    );
    await others.start();
    const load = options.load ? planLoad(applied.config, trace, clock.origin) : [];
    flows.start(load, clock);
    closing.add(() => flows.quiet(QUIET_MS));
    feeds = options.load ? feeding({ embedded: local.embedded, clock, random: Math.random, onError }) : undefined;
    closing.add(() => feeds?.stop());
    await feeds?.adopt(applied.config.streams);

    const consoleTrouble = await building;
    lock.announce(server.url);
    const facts = bannerFacts({
      url: server.url,
      root: options.root,
      ...(consoleTrouble === undefined ? {} : { consoleTrouble }),
      config: `${path}${applied.version === file.version ? "" : ` (with what was applied later by ${applied.by})`}`,
      dir: options.data,
      speed,
      ...(speedWhy === undefined ? {} : { speedWhy }),
      ...{ now: clock.now(), resumed, reaped, quiet: options.quiet },
      applied: applied.config,
      services: specs.map(({ name }) => name),
      urlOf: (name) => flows.gateways.get(name)?.url,
      load,
    });
    for (const line of banner(facts)) out.line(line);
    news.release();
    return { url: server.url, facts, local, stop: closing.close, kill: () => fleet.kill() };
  } catch (error) {
    await closing.close().catch(() => {});
    // The disk may have filled between the check and the first write.
    throw isUnwritable(error) ? unwritable(options.data, error) : error;
  }
}
