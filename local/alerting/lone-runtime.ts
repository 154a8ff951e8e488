import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withOwnRouting } from "../../functions/alerting/own-source.ts";
import { lazyAlerts } from "../../functions/lazy-alerts.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Telemetry } from "../../shared/shell/telemetry.ts";
import { type LocalClock, openClock } from "../clock.ts";
import { checkDataDir } from "../data-dir.ts";
import { localTimers } from "../timers.ts";
import { localNotifier } from "./local-notifier.ts";
import { watchedNotify } from "./watched-notify.ts";

/** Alerting on one machine with nothing else: no services, no measurements. */
export interface LoneRuntime {
  readonly runtime: Runtime;
  readonly clock: LocalClock;
  close(): Promise<void>;
}

export interface LoneRuntimeOptions {
  readonly dir: string;
  /** Folder of alertmanager.yml. */
  readonly baseDir: string;
  readonly telemetry: Telemetry;
  readonly onDecision: (record: DecisionRecord) => void;
  readonly onWake: (wake: Wake) => void;
  /** A receiver cannot be told, or can again. */
  readonly onTrouble: (integration: string, text: string) => void;
}

/** Opens everything on a data directory that is locked already. Throws HeadgateError `data.unwritable`. */
export function loneRuntime({
  dir,
  baseDir,
  telemetry,
  onDecision,
  onWake,
  onTrouble,
}: LoneRuntimeOptions): LoneRuntime {
  const clock = openClock({ dir, speed: 1 });
  const file = openSqlite(join(dir, "headgate.sqlite"), clock.now);
  const timers = localTimers(clock, onWake);
  const notifier = localNotifier(() => runtime, baseDir);
  const runtime: Runtime = {
    now: clock.now,
    speed: 1,
    random: Math.random,
    sleep: (ms) => sleep(ms),
    store: file.store,
    journal: file.journal,
    objects: directoryObjects(join(dir, "objects")),
    // There are no services here: of each that is asked for nothing is known.
    fleet: {
      describe: async () => new Map(),
      setDesired: async () => ({ status: "refused", why: "there are no services here" }),
    },
    samples: {
      read: async (queries) => queries.map(({ id }) => ({ id, points: [], status: "complete", source: "none" })),
    },
    timers,
    writable: async () => checkDataDir(dir),
    notify: watchedNotify(notifier, onTrouble),
    alerts: { send: (tenant, alerts) => alerting.send(tenant, alerts) },
    telemetry,
    onDecision,
  };
  const warn = (message: string) => telemetry.log("warn", message);
  const alerting = withOwnRouting(() => runtime, lazyAlerts(runtime, { allowLocal: true, warn }));
  return {
    runtime,
    clock,
    close: async () => {
      timers.close();
      notifier.close();
      await file.store.close();
      await file.journal.close();
      await file.close();
      clock.close();
    },
  };
}
