import { finishChecks, tidyChecks } from "../../functions/traffic/check-sweep.ts";
import { checkDue, checkedServices } from "../../functions/traffic/checker.ts";
import { settingsIn, trafficServices } from "../../functions/traffic/service-traffic.ts";
import { verifyVersions } from "../../functions/traffic/versions.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { DAY_MS, type DurationMs, MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { httpCheck } from "../../shared/edge/http-check.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { LocalClock } from "../clock.ts";

/** The one checker on a laptop; deployed, a schedule and a queue are. Ends when what is being done now is done. */
export interface TrafficChecker {
  stop(): Promise<void>;
}

export interface TrafficCheckerOptions {
  readonly runtime: Runtime;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  /** Told of each service one of whose backends was ejected or taken back. */
  readonly onVerdict: (service: string) => void;
  readonly onError: (error: unknown) => void;
}

/** Real ms: looks closer than this cost more than they tell. */
const SHORTEST_MS = 250;
/** Checks are spread over their period: so many looks in the shortest one keep them apart. */
const LOOKS = 4;

/**
 * Looks again and again at what is due, on the clock that policies run on. Processes of the local fleet are not among what it checks: the fleet
 * itself sees whether they are ready. Looks never overlap.
 */
export function trafficChecker({ runtime, clock, onVerdict, onError }: TrafficCheckerOptions): TrafficChecker {
  const tenant = DEFAULT_TENANT;
  const check = httpCheck({ loopback: true });
  let day = Math.floor(clock.now() / DAY_MS);
  let stopped = false;
  let cancel = () => {};
  let running: Promise<void> = Promise.resolve();

  const look = async (): Promise<DurationMs> => {
    const services = await checkedServices(runtime, tenant);
    const { ejected, returned, errors } = await checkDue(runtime, tenant, {
      check,
      trigger: { type: "schedule", detail: "checks" },
    });
    const named = [...ejected, ...returned];
    for (const { service } of services) if (named.some((name) => name.startsWith(`${service}/`))) onVerdict(service);
    for (const error of errors) onError(error);
    await finishChecks(runtime, tenant);
    await verify();
    const today = Math.floor(clock.now() / DAY_MS);
    if (today !== day) await tidyChecks(runtime, tenant);
    day = today;
    return Math.min(MINUTE_MS, ...services.map(({ config }) => (config.health?.every ?? MINUTE_MS) / LOOKS));
  };
  const verify = async () => {
    const applied = await currentConfig(runtime, tenant);
    for (const service of applied ? trafficServices(applied) : []) {
      const settings = applied && settingsIn(applied, service);
      if (settings) await verifyVersions(runtime, tenant, settings);
    }
  };
  const next = (everyMs: DurationMs) => {
    if (stopped) return;
    const wait = Math.max(everyMs, SECOND_MS, SHORTEST_MS * clock.speed);
    cancel = clock.at(clock.now() + wait, () => {
      running = look()
        .catch((error: unknown) => {
          onError(error);
          return MINUTE_MS;
        })
        .then(next);
    });
  };
  next(0);
  return {
    stop: async () => {
      stopped = true;
      cancel();
      await running;
    },
  };
}
