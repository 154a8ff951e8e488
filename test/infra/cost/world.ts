import { handleAlarms } from "../../../functions/autoscaling/alarm.ts";
import { handleWakes } from "../../../functions/autoscaling/queue.ts";
import { sweep, tick } from "../../../functions/autoscaling/schedule.ts";
import { alarmsFor } from "../../../shared/core/autoscaling/alarms.ts";
import { alarmName } from "../../../shared/core/kernel/alarm-name.ts";
import { MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import type { Wake } from "../../../shared/core/ports/timers.ts";
import { openSqlite } from "../../../shared/edge/sqlite.ts";
import { parseConfig } from "../../../shared/shell/config.ts";
import { applyConfig } from "../../../shared/shell/config-store.ts";
import { LOCAL_STAGE, type Runtime } from "../../../shared/shell/runtime.ts";
import { createTelemetry } from "../../../shared/shell/telemetry-create.ts";
import { manualClock } from "../../fakes/clock.ts";
import { memoryFleet } from "../../fakes/memory-fleet.ts";
import { memoryObjects } from "../../fakes/memory-objects.ts";
import { type Counts, counting, noCounts } from "./counting.ts";

const TENANT = "default";
const HOUR_MINUTES = 60;
/** A warm process is taken to live so long; then the next call is a cold start and reads the configuration again. */
const PROCESS_MINUTES = 120;
/** Every service is met once in a whole turn of the sweep; its first look at each belongs to installing, not to a day. */
const SETTLING_MINUTES = 6 * HOUR_MINUTES;

/** Percent of the service's capacity that its load would take on one instance; 100 is one instance busy. */
export type Load = (service: number, minute: number) => number;

export type FunctionName = "alarm" | "tick" | "sweep" | "timer";

/** The counts that are requests, and so can be added up. */
const REQUESTS = [
  "readUnits",
  "writeUnits",
  "metricsRead",
  "fleetReads",
  "fleetWrites",
  "objectReads",
  "messagesSent",
  "schedulesMade",
] as const;
export type Requests = Readonly<Record<(typeof REQUESTS)[number], number>>;
const noRequests = (): Record<(typeof REQUESTS)[number], number> => ({
  readUnits: 0,
  writeUnits: 0,
  metricsRead: 0,
  fleetReads: 0,
  fleetWrites: 0,
  objectReads: 0,
  messagesSent: 0,
  schedulesMade: 0,
});

export interface Day {
  readonly counts: Counts;
  /** What each function asked of AWS, over all its invocations. */
  readonly requests: Readonly<Record<FunctionName, Requests>>;
  /** By function. */
  readonly invocations: Readonly<Record<FunctionName, number>>;
  readonly coldStarts: number;
  /** Services evaluated, over all invocations. */
  readonly evaluations: number;
  readonly logBytes: number;
  /** Hours in which each custom metric was sent, over all metrics. */
  readonly metricHours: number;
  readonly scaled: number;
}

/**
 * One day of the deployed control plane in virtual time: the real functions over the real shell and decisions, a store in
 * memory, a fleet that follows, CloudWatch's alarms on the metrics that the load makes. Only the schedules, the queue's
 * delivery and the alarms' evaluation are played.
 */
export async function day(services: number, load: Load): Promise<Day> {
  const clock = manualClock();
  const start = clock.now();
  const minuteNow = () => Math.floor((clock.now() - start) / MINUTE_MS);
  const names = Array.from({ length: services }, (_, index) => `service-${String(index).padStart(3, "0")}`);
  const world = memoryFleet({ now: clock.now, startMs: 40_000 });
  for (const name of names) world.add(name, 2);

  // CloudWatch: what each minute measured. Memory is calm.
  const cpu = names.map(() => [] as number[]);
  const measure = (minute: number) => {
    for (const [index, name] of names.entries()) {
      const percent = load(index, minute) / Math.max(1, world.desired(name) ?? 1);
      (cpu[index] as number[])[minute] = Math.min(100, percent);
    }
  };
  const value = (index: number, metric: string, minute: number) => (metric === "cpu" ? cpu[index]?.[minute] : 35);

  const state = { counts: noCounts(), logBytes: 0, metricHours: new Set<string>() };
  const telemetry = createTelemetry({
    service: "headgate",
    emf: true,
    wallClock: clock.now,
    write: (line) => {
      state.logBytes += line.length + 1;
      const metrics = (JSON.parse(line) as Record<string, unknown>)["_aws"] as Emf | undefined;
      for (const { Dimensions, Metrics } of metrics?.CloudWatchMetrics ?? []) {
        const labels = Object.entries(JSON.parse(line) as object).filter(([key]) => Dimensions.flat().includes(key));
        for (const { Name } of Metrics) {
          state.metricHours.add(`${Name}${JSON.stringify(labels)}@${Math.floor(minuteNow() / HOUR_MINUTES)}`);
        }
      }
    },
  });
  const { store, journal, close } = openSqlite(":memory:", clock.now);
  const wakes: Wake[] = [];
  let seed = 1;
  const base: Runtime = {
    now: clock.now,
    speed: 1,
    // A full-period linear congruence (Numerical Recipes): ids need to differ, not to surprise.
    random: () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    },
    sleep: async () => {},
    store,
    journal,
    objects: memoryObjects({ now: clock.now }),
    fleet: world.fleet,
    samples: {
      read: async (queries) =>
        queries.map((query) => {
          const index = names.indexOf(query.service.name);
          const points = [];
          for (let at = query.from; at < query.to; at += query.periodMs) {
            const measured = value(index, query.metric, Math.floor((at - start) / MINUTE_MS));
            if (measured !== undefined && at >= start) points.push({ at, value: measured });
          }
          return { id: query.id, points, status: "complete" as const, source: "cloudwatch" };
        }),
    },
    timers: { wake: async (wake) => void wakes.push(wake) },
    telemetry,
  };

  const yaml = [
    "version: 1",
    "services:",
    ...names.map((name) => `  ${name}: { ecs: { cluster: data, service: ${name} } }`),
    "autoscaling:",
    ...names.map((name) => `  ${name}: {}`),
  ].join("\n");
  const parsed = parseConfig(yaml);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  await applyConfig(base, TENANT, { ...parsed, text: yaml }, { by: "cost" });
  const alarms = names.flatMap((name, index) =>
    alarmsFor(name, parsed.config.autoscaling[name] as never).map((spec) => ({
      spec,
      index,
      state: "OK" as "OK" | "ALARM",
    })),
  );

  const invocations = { alarm: 0, tick: 0, sweep: 0, timer: 0 };
  const requests = { alarm: noRequests(), tick: noRequests(), sweep: noRequests(), timer: noRequests() };
  let evaluations = 0;
  let coldStarts = 0;
  let runtime = counting(base, state.counts);
  const invoke = async (name: keyof typeof invocations, work: () => Promise<{ readonly length: number } | unknown>) => {
    invocations[name]++;
    const before = { ...state.counts };
    const result = await work();
    for (const request of REQUESTS) requests[name][request] += state.counts[request] - before[request];
    if (Array.isArray(result)) evaluations += result.length;
    await telemetry.flush();
  };

  const whole = SETTLING_MINUTES + 24 * HOUR_MINUTES;
  for (let minute = 1; minute < whole; minute++) {
    measure(minute - 1);
    clock.advance(MINUTE_MS);
    if (minute === SETTLING_MINUTES) {
      Object.assign(state, { counts: noCounts(), logBytes: 0, metricHours: new Set<string>() });
      Object.assign(invocations, { alarm: 0, tick: 0, sweep: 0, timer: 0 });
      for (const name of ["alarm", "tick", "sweep", "timer"] as const) Object.assign(requests[name], noRequests());
      evaluations = 0;
      coldStarts = 0;
    }
    if (minute % PROCESS_MINUTES === 0) {
      runtime = counting({ ...base, objects: { ...base.objects } }, state.counts);
      coldStarts += 4;
    }
    for (const alarm of alarms) {
      const next = evaluate(
        alarm.spec,
        (back) => value(alarm.index, alarm.spec.metric, minute - 1 - back),
        alarm.state,
      );
      if (next === alarm.state) continue;
      alarm.state = next;
      const notice = { name: alarmName(LOCAL_STAGE, TENANT, alarm.spec.name), state: next, at: clock.now() };
      await invoke("alarm", () => handleAlarms(runtime, [notice]));
    }
    const due = wakes.filter((wake) => wake.at <= clock.now());
    wakes.splice(0, wakes.length, ...wakes.filter((wake) => wake.at > clock.now()));
    for (let from = 0; from < due.length; from += 10) {
      const records = due
        .slice(from, from + 10)
        .map((wake, index) => ({ messageId: `m${minute}-${from + index}`, body: JSON.stringify(wake) }));
      await invoke("timer", () => handleWakes(runtime, records));
    }
    await invoke("tick", () => tick(runtime));
    if (minute % 15 === 0) await invoke("sweep", () => sweep(runtime, TENANT));
  }
  await close();
  return {
    counts: state.counts,
    requests,
    invocations,
    coldStarts,
    evaluations,
    logBytes: state.logBytes,
    metricHours: state.metricHours.size,
    scaled: world.changes.filter(({ at }) => at >= start + SETTLING_MINUTES * MINUTE_MS).length,
  };
}

interface Emf {
  readonly CloudWatchMetrics: readonly {
    readonly Dimensions: readonly string[][];
    readonly Metrics: readonly { readonly Name: string }[];
  }[];
}

/** As CloudWatch: in alarm when enough of the last periods breach; unknown periods change nothing. */
function evaluate(
  spec: { comparison: ">" | ">=" | "<" | "<="; threshold: number; datapoints: number; evaluationPeriods: number },
  at: (periodsBack: number) => number | undefined,
  before: "OK" | "ALARM",
): "OK" | "ALARM" {
  const last = Array.from({ length: spec.evaluationPeriods }, (_, back) => at(back));
  if (last.some((value) => value === undefined)) return before;
  const breaches = last.filter((value) => {
    const found = value as number;
    if (spec.comparison === ">") return found > spec.threshold;
    if (spec.comparison === ">=") return found >= spec.threshold;
    return spec.comparison === "<" ? found < spec.threshold : found <= spec.threshold;
  });
  return breaches.length >= spec.datapoints ? "ALARM" : "OK";
}
