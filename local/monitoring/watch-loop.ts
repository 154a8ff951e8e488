import { tidyTenant } from "../../functions/anomaly/schedule.ts";
import { scoreTenant } from "../../functions/anomaly/score.ts";
import { collectServices } from "../../functions/monitoring/collect.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { DAY_MS, type DurationMs, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { MonitoringConfig } from "../../shared/core/monitoring/config.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { LocalClock } from "../clock.ts";

/** What wakes monitoring and scoring on a laptop; deployed, the scheduler does. */
export interface WatchLoop {
  /** Ends when what is being done now is done. */
  stop(): Promise<void>;
}

export interface WatchLoopOptions {
  readonly runtime: Runtime;
  readonly clock: Pick<LocalClock, "now" | "at" | "speed">;
  readonly onError: (error: unknown) => void;
}

/** Real ms: rounds closer than this cost more than they tell. What was passed over is caught up on. */
const SHORTEST_MS = 250;
const RULES_MS = 15_000;

/** Virtual ms between rounds: a whole number of `everyMs`. */
const spaced = (everyMs: DurationMs, speed: number): DurationMs =>
  everyMs * Math.max(1, Math.ceil((SHORTEST_MS * speed) / everyMs));

/** How often it is looked which services are due: as often as the most eager one asks for, at least each minute. */
export const collectEvery = (monitoring: Pick<MonitoringConfig, "services"> | undefined): DurationMs =>
  Math.min(MINUTE_MS, ...Object.values(monitoring?.services ?? {}).flatMap(({ collect }) => collect?.every ?? []));

/**
 * Evaluates rules, collects services and scores signals in rounds; rounds of one kind never overlap, and a kind that is slow does not
 * hold up the others or the controllers.
 */
export function watchLoop({ runtime, clock, onError }: WatchLoopOptions): WatchLoop {
  const tenant = DEFAULT_TENANT;
  const stops: (() => Promise<void>)[] = [];
  let stopped = false;

  const every = (ms: () => DurationMs, work: () => Promise<unknown>) => {
    let running: Promise<unknown> = Promise.resolve();
    let cancel = () => {};
    const next = () => {
      if (stopped) return;
      const step = spaced(ms(), clock.speed);
      const at: Millis = (Math.floor(clock.now() / step) + 1) * step;
      cancel = clock.at(at, () => {
        running = (stopped ? Promise.resolve() : work()).catch(onError).finally(next);
      });
    };
    next();
    stops.push(async () => {
      cancel();
      await running;
    });
  };

  let rulesMs = RULES_MS;
  every(
    () => rulesMs,
    async () => {
      const monitoring = (await currentConfig(runtime, tenant))?.config.monitoring;
      const intervals = monitoring?.groups.flatMap(({ intervalMs }) => intervalMs ?? []) ?? [];
      rulesMs = Math.min(monitoring?.scrape?.settings.global.evaluationIntervalMs ?? RULES_MS, ...intervals);
      for (const { error } of await evaluateRules(runtime, { tenant, trigger: { type: "schedule", detail: "rules" } }))
        if (error) onError(error);
    },
  );
  let collectMs: DurationMs = MINUTE_MS;
  every(
    () => collectMs,
    async () => {
      collectMs = collectEvery((await currentConfig(runtime, tenant))?.config.monitoring);
      await collectServices(runtime, { tenant, trigger: { type: "schedule", detail: "collect" } });
    },
  );
  // In one kind with scoring: what is tidied away is never what is being scored.
  let day = Math.floor(clock.now() / DAY_MS);
  every(
    () => MINUTE_MS,
    async () => {
      for (const { failures } of await scoreTenant(runtime, tenant, { type: "schedule", detail: "score" }))
        for (const { error } of failures) onError(error);
      const today = Math.floor(clock.now() / DAY_MS);
      if (today === day) return;
      day = today;
      await tidyTenant(runtime, tenant);
    },
  );

  return {
    stop: async () => {
      stopped = true;
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
