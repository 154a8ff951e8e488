import { join } from "node:path";
import { linkTrouble } from "../../functions/alerting/links.ts";
import { createApp } from "../../functions/api/app.ts";
import { createHub } from "../../functions/api/hub.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { releaseLeases } from "../../shared/shell/release.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { closingSteps } from "../closing.ts";
import { isUnwritable, openDataDir, unwritable } from "../data-dir.ts";
import { lockDataDir } from "../lock.ts";
import { logFile } from "../log-file.ts";
import { errorPrinter, type Out, troubleLine, warningLines } from "../say.ts";
import { openServer } from "../server.ts";
import { type AlertLoop, alertLoop } from "./alert-loop.ts";
import { readLoneConfig } from "./lone-config.ts";
import { loneRuntime } from "./lone-runtime.ts";

export interface ServeOptions {
  /** alertmanager.yml, or a headgate.yaml with a section `alerting`. */
  readonly config: string;
  readonly port: number;
  readonly data: string;
  /** Where people reach it; default: its own address. */
  readonly publicUrl?: string;
  readonly alertsPerMinute: number;
  readonly keepEvents: string;
  /** Folder of the package, for the console. */
  readonly root: string;
}

/** Alerting alone, running in this process. */
export interface Serving {
  readonly url: string;
  readonly version: string;
  /** Reads the files again; throws what is wrong with them, and the former configuration stays. */
  reload(): Promise<void>;
  /** Takes no more, finishes what is being sent, closes every file. */
  stop(): Promise<void>;
}

/** What a deployed function loads with the first request and the first notification: nobody has to wait for it here. */
const loadParts = () =>
  Promise.all([
    import("../../functions/api/later.ts"),
    import("../../functions/alerting/deferred.ts"),
    import("../../functions/alerting/sender.ts"),
  ]);

/**
 * Routes alerts on this machine and nothing else: API v2 and everything of Headgate's own about alerts, on loopback.
 *
 * @throws HeadgateError for bad input; whatever had been opened is closed again
 */
export async function serveAlerts(options: ServeOptions, out: Out): Promise<Serving> {
  const closing = closingSteps();
  try {
    openDataDir(options.data);
    const lock = lockDataDir(options.data);
    closing.add(() => lock.release());
    const server = await openServer(options.port, join(options.root, "console", "dist"));
    closing.add(() => server.close());
    const { alertsPerMinute, keepEvents } = options;
    const reading = {
      file: options.config,
      publicUrl: options.publicUrl ?? server.url,
      alertsPerMinute,
      keepEvents,
    };
    const first = readLoneConfig(reading);
    const log = logFile(join(options.data, "logs", "headgate.log"));
    closing.add(() => log.close());
    const endpoint = process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
    const telemetry = createTelemetry({
      service: "headgate",
      write: (line) => log.line(line),
      ...(endpoint ? { otlpEndpoint: endpoint } : {}),
    });
    const hub = createHub();
    let loop: AlertLoop | undefined;
    const lone = loneRuntime({
      dir: options.data,
      baseDir: first.baseDir,
      telemetry,
      onDecision: (record) => hub.publish(record),
      onWake: (wake) => loop?.wake(wake),
      onTrouble: (integration, text) => {
        telemetry.log("warn", text, { integration });
        out.line(troubleLine(lone.clock.now(), integration, text));
      },
    });
    closing.add(
      () => telemetry.flush(),
      () => lone.close(),
    );
    const { runtime, clock } = lone;
    const printError = errorPrinter(out);
    const onError = (error: unknown) => {
      const text = error instanceof Error ? error.message : String(error);
      telemetry.log("error", "alerting", { error: text });
      printError(text);
    };
    // The lock on the folder says that nobody else is alive who could hold them.
    await releaseLeases(runtime);
    let version = first.version;
    const apply = async (read: typeof first) => {
      for (const line of warningLines(read.warnings, options.config)) out.line(line);
      const unlinked = await linkTrouble(read.config.alerting?.linkSecret);
      if (unlinked !== undefined) out.line(`warning: alerting.linkSecret: ${unlinked}`);
      await applyConfig(runtime, DEFAULT_TENANT, read, { by: "alerts serve" });
      version = read.version;
    };
    await apply(first);
    loop = alertLoop({ runtime, tenant: DEFAULT_TENANT, clock, onError });
    const groups = loop;
    const reload = async () => {
      await apply(readLoneConfig(reading));
      await groups.configured();
    };
    const app = createApp({ runtime, access: "loopback", hub, reload });
    await groups.start();
    await loadParts();
    closing.add(
      // No more alerts while the parts below are closed.
      () => server.close(),
      () => groups.stop(),
    );
    server.use((request) => app.fetch(request));
    lock.announce(server.url);
    return {
      url: server.url,
      get version() {
        return version;
      },
      reload,
      stop: closing.close,
    };
  } catch (error) {
    await closing.close().catch(() => {});
    throw isUnwritable(error) && !(error instanceof HeadgateError) ? unwritable(options.data, error) : error;
  }
}
