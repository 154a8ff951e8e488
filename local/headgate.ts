import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createApp } from "../functions/api/app.ts";
import { createHub } from "../functions/api/hub.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { type Json, sameJson } from "../shared/core/kernel/json.ts";
import type { DecisionRecord } from "../shared/core/kernel/record.ts";
import { DAY_MS, MINUTE_MS } from "../shared/core/kernel/time.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { createTelemetry } from "../shared/shell/telemetry-create.ts";
import { adoptConfig, readConfigFile } from "./config-file.ts";
import { buildConsole, consoleIsStale } from "./console-build.ts";
import { isUnwritable, openDataDir, unwritable } from "./data-dir.ts";
import { planLoad, readTrace } from "./load-plan.ts";
import { lockDataDir } from "./lock.ts";
import { type LogFile, logFile } from "./log-file.ts";
import { controlLoop, type Loop } from "./loop.ts";
import type { StartOptions } from "./options.ts";
import { type LocalRuntime, localRuntime } from "./runtime.ts";
import { banner, decisionPrinter, heldBack, type Out, printable, troubleLine } from "./say.ts";
import { type Scraper, startScraper } from "./scraper.ts";
import { openServer } from "./server.ts";
import { localServices } from "./service-spec.ts";
import { traffic } from "./traffic.ts";

export interface HeadgateOptions extends StartOptions {
  /** Folder of the package: examples, console. */
  readonly root: string;
  /** False leaves the console as it is; for tests. Default true. */
  readonly console?: boolean;
}

/** The whole control plane, running in this process. */
export interface Running {
  readonly url: string;
  readonly local: LocalRuntime;
  /** Drains, stops every child process, closes every file. */
  stop(): Promise<void>;
  /** Kills every child process now. */
  kill(): void;
}

const DEMO_SPEED = 120;
const KEEP_MS = DAY_MS;
/** Real ms. */
const REAP_GRACE_MS = 3000;
const QUIET_MS = 3000;
const REPEAT_ERROR_MS = 60_000;

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** Length of one measured period: the longest that every policy's period is a multiple of, at most a minute. */
function basePeriod(config: HeadgateConfig): number {
  return Object.values(config.autoscaling).reduce((period, { period: one }) => commonDivisor(period, one), MINUTE_MS);
}

/**
 * Starts everything, in an order in which whatever can be wrong with the input, the port or the data folder is found before
 * the first process is started.
 *
 * @throws HeadgateError for bad input; whatever had been opened is closed again
 */
export async function startHeadgate(options: HeadgateOptions, out: Out): Promise<Running> {
  const closing: (() => Promise<void> | void)[] = [];
  /** Last opened, first closed. A step that fails does not keep the others from being done. */
  const close = async () => {
    const errors: unknown[] = [];
    for (let step = closing.pop(); step; step = closing.pop()) {
      try {
        await step();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  };
  try {
    if (process.platform === "win32")
      throw new HeadgateError(
        "runtime.unsupported",
        "local processes need Linux or macOS; on Windows run Headgate inside WSL",
      );
    const path =
      options.config === undefined ? join(options.root, "examples", "shop", "headgate.yaml") : resolve(options.config);
    const file = readConfigFile(path);
    const trace = options.trace === undefined ? undefined : readTrace(resolve(options.trace));
    openDataDir(options.data);
    const resumed = existsSync(join(options.data, "headgate.sqlite"));
    const lock = lockDataDir(options.data);
    closing.push(() => lock.release());
    const server = await openServer(options.port, join(options.root, "console", "dist"));
    closing.push(() => server.close());
    const building = options.console !== false && consoleIsStale(options.root) ? buildConsole(options.root) : undefined;

    const declared = Object.values(file.config.services).some(
      (one) => one.run && one.load && one.load.shape !== "none",
    );
    const loaded = options.load && (declared || trace !== undefined);
    const speed = options.speed ?? (loaded ? DEMO_SPEED : 1);
    const speedWhy = options.speed === undefined && !loaded ? "no load is generated; --speed N for faster" : undefined;

    const log = logFile(join(options.data, "logs", "headgate.log"));
    closing.push(() => log.close());
    const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    const telemetry = createTelemetry({
      service: "headgate",
      write: (line) => log.line(line),
      ...(endpoint ? { otlpEndpoint: endpoint } : {}),
    });
    const serviceLogs = new Map<string, LogFile>();
    const hub = createHub();
    const flows = traffic();
    const news = heldBack(out);
    const print = decisionPrinter(news);
    let loop: Loop | undefined;
    const local = localRuntime({
      dir: options.data,
      speed,
      periodMs: basePeriod(file.config),
      keepMs: KEEP_MS,
      telemetry,
      onDecision: (record: DecisionRecord) => {
        hub.publish(record);
        if (!options.quiet) print(record);
      },
      onWake: (wake) => loop?.wake(wake),
      idle: (instance) => flows.idle(instance),
      onLine: (service, instance, line) => {
        let target = serviceLogs.get(service);
        if (!target) serviceLogs.set(service, (target = logFile(join(options.data, "logs", `${service}.log`))));
        target.line(`${instance} ${line}`);
      },
      onTrouble: (service, text) => {
        telemetry.log("warn", text, { service });
        if (!options.quiet) news.line(troubleLine(local.clock.now(), service, text));
      },
    });
    closing.push(
      () => telemetry.flush(),
      () => local.close(),
      () => {
        for (const one of serviceLogs.values()) one.close();
      },
    );
    const { runtime, fleet, clock, measured } = local;
    const printed = new Map<string, number>();
    const onError = (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      telemetry.log("error", "control loop", { error: text });
      // The same sentence every virtual minute would drown everything else.
      const now = Date.now();
      if (now - (printed.get(text) ?? 0) < REPEAT_ERROR_MS) return;
      if (printed.size > 100) printed.clear();
      printed.set(text, now);
      out.error(`headgate: ${printable(text)}`);
    };

    const applied = await adoptConfig(runtime, options.data, file);
    const app = createApp({ runtime, access: "loopback", hub });
    server.use((request) => app.fetch(request));
    const specs = localServices(applied.config, dirname(path));
    const reaped = await fleet.reap(REAP_GRACE_MS);
    closing.push(() => fleet.stop());
    await flows.open(
      specs.map((spec) => spec.name),
      fleet,
      options.port === 0 ? 0 : options.port + 1,
    );
    closing.push(() => flows.close());
    fleet.add(specs);
    let running = applied;
    loop = controlLoop({
      runtime,
      onError,
      onConfig: (current) => {
        if (current.version === running.version) return;
        const same = sameJson(current.config.services as unknown as Json, running.config.services as unknown as Json);
        running = current;
        if (!same) news.line("The services in the configuration have changed: they are started so at the next start.");
      },
    });
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
    closing.push(
      // No more commands through the API while the parts below it are closed.
      () => server.close(),
      async () => void (await loop?.stop()),
      () => scraper.stop(),
    );
    const load = options.load ? planLoad(applied.config, trace, clock.origin) : [];
    flows.start(load, clock);
    closing.push(() => flows.quiet(QUIET_MS));

    const consoleTrouble = await building;
    lock.announce(server.url);
    const facts = {
      url: server.url,
      ...(consoleTrouble === undefined ? {} : { consoleTrouble }),
      config: `${path}${applied.version === file.version ? "" : ` (with what was applied later by ${applied.by})`}`,
      dir: options.data,
      speed,
      ...(speedWhy === undefined ? {} : { speedWhy }),
      now: clock.now(),
      resumed,
      reaped,
      services: specs.map(({ name }) => {
        const bounds = applied.config.autoscaling[name];
        const text = load.find((one) => one.service === name)?.text;
        return {
          name,
          url: flows.gateways.get(name)?.url ?? "",
          ...(bounds ? { bounds: `${bounds.min} to ${bounds.max} instances` } : {}),
          ...(text === undefined ? {} : { load: text }),
        };
      }),
      elsewhere: Object.entries(applied.config.services).flatMap(([name, one]) => (one.ecs ? [name] : [])),
    };
    for (const line of banner(facts)) out.line(line);
    news.release();
    return { url: server.url, local, stop: close, kill: () => fleet.kill() };
  } catch (error) {
    await close().catch(() => {});
    // The disk may have filled between the check and the first write.
    throw isUnwritable(error) ? unwritable(options.data, error) : error;
  }
}
