import * as v from "valibot";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { recorded } from "../../functions/autoscaling/recorded.ts";
import { tick } from "../../functions/autoscaling/schedule.ts";
import { targetsOf } from "../../functions/autoscaling/targets.ts";
import { runTuning } from "../../functions/autoscaling/tuning.ts";
import { tuneDue } from "../../functions/autoscaling/tuning-schedule.ts";
import { explainOf, sentenceOf } from "../../functions/decisions/words.ts";
import { machines } from "../../functions/machines.ts";
import { tuningLoop } from "../../local/autoscaling/loop.ts";
import { Policy } from "../../shared/core/autoscaling/config.ts";
import type { TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, type World, world } from "../api/kit.ts";
import { history, withHistory } from "./history-kit.ts";

const tenant = "default";
const trigger: Trigger = { type: "api", detail: "test" };
const DAY = 1440 * MINUTE;
const KEY = { tenant, noun: "autoscaling", subject: "tuning:orders" };
const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
autoscaling:
  orders:
    min: 1
    max: 30
    capacity: 25
    policies: [{ type: auto, margin: 0, objective: { taskHour: 0.05, violationMinute: 5 } }]
  search: { min: 1, max: 4, policies: [{ type: instances }] }
`;

async function targetOf(runtime: Runtime) {
  const current = await currentConfig(runtime, tenant);
  const [target] = current ? targetsOf(current.config, ["orders"]) : [];
  if (!target) throw new Error("no service orders");
  return target;
}

/** The local loop until it has looked once, on a clock that never strikes. */
async function looped(w: World, runtime: Runtime): Promise<void> {
  const clock = { now: w.clock.now, speed: 1, at: () => () => {} };
  const failed: unknown[] = [];
  const loop = tuningLoop({ tenant, runtime, clock, onError: (error) => void failed.push(error) });
  await loop.start();
  await vi.waitFor(async () => expect(await stateOf(w)).toBeDefined(), { timeout: 20_000, interval: 2 });
  await loop.stop();
  expect(failed).toEqual([]);
}

const stateOf = async (w: World) => (await w.store.load(KEY))?.state as Record<string, never> | undefined;

describe("a service with auto and three days of recorded load", () => {
  let w: World;
  let runtime: Runtime;
  let first: Awaited<ReturnType<typeof runTuning>>;
  beforeAll(async () => {
    w = await world({ config: CONFIG });
    runtime = withHistory(w, history(3, w.clock.now()));
    expect(await tuneDue(runtime, tenant)).toEqual(["orders"]);
    const { items } = await w.journal.list({ tenant, subject: KEY.subject });
    first = { record: items[0] } as typeof first;
  });

  it("is proposed a policy with its why, and nothing is changed by that", async () => {
    expect(first.record).toMatchObject({ reason: "proposed", mode: "recommend", actions: [] });
    expect(first.record?.trace.map(({ text }) => text).join("\n")).toMatch(/better, so it is proposed/);
    const state = await stateOf(w);
    expect(state).toMatchObject({
      proposal: { family: expect.any(String) },
      last: { days: 3 },
      dueAt: w.clock.now() + DAY,
    });
    expect(state?.["pick"]).toBeUndefined();
  });

  it("is not looked at again before its time", async () => {
    expect(await tuneDue(runtime, tenant)).toEqual([]);
  });

  it("has a record that replays to the bit, told from those of services by its subject", async () => {
    if (!first.record) throw new Error("no record");
    expect(await replayWith(machines, first.record)).toEqual({ same: true });
    expect(sentenceOf(first.record)).toMatch(/^auto of orders: it is .* % better, so it is proposed/);
    expect(explainOf(first.record).join("\n")).toContain("the default forecast, which runs,");
  });

  it("runs what is proposed from the moment that a person applies it", async () => {
    w.measure("orders", { requests: 100 });
    const before = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger });
    expect(before[0]?.result?.record?.config).toMatchObject({ policies: [{ type: "predictive", thrift: 1 }] });
    const proposal = (await stateOf(w))?.["proposal"] as unknown as { policy: object };
    const applied = await runTuning(w.runtime, {
      ...{ tenant, service: "orders", trigger },
      command: { kind: "apply", by: "ada", why: "looks right" },
    });
    expect(applied.reason).toBe("applied");
    w.clock.advance(MINUTE);
    w.measure("orders", { requests: 110 });
    const [after] = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger });
    expect(after?.result?.record?.config).toMatchObject({ policies: [proposal.policy], everyPeriod: true, max: 30 });
    const { record } = after?.result ?? {};
    if (record) expect(await replayWith(machines, record)).toEqual({ same: true });
  });

  it("keeps what runs while the store is away, and does not fall back to the default", async () => {
    const away: Runtime = {
      ...w.runtime,
      store: {
        ...w.store,
        load: async (key) => {
          if (key.subject === KEY.subject) throw new Error("the table does not answer");
          return w.store.load(key);
        },
      },
    };
    w.clock.advance(MINUTE);
    const [one] = await evaluateServices(away, { tenant, services: ["orders"], trigger });
    expect(one?.result?.reason).toMatch(/^held_/);
    expect(one?.result?.record?.actions.filter(({ type }) => type === "scale")).toEqual([]);
  });
});

describe("a service whose load has a name of its own", () => {
  const OWN = CONFIG.replace("type: auto,", "type: auto, arrivals: bookings, backlog: null,");

  it("is tuned by it on one machine by the local loop, and the next decision goes by what was picked", async () => {
    const w = await world({ config: OWN.replace("margin: 0,", "margin: 0, apply: apply,") });
    const runtime = withHistory(w, [], { bookings: history(3, w.clock.now()) });
    await looped(w, runtime);
    const { pick, last } = (await stateOf(w)) as unknown as TuningState;
    expect(last).toMatchObject({ reason: "picked", without: ["backlog", "ready"] });
    const [record] = (await w.journal.list({ tenant, subject: KEY.subject })).items;
    expect(record?.trace.map(({ text }) => text)).toContain(
      "nobody measures backlog or ready of it, so nothing was played with that",
    );
    const [one] = await evaluateServices(runtime, { tenant, services: ["orders"], trigger });
    expect(one?.result?.record).toMatchObject({
      actions: [{ type: "scale" }],
      config: { policies: [pick?.policy], everyPeriod: true },
    });
  });

  it("goes by it from the moment that it is configured, whatever the policy was picked with", async () => {
    const w = await world({ config: OWN });
    const pick = { policy: v.parse(Policy, { type: "demand", target: 0.8 }) };
    await w.store.write(KEY, 0, { state: { v: 1, kind: "tuning", pick } as never });
    w.measure("orders", { bookings: 100 });
    const [one] = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger });
    const policies = [{ type: "demand", target: 0.8, arrivals: "bookings", backlog: null }];
    expect(one?.result?.record?.config).toMatchObject({ policies });
  });
});

describe("what cannot be tuned", () => {
  it.each([
    [0, "held_no_samples", "nothing was recorded of requests of orders"],
    [2, "held_too_little_history", "2 d of requests were recorded"],
  ])("%d days of load: %s", async (days, reason, why) => {
    const w = await world({ config: CONFIG });
    const runtime = withHistory(w, days === 0 ? [] : history(days, w.clock.now()));
    const result = await runTuning(runtime, { tenant, service: "orders", trigger });
    expect(result.reason).toBe(reason);
    expect((await stateOf(w))?.["last"]).toMatchObject({ why: expect.stringContaining(why) });
  });

  it("is looked at by the local loop, says what is missing, and is scaled by the default forecast meanwhile", async () => {
    const w = await world({ config: CONFIG });
    await looped(w, withHistory(w, []));
    expect(await stateOf(w)).toMatchObject({ last: { reason: "held_no_samples" } });
    w.measure("orders", { requests: 100 });
    const [one] = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger });
    expect(one?.result?.record).toMatchObject({
      actions: [{ type: "scale" }],
      config: { policies: [{ type: "predictive", thrift: 1 }] },
    });
  });

  it("has gaps: they are not taken for load", async () => {
    const w = await world({ config: CONFIG });
    const some = history(4, w.clock.now()).filter((_, index) => index % 3 !== 0);
    const found = await recorded(withHistory(w, some), tenant, await targetOf(w.runtime));
    expect(found).toMatchObject({ ok: false, what: "too_little_history", why: expect.stringContaining("67 %") });
  });

  it("knows no capacity, until CPU and ready tasks say it", async () => {
    const w = await world({ config: CONFIG.replace("    capacity: 25\n", "") });
    const now = w.clock.now();
    const points = history(4, now);
    const target = await targetOf(w.runtime);
    expect(await recorded(withHistory(w, points), tenant, target)).toMatchObject({ ok: false, what: "no_capacity" });
    const cpu = points.map(({ at }) => ({ at, value: 50 }));
    const ready = points.map(({ at, value }) => ({ at, value: value / 20 }));
    const found = await recorded(withHistory(w, points, { cpu, ready }), tenant, target);
    expect(found).toMatchObject({ ok: true, days: 4 });
    expect(found.ok && found.load.perTask).toBeCloseTo(40, 6);
  });

  it("has no load at all: that has no price", async () => {
    const w = await world({ config: CONFIG });
    const nothing = history(4, w.clock.now()).map(({ at }) => ({ at, value: 0 }));
    const result = await runTuning(withHistory(w, nothing), { tenant, service: "orders", trigger });
    expect(result.reason).toBe("held_no_samples");
    expect((await stateOf(w))?.["last"]).toMatchObject({ why: "nothing arrived at orders in 4 d: requests was 0" });
  });

  it("has no policy auto, or is no service", async () => {
    const w = await world({ config: CONFIG });
    for (const service of ["search", "nobody"])
      await expect(runTuning(w.runtime, { tenant, service, trigger })).rejects.toMatchObject({
        code: "service.unknown",
      });
    const none = await world();
    expect(await tuneDue(none.runtime, tenant)).toEqual([]);
  });

  it("does not stop the others, and is told", async () => {
    const w = await world({ config: CONFIG });
    w.samples.unreachable(true);
    await expect(tuneDue(w.runtime, tenant)).rejects.toThrow("cannot be read");
    expect(await stateOf(w), "nothing was decided from an outage").toBeUndefined();
  });
});

describe("a worker that died with a tuning in its hands", () => {
  it("is no service to the tick, and its claim is finished by the next look", async () => {
    const w = await world({ config: CONFIG });
    const runtime = withHistory(w, []);
    let dead = true;
    const dying: Runtime = {
      ...runtime,
      journal: {
        ...w.journal,
        append: async (record) => {
          if (dead) throw new Error("killed");
          return w.journal.append(record);
        },
      },
    };
    await expect(runTuning(dying, { tenant, service: "orders", trigger })).rejects.toThrow();
    expect((await w.store.load(KEY))?.pending).toBeDefined();
    dead = false;
    w.clock.advance(10 * MINUTE);
    await tick(w.runtime);
    expect((await w.store.load(KEY))?.pending, "the tick leaves it alone").toBeDefined();
    expect(await tuneDue(runtime, tenant)).toEqual(["orders"]);
    expect((await w.store.load(KEY))?.pending).toBeUndefined();
    const { items } = await w.journal.list({ tenant, subject: KEY.subject });
    expect(items.map(({ reason }) => reason)).toContain("held_no_samples");
    for (const record of items) expect(await replayWith(machines, record)).toEqual({ same: true });
  });
});
