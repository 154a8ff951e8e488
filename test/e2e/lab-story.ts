import * as v from "valibot";
import { Policy } from "../../shared/core/autoscaling/config.ts";
import { tuningMachine } from "../../shared/core/autoscaling/tune/machine.ts";
import { tuningSubject } from "../../shared/core/autoscaling/tune/subject.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { run } from "../../shared/shell/run.ts";
import { MINUTE, type World } from "../api/kit.ts";

export const LAB = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
autoscaling:
  orders: { min: 2, max: 30, policies: [{ type: instances }] }
  search: { min: 1, max: 20, policies: [{ type: auto }] }
`;

/** So many minutes before now of a service's load, and what its tasks made of it: days, an hour that stands out, and a little noise. */
export function recordedDays(world: World, service: string, minutes: number): void {
  const end = world.clock.now();
  for (let minute = 0; minute < minutes; minute += 1) {
    const at = end - (minutes - minute) * MINUTE;
    const spike = minute % 1440 >= 900 && minute % 1440 < 930 ? 2 : 1;
    const load = (320 + 240 * Math.sin((minute / 1440) * Math.PI * 2) + 14 * Math.sin(minute / 3)) * spike;
    const ready = Math.max(2, Math.ceil(load / 70));
    world.samples.put(service, "requests", at, load);
    world.samples.put(service, "cpu", at, Math.min(100, (load / (ready * 100)) * 100));
    world.samples.put(service, "ready", at, ready);
  }
}

/** A proposal of `auto`, as its own machine makes it from what a backtest found. */
export async function proposeFor({ runtime }: World, service: string): Promise<void> {
  const current = await currentConfig(runtime, "default");
  const auto = current?.config.autoscaling[service]?.policies.find((one) => one.type === "auto");
  if (!current || auto?.type !== "auto") throw new Error(`${service} has no policy auto`);
  const written = { type: "demand", target: 0.6 } as const;
  const policy = v.parse(Policy, written);
  const judged = { j: 1.4, keeps: true };
  const found = {
    name: "demand 60 %",
    family: "demand",
    policy,
    written,
    cost: 80,
    withinLimits: true,
    ...judged,
  } as const;
  const now = {
    name: "the default forecast",
    policy: v.parse(Policy, { type: "predictive" }),
    cost: 100,
    ...judged,
    j: 1.8,
  };
  await run(runtime, {
    machine: tuningMachine,
    ...{ tenant: "default", subject: tuningSubject(service), mode: "recommend", config: auto },
    ...{ configVersion: current.version, trigger: { type: "schedule", id: "t", detail: "tuning" } },
    observe: async () => ({ kind: "result" as const, found, current: now, days: 3, without: ["backlog"] }),
    perform: async (action: never) => action,
  });
}
