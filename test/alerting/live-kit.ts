import { flushDue, flushGroup } from "../../functions/alerting/flush.ts";
import { handleWake } from "../../functions/alerting/queue.ts";
import { receiveAlerts } from "../../functions/alerting/receive.ts";
import { rerouteAll } from "../../functions/alerting/reroute.ts";
import { DEFAULT_TENANT } from "../../shared/core/kernel/key.ts";
import { iso, type Millis } from "../../shared/core/kernel/time.ts";
import type { Delivered, Notification, Notify } from "../../shared/core/ports/notify.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { alertingFrom } from "../../shared/shell/config-alerting.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { manualClock } from "../fakes/clock.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { memoryTimers } from "../fakes/memory-timers.ts";
import { seeded } from "../shell/simulation/scheduler.ts";
import { silentTelemetry } from "../shell/telemetry.ts";

export const TENANT = DEFAULT_TENANT;

/** One route to one webhook, times in seconds and minutes. */
export const SIMPLE = `
route:
  receiver: web
  group_by: [alertname]
  group_wait: 10s
  group_interval: 1m
  repeat_interval: 4h
receivers:
- name: web
  webhook_configs:
  - url: http://127.0.0.1:1/
`;

/** A configuration from the text of alertmanager.yml and further lines of the section. */
export function configOf(alertmanager: string, section = "") {
  const text = `version: 1\nservices: {}\nalerting:\n  alertmanager: am.yml\n${section}`;
  const files = { read: (path: string) => (path === "am.yml" ? alertmanager : undefined), list: () => [] };
  const parsed = parseConfig(text, { alerting: alertingFrom(files) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return { config: parsed.config, version: parsed.version, text };
}

export interface Told extends Notification {
  /** When it was sent. */
  readonly at: Millis;
}

/** Parts of a runtime that a test wants otherwise. */
export type Over = (runtime: Runtime) => Partial<Runtime>;

/** Alerting on memory with a clock that moves when told to, and a receiver that writes down what it is told. */
export function liveWorld(over: Over = () => ({}), seed = 1) {
  const clock = manualClock();
  const timers = memoryTimers({ now: clock.now });
  const random = seeded(seed);
  const told: Told[] = [];
  const answers: { next: (notification: Notification) => Delivered | Promise<Delivered> } = {
    next: () => ({ ok: true, detail: "200" }),
  };
  const notify: Notify = {
    send: async (_tenant, notification) => {
      told.push({ ...notification, at: clock.now() });
      return answers.next(notification);
    },
  };
  const base: Runtime = {
    now: clock.now,
    speed: 1,
    random,
    sleep: async (ms) => void clock.advance(Math.ceil(ms)),
    store: memoryStore(clock.now, () => 1 + Math.floor(random() * 2 ** 40)),
    journal: memoryJournal(),
    objects: memoryObjects({ now: clock.now }),
    fleet: {} as Runtime["fleet"],
    samples: {} as Runtime["samples"],
    timers: timers.timers,
    telemetry: silentTelemetry(),
    notify,
  };
  const runtime: Runtime = { ...base, ...over(base) };

  return {
    clock,
    timers,
    runtime,
    /** As it is below whatever a test has put over it. */
    base,
    told,
    answers,
    apply: (alertmanager: string, section?: string) =>
      applyConfig(base, TENANT, configOf(alertmanager, section), { by: "test" }),
    reroute: () => rerouteAll(runtime, TENANT),
    post: (...alerts: readonly object[]) => receiveAlerts(runtime, TENANT, alerts),
    /** Lets time pass from timer to timer, as the queue does when deployed. */
    until: async (at: Millis) => {
      for (;;) {
        const [next] = timers.waiting();
        if (!next || next.at > at) break;
        if (next.at > clock.now()) clock.set(next.at);
        for (const wake of timers.take()) await handleWake(runtime, wake);
      }
      if (at > clock.now()) clock.set(at);
      await flushDue(runtime, TENANT);
    },
    sweep: () => flushDue(runtime, TENANT),
    flush: (subject: string) => flushGroup(runtime, TENANT, subject, { type: "timer" }),
    groups: async () => (await base.store.list(TENANT, "alerting")).items,
    count: async (noun: string) => (await base.store.list(TENANT, noun, { limit: 1_000 })).items.length,
    records: async () => (await base.journal.list({ tenant: TENANT, noun: "alerting", limit: 500 })).items,
  };
}

export type LiveWorld = ReturnType<typeof liveWorld>;

/** An alert as Prometheus posts it. `startsAt`, `endsAt`: instants. */
export const alert = (
  alertname: string,
  labels: Readonly<Record<string, string>> = {},
  times: { readonly startsAt?: Millis; readonly endsAt?: Millis } = {},
): object => ({
  labels: { alertname, ...labels },
  annotations: { summary: `${alertname} is bad` },
  ...(times.startsAt === undefined ? {} : { startsAt: iso(times.startsAt) }),
  ...(times.endsAt === undefined ? {} : { endsAt: iso(times.endsAt) }),
});

/** "firing a b / resolved c" of what a receiver was told, by instance. */
export const shape = ({ alerts }: Pick<Notification, "alerts">): string =>
  (["firing", "resolved"] as const)
    .map((status) => {
      const names = alerts.filter((one) => one.status === status).map(({ labels }) => labels["instance"] ?? "?");
      return names.length > 0 ? `${status} ${names.sort().join(" ")}` : "";
    })
    .filter((text) => text !== "")
    .join(" / ");
