import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { Write } from "../../shared/core/ports/store.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type ValveAction, valve } from "./simulation/machine.ts";
import { seeded } from "./simulation/scheduler.ts";
import type { ValveRequest } from "./simulation/simulate.ts";
import { silentTelemetry } from "./telemetry.ts";

/** A runtime on memory whose every call is written down, with a place to make each of them fail. */
export function stage(options: { readonly speed?: number } = {}) {
  const clock = { now: 1_700_000_000_000 };
  const store = memoryStore(() => clock.now);
  const journal = memoryJournal();
  const calls: string[] = [];
  const counts: string[] = [];
  const spans: string[] = [];
  const logs: { level: string; message: string; fields: Record<string, unknown> }[] = [];
  const pauses: number[] = [];
  const told: DecisionRecord[] = [];
  const seen = { actual: 2 as number | undefined, wanted: 2 };
  const before = new Map<string, () => unknown>();
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    calls.push(name);
    await before.get(name)?.();
    return work();
  };
  const runtime: Runtime = {
    now: () => clock.now,
    speed: options.speed ?? 1,
    random: seeded(1),
    sleep: async (ms) => void pauses.push(ms),
    store: {
      ...store,
      load: (key) => step("load", () => store.load(key)),
      write: (key, version, next: Write) =>
        step(next.pending ? "claim" : "settle", () => store.write(key, version, next)),
    },
    journal: {
      ...journal,
      append: (record) => step("append", () => journal.append(record)),
      outcome: (tenant, id, outcome) => step("outcome", () => journal.outcome(tenant, id, outcome)),
    },
    objects: {} as Runtime["objects"],
    fleet: {} as Runtime["fleet"],
    samples: {} as Runtime["samples"],
    timers: {} as Runtime["timers"],
    telemetry: {
      ...silentTelemetry(),
      log: (level, message, fields = {}) => void logs.push({ level, message, fields }),
      count: (name, labels = {}) => void counts.push([name, ...Object.values(labels)].join(" ")),
      observe: (name, _seconds, labels = {}) => void counts.push([name, ...Object.values(labels)].join(" ")),
      span: (name, parent) => {
        spans.push(name);
        return silentTelemetry().span(name, parent);
      },
    },
    onDecision: (record) => void told.push(record),
  };
  const performed: { readonly key: string; readonly attempt: number }[] = [];
  const result = (action: ValveAction): ActionResult => ({
    key: action.key,
    status: "done",
    at: clock.now,
    detail: `set to ${action.desired}`,
  });
  const request: ValveRequest = {
    machine: valve,
    tenant: "default",
    subject: "orders",
    mode: "act",
    config: { cooldownMs: 60_000 },
    configVersion: "c1",
    trigger: { type: "schedule" },
    observe: async () => ({
      subject: "orders",
      wanted: seen.wanted,
      ...(seen.actual === undefined ? {} : { actual: seen.actual }),
    }),
    perform: async (action, { attempt }) => {
      calls.push("perform");
      performed.push({ key: action.key, attempt });
      await before.get("perform")?.();
      if (action.type === "set") seen.actual = action.desired;
      return result(action);
    },
  };
  return {
    clock,
    store,
    journal,
    runtime,
    request,
    calls,
    counts,
    spans,
    logs,
    pauses,
    told,
    seen,
    performed,
    result,
    /** What happens before a call of that name; throw to make it fail. */
    before,
    item: () => store.load({ tenant: "default", noun: "valve", subject: "orders" }),
    records: async () => (await journal.list({ tenant: "default", limit: 500 })).items,
  };
}
