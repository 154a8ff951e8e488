import { schedule } from "../../../functions/anomaly/schedule.ts";
import { tuneDue } from "../../../functions/autoscaling/tuning-schedule.ts";
import { tickBackup } from "../../../functions/backup/schedule.ts";
import { tickCost } from "../../../functions/cost/schedule.ts";
import { minuteOfDelivery } from "../../../functions/delivery/schedule.ts";
import { collectServices } from "../../../functions/monitoring/collect-deferred.ts";
import { evaluateRules } from "../../../functions/monitoring/evaluate.ts";
import { minute as checkMinute } from "../../../functions/traffic/schedule.ts";
import { syncTraffic } from "../../../functions/traffic/sync.ts";
import { MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import type { Queries } from "../../../shared/core/ports/queries.ts";
import type { CheckHttp } from "../../../shared/edge/http-check.ts";
import { openSqlite } from "../../../shared/edge/sqlite.ts";
import { parseConfig } from "../../../shared/shell/config.ts";
import { givenFiles } from "../../../shared/shell/config-files.ts";
import { readersFrom } from "../../../shared/shell/config-readers.ts";
import { applyConfig } from "../../../shared/shell/config-store.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { createTelemetry } from "../../../shared/shell/telemetry-create.ts";
import { manualClock } from "../../fakes/clock.ts";
import { memoryFleet } from "../../fakes/memory-fleet.ts";
import { memoryObjects } from "../../fakes/memory-objects.ts";
import { type Counts, counting, noCounts } from "./counting.ts";

const TENANT = "default";
/** As stacks/cost.ts has it. */
const COST_TICK_MINUTES = 5;
/** Calls an hour, where it is not one each minute. Traffic has two functions that run each minute. */
const CALLS = { traffic: 120, cost: 60 / COST_TICK_MINUTES, tuning: 1 };

export interface Hour {
  readonly counts: Counts;
  readonly invocations: number;
  /** Questions to the Prometheus API. */
  readonly questions: number;
  /** Questions to AWS Cloud Map. */
  readonly discoveries: number;
  readonly logBytes: number;
}

/** Every backend is well. */
const well: CheckHttp = async () => ({ ok: true, status: 200, body: "" }) as never;

/** An hour of one of the parts in virtual time: the real function each minute, over a store in memory. */
export async function hourOf(
  part: "rules" | "score" | "traffic" | "delivery" | "backup" | "cost" | "tuning",
  yaml: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Hour> {
  const clock = manualClock();
  const state = { questions: 0, discoveries: 0, logBytes: 0 };
  const { store, journal, close } = openSqlite(":memory:", clock.now);
  const telemetry = createTelemetry({
    service: "headgate",
    emf: true,
    wallClock: clock.now,
    write: (line) => {
      state.logBytes += line.length + 1;
    },
  });
  /** A Prometheus that has nothing to complain of. */
  const calm: Queries = {
    source: "prometheus",
    instant: async () => {
      state.questions++;
      return { samples: [], warnings: [] };
    },
    range: async () => {
      state.questions++;
      return { series: [], warnings: [] };
    },
  };
  const base: Runtime = {
    now: clock.now,
    speed: 1,
    random: () => 0.5,
    sleep: async () => {},
    store,
    journal,
    objects: memoryObjects({ now: clock.now }),
    fleet: memoryFleet({ now: clock.now }).fleet,
    samples: { read: async () => [] },
    timers: { wake: async () => {} },
    queries: () => calm,
    discovery: {
      discover: async () => {
        state.discoveries++;
        const backends = Array.from({ length: 10 }, (_, index) => ({
          id: `i-0123456789abcdef${index}`,
          host: `10.0.0.${index}`,
          port: 8080,
          zone: "eu-central-1a",
          version: "orders:12",
        }));
        return { backends, panic: false, left: [] };
      },
    },
    telemetry,
  };
  const parsed = parseConfig(yaml, readersFrom(givenFiles(files)));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(base, TENANT, { ...parsed, text: yaml, files }, { by: "cost" });
  const counts = noCounts();
  const runtime = counting(base, counts);
  const run = async (minute: number) => {
    const request = { tenant: TENANT, trigger: { type: "schedule", detail: part } } as const;
    if (part === "rules") await Promise.all([evaluateRules(runtime, request), collectServices(runtime, request)]);
    else if (part === "delivery") await minuteOfDelivery(runtime, TENANT);
    else if (part === "backup") await tickBackup(runtime, TENANT);
    else if (part === "tuning") {
      // As stacks/autoscaling.ts has it.
      if (minute % 60 === 0) await tuneDue(runtime, TENANT);
    } else if (part === "cost") {
      const queue = { send: async (messages: readonly unknown[]) => void (counts.messagesSent += messages.length) };
      if (minute % COST_TICK_MINUTES === 0) await tickCost(runtime, queue, TENANT);
    } else if (part === "traffic") {
      const queue = { send: async (messages: readonly unknown[]) => void (counts.messagesSent += messages.length) };
      await Promise.all([checkMinute(runtime, TENANT, { check: well, queue }), syncTraffic(runtime, TENANT)]);
    } else await schedule(runtime, { send: async (messages) => void (counts.messagesSent += messages.length) }, TENANT);
    await telemetry.flush();
  };
  // The first minutes meet everything for the first time (backends are discovered, then checked); an hour of an installed system does not.
  for (let minute = 0; minute < 3; minute++) {
    await run(minute);
    clock.advance(MINUTE_MS);
  }
  Object.assign(counts, noCounts());
  Object.assign(state, { questions: 0, discoveries: 0, logBytes: 0 });
  for (let minute = 0; minute < 60; minute++) {
    clock.advance(MINUTE_MS);
    await run(minute);
  }
  await close();
  return { counts, invocations: part in CALLS ? CALLS[part as keyof typeof CALLS] : 60, ...state };
}
