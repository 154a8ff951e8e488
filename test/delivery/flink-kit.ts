import * as v from "valibot";
import { readFlinkRelease } from "../../functions/delivery/flink-release.ts";
import { flinkKey, flinkStateOf, runFlink } from "../../functions/delivery/flink-rollout.ts";
import type { DeliverySettings } from "../../functions/delivery/settings.ts";
import { FlinkDelivery } from "../../shared/core/delivery/flink/section.ts";
import type { FlinkCommandName, FlinkState } from "../../shared/core/delivery/flink/types.ts";
import { ServiceDelivery } from "../../shared/core/delivery/section.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Jobs } from "../../shared/core/ports/jobs.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type FlinkFaults, fakeFlink } from "../fakes/flink-cluster.ts";
import { fakeJobs } from "../fakes/flink-jobs.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { silentTelemetry } from "../shell/telemetry.ts";

const TRIGGER = { type: "timer" } as const;
const SECOND = 1_000;

export interface FlinkWorldOptions {
  readonly flink?: object;
  readonly delivery?: object;
  readonly faults?: Partial<FlinkFaults>;
  readonly around?: <T>(what: string, effect: () => T) => Promise<T>;
}

/** A cluster in virtual time on which job v1 of "orders" runs, started by another hand, and what rolls it out. */
export function flinkWorld(options: FlinkWorldOptions = {}) {
  const clock = { now: 1_700_000_000_000 };
  const now = () => clock.now;
  const flink = fakeFlink(now, options.faults);
  const jobs: Jobs = fakeJobs(flink, "orders", options.around);
  const store = memoryStore(now);
  const journal = memoryJournal();
  const timers = memoryTimers({ now });
  const told: Alert[] = [];
  const section = v.parse(FlinkDelivery, {
    url: "http://flink:8081",
    jobName: "orders",
    savepoints: "s3://state/savepoints",
    jarFile: "v1",
    ...options.flink,
  });
  const delivery = v.parse(ServiceDelivery, { ...options.delivery, strategy: "canary" });
  const settings = {
    service: "orders",
    version: "c1",
    delivery: { ...delivery, strategy: "flink-blue-green", flink: section },
  } as unknown as DeliverySettings;
  const runtime = {
    now,
    speed: 1,
    random: seeded(7),
    sleep: async () => {},
    store,
    journal,
    timers: timers.timers,
    objects: memoryObjects({ now }),
    jobs,
    alerts: { send: async (_tenant: string, alerts: readonly Alert[]) => void told.push(...alerts) },
    telemetry: silentTelemetry(),
  } as unknown as Runtime;
  const OLD = `${"0".repeat(31)}1`;
  flink.jars.set("v1", { id: "v1", name: "v1.jar", text: "v1" });
  flink.submit({ id: "v1", name: "v1.jar", text: "v1" }, OLD, "orders");
  clock.now += 60 * SECOND;

  const state = async (): Promise<FlinkState | undefined> =>
    flinkStateOf(await store.load(flinkKey("default", "orders")));
  let rollouts = 0;
  const start = (release: Readonly<Record<string, unknown>>, on = runtime) =>
    runFlink(on, "default", settings, TRIGGER, {
      kind: "start",
      id: `rol_${++rollouts}`,
      ...readFlinkRelease(release, section),
      by: "anna",
      why: "",
    });
  const look = (on = runtime) => runFlink(on, "default", settings, TRIGGER);
  return {
    OLD,
    clock,
    flink,
    jobs,
    store,
    journal,
    timers,
    told,
    settings,
    runtime,
    state,
    start,
    look,
    command: (command: FlinkCommandName, id?: string) =>
      runFlink(runtime, "default", settings, TRIGGER, {
        kind: "command",
        command,
        by: "anna",
        why: "",
        ...(id === undefined ? {} : { id }),
      }),
    /** Ids of the jobs that may write, in the order in which they came. */
    alive: () =>
      [...flink.jobs.values()]
        .filter((job) => !["FAILED", "CANCELED", "FINISHED"].includes(flink.state(job)))
        .map(({ id }) => id),
    /** Looks as timers would, until `until` says so, the rollout is over, or the time is. */
    play: async (until: (state: FlinkState) => boolean = () => false, most = 3_600 * SECOND): Promise<FlinkState> => {
      for (const end = clock.now + most; ; ) {
        const is = (await state()) ?? { v: 1, ended: [] };
        if (!is.current || until(is) || clock.now > end) return is;
        const at = (await store.load(flinkKey("default", "orders")))?.dueAt ?? clock.now;
        clock.now = Math.max(clock.now + 100, at);
        await look();
      }
    },
    /** Records that each past job wrote for good; what comes twice, and what is missing between first and last. */
    output: () => {
      const spans = flink.past
        .map((job) => flink.written(job))
        .filter(({ from, to }) => to > from)
        .sort((a, b) => a.from - b.from);
      let reached = 0;
      let twice = 0;
      let missing = 0;
      for (const { from, to } of spans) {
        twice += Math.max(0, Math.min(reached, to) - from);
        missing += Math.max(0, from - reached);
        reached = Math.max(reached, to);
      }
      return { twice, missing };
    },
  };
}

export type FlinkWorld = ReturnType<typeof flinkWorld>;
