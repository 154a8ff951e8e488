import { describe, expect, it } from "vitest";
import { handleAlarms, parseAlarmEvent, serviceOfAlarm } from "../../functions/autoscaling/alarm.ts";
import { command, evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { handleWakes } from "../../functions/autoscaling/queue.ts";
import { sweep, tick } from "../../functions/autoscaling/schedule.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig, currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { CONFIG, MINUTE, type World, world } from "../api/kit.ts";

const api: Trigger = { type: "api", detail: "test" };
const tenant = "default";
const key = (subject: string) => ({ tenant, noun: "autoscaling", subject });
const HOT = { cpu: 90, memory: 50 };
const CALM = { cpu: 50, memory: 50 };

const eventBridge = (name: string, state: string, at: string, id = "event-1") => ({
  version: "0",
  id,
  "detail-type": "CloudWatch Alarm State Change",
  source: "aws.cloudwatch",
  account: "123456789012",
  time: "2026-01-05T00:00:00Z",
  region: "eu-central-1",
  resources: [`arn:aws:cloudwatch:eu-central-1:123456789012:alarm:${name}`],
  detail: {
    alarmName: name,
    state: { value: state, reason: "Threshold Crossed", timestamp: at },
    previousState: { value: "OK" },
  },
});

const sns = (...messages: readonly unknown[]) => ({
  Records: messages.map((message, index) => ({
    EventSource: "aws:sns",
    EventVersion: "1.0",
    Sns: {
      Type: "Notification",
      MessageId: `message-${index}`,
      Message: typeof message === "string" ? message : JSON.stringify(message),
    },
  })),
});

const snsAlarm = (name: string, state: string, at: string) => ({
  AlarmName: name,
  AlarmDescription: "headgate",
  NewStateValue: state,
  OldStateValue: "OK",
  StateChangeTime: at,
  Region: "EU (Frankfurt)",
});

/** Calls of a port's member from now on. */
function counted(runtime: Runtime): { readonly runtime: Runtime; readonly calls: Record<string, number> } {
  const calls: Record<string, number> = { read: 0, queries: 0, describe: 0, load: 0, write: 0 };
  const add = (name: string, by = 1) => void (calls[name] = (calls[name] ?? 0) + by);
  return {
    calls,
    runtime: {
      ...runtime,
      samples: {
        read: (queries) => {
          add("read");
          add("queries", queries.length);
          return runtime.samples.read(queries);
        },
      },
      fleet: {
        describe: (refs) => {
          add("describe");
          return runtime.fleet.describe(refs);
        },
        setDesired: (ref, request) => runtime.fleet.setDesired(ref, request),
      },
      store: {
        ...runtime.store,
        load: (one) => {
          add("load");
          return runtime.store.load(one);
        },
        write: (one, version, next) => {
          add("write");
          return runtime.store.write(one, version, next);
        },
      },
    },
  };
}

async function reasons(w: World, subject: string): Promise<readonly string[]> {
  const { items } = await w.journal.list({ tenant, subject });
  return items.map((record) => record.reason).reverse();
}

describe("evaluateServices", () => {
  it("decides for every configured service with one read of measurements and one look at the fleet", async () => {
    const w = await world();
    w.measure("orders", HOT);
    w.measure("search", HOT);
    const { runtime, calls } = counted(w.runtime);
    const evaluated = await evaluateServices(runtime, { tenant, trigger: api });
    expect(evaluated.map((one) => [one.service, one.result?.reason])).toEqual([
      ["orders", "scaled_out"],
      ["search", "would_scale_out"],
    ]);
    expect(calls).toMatchObject({ read: 1, describe: 1, queries: 4 });
    expect(w.fleet.desired("orders")).toBe(3);
    expect(w.fleet.desired("search"), "recommend does not act").toBe(1);
  });

  it("leaves out services that are not configured, and answers nothing before the first configuration", async () => {
    const w = await world();
    expect(
      await evaluateServices(w.runtime, { tenant, services: ["plain", "nobody", "constructor"], trigger: api }),
    ).toEqual([]);
    const empty = await world({ config: "" });
    expect(await evaluateServices(empty.runtime, { tenant, trigger: api })).toEqual([]);
  });

  it("looks at the fleet again after a conflict, and only then", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const { runtime, calls } = counted(w.runtime);
    let interfered = false;
    const contended: Runtime = {
      ...runtime,
      store: {
        ...runtime.store,
        write: async (one, version, next) => {
          if (!interfered && one.noun === "autoscaling") {
            interfered = true;
            // Somebody else claims, acts and settles between our load and our claim.
            await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
          }
          return runtime.store.write(one, version, next);
        },
      },
    };
    const [evaluated] = await evaluateServices(contended, { tenant, services: ["orders"], trigger: api });
    expect(w.fleet.desired("orders"), "scaled once, not twice").toBe(3);
    expect(evaluated?.result?.reason).not.toBe("scaled_out");
    expect(calls["describe"]).toBe(2);
    expect(calls["read"]).toBe(1);
  });

  it.each([
    ["the fleet does not answer", (w: World) => w.fleet.unreachable(true), "held_no_fleet"],
    ["nothing can be measured", (w: World) => w.samples.unreachable(true), "held_no_data"],
    ["the fleet does not know the service", (w: World) => w.fleet.remove("orders"), "held_no_fleet"],
  ])("records a hold when %s", async (_, spoil, reason) => {
    const w = await world();
    w.measure("orders", HOT);
    spoil(w);
    const [evaluated] = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    expect(evaluated?.error).toBeUndefined();
    expect(evaluated?.result?.reason).toBe(reason);
    expect(await reasons(w, "orders")).toEqual([reason]);
    expect(w.fleet.changes).toEqual([]);
  });

  it("does not let one service's failure stop the others", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const runtime: Runtime = {
      ...w.runtime,
      store: {
        ...w.store,
        load: async (one) => {
          if (one.subject === "search") throw new HeadgateError("store.throttled", "slow down", { retryable: true });
          return w.store.load(one);
        },
      },
    };
    const evaluated = await evaluateServices(runtime, { tenant, trigger: api });
    expect(evaluated.map((one) => one.error?.message)).toEqual([undefined, "slow down"]);
    expect(w.fleet.desired("orders")).toBe(3);
  });

  it("asks to be woken when the settled state wants it, once per instant", async () => {
    const w = await world();
    w.measure("orders", HOT);
    await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    const stored = await w.store.load(key("orders"));
    expect(stored?.dueAt).toBeGreaterThan(w.clock.now());
    expect(w.timers.waiting()).toEqual([{ key: key("orders"), at: stored?.dueAt }]);
  });

  it("goes on without a timer when none can be set, because the tick finds the same instant", async () => {
    const w = await world();
    w.measure("orders", HOT);
    w.timers.unreachable(true);
    const [evaluated] = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    expect(evaluated?.result?.reason).toBe("scaled_out");
    expect(w.lines.join()).toContain("timer not set");
  });

  it("takes what another hand did as the new truth instead of setting it back", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const runtime: Runtime = {
      ...w.runtime,
      fleet: {
        describe: w.runtime.fleet.describe,
        setDesired: async (ref, request) => {
          w.fleet.external("orders", 7);
          return w.runtime.fleet.setDesired(ref, request);
        },
      },
    };
    const [evaluated] = await evaluateServices(runtime, { tenant, services: ["orders"], trigger: api });
    expect(evaluated?.result?.results.map((one) => one.status)).toEqual(["superseded"]);
    expect(w.fleet.desired("orders")).toBe(7);
  });

  it("adds to an earlier decision's record that the world followed it", async () => {
    const w = await world();
    w.measure("orders", HOT);
    await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    w.clock.advance(MINUTE);
    w.measure("orders", CALM);
    await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    const { items } = await w.journal.list({ tenant, subject: "orders", reason: "scaled_out" });
    expect(items[0]?.outcomes.map((one) => one.phase)).toEqual(["performed", "observed"]);
  });
});

describe("commands", () => {
  it("are recorded with author and reason, while measurements and fleet are away", async () => {
    const w = await world();
    w.samples.unreachable(true);
    w.fleet.unreachable(true);
    const input = { kind: "pause", by: "ada", why: "load test", direction: "all" } as const;
    const result = await command(w.runtime, { tenant, service: "orders", input, trigger: api });
    expect(result).toMatchObject({ status: "decided", reason: "paused", recorded: true });
    expect(result.record?.input).toMatchObject({ by: "ada", why: "load test" });
  });

  it("refuse a service that is not configured for autoscaling", async () => {
    const w = await world();
    const input = { kind: "resume", by: "ada", why: "x" } as const;
    await expect(command(w.runtime, { tenant, service: "plain", input, trigger: api })).rejects.toMatchObject({
      code: "service.unknown",
    });
  });
});

/** What CloudWatch calls it; records and states leave stage and tenant out. */
const ALARM = "headgate/local/default/orders-cpu-out";

describe("alarm events", () => {
  it("are read in the form of EventBridge", () => {
    const event = eventBridge("headgate-orders-cpu-out", "ALARM", "2026-01-05T00:00:12.345+0000");
    expect(parseAlarmEvent(event)).toEqual({
      notices: [
        {
          name: "headgate-orders-cpu-out",
          state: "ALARM",
          at: Date.UTC(2026, 0, 5, 0, 0, 12, 345),
          eventId: "event-1",
        },
      ],
      ignored: [],
    });
  });

  it("are read in the form of SNS, several in one event", () => {
    const event = sns(
      snsAlarm("headgate-orders-cpu-out", "ALARM", "2026-01-05T00:00:12.345+0000"),
      snsAlarm("headgate-orders-cpu-out", "OK", "2026-01-05T00:05:12.345+0000"),
    );
    const { notices, ignored } = parseAlarmEvent(event);
    expect(notices.map((one) => [one.state, one.at, one.eventId])).toEqual([
      ["ALARM", Date.UTC(2026, 0, 5, 0, 0, 12, 345), "message-0"],
      ["OK", Date.UTC(2026, 0, 5, 0, 5, 12, 345), "message-1"],
    ]);
    expect(ignored).toEqual([]);
  });

  it.each([
    ["another EventBridge event", { "detail-type": "EC2 Instance State-change Notification", detail: {} }],
    ["an SNS message that is no JSON", sns("hello")],
    ["an SNS message of somebody else", sns({ Type: "Bounce" })],
    ["a state that CloudWatch does not have", eventBridge("headgate-orders-cpu-out", "MAYBE", "2026-01-05T00:00:00Z")],
    ["a time that is none", eventBridge("headgate-orders-cpu-out", "ALARM", "soon")],
    ["nothing at all", undefined],
  ])("leave %s alone and say so", (_, event) => {
    const { notices, ignored } = parseAlarmEvent(event);
    expect(notices).toEqual([]);
    expect(ignored).toHaveLength(1);
  });

  it("find their service by the names that the configuration gives, also where names contain each other", async () => {
    const config = `version: 1
services: { a: { ecs: { cluster: c, service: a } }, a-cpu: { ecs: { cluster: c, service: b } } }
autoscaling: { a: {}, a-cpu: {} }
`;
    const w = await world({ config });
    const current = await currentConfig(w.runtime, tenant);
    if (!current) throw new Error("no configuration");
    const found = (alarm: string) => serviceOfAlarm(current.config, "prod", tenant, alarm)?.service;
    expect(found("headgate/prod/default/a-cpu-out")).toBe("a");
    expect(found("headgate/prod/default/a-cpu-cpu-out")).toBe("a-cpu");
    for (const name of ["prod/default/b-cpu-out", "dev/default/a-cpu-out", "prod/other/a-cpu-out", "a-cpu-out"])
      expect(found(`headgate/${name}`), name).toBeUndefined();
    expect(found("headgate-a-cpu-out")).toBeUndefined();
  });

  it("evaluate the service once, with the alarm in the record and the state", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const { notices } = parseAlarmEvent(eventBridge(ALARM, "ALARM", new Date(w.clock.now()).toISOString()));
    await handleAlarms(w.runtime, notices);
    const { items } = await w.journal.list({ tenant });
    expect(items).toHaveLength(1);
    expect(items[0]).toMatchObject({
      subject: "orders",
      reason: "scaled_out",
      trigger: { type: "alarm", id: "event-1", detail: "headgate-orders-cpu-out is in ALARM" },
      input: { alarm: { name: "headgate-orders-cpu-out", state: "ALARM" } },
      stateAfter: { alarms: { "headgate-orders-cpu-out": w.clock.now() } },
    });
  });

  it.each([
    ["of others", "billing"],
    ["of another stage in the same account", "headgate/prod/default/orders-cpu-out"],
    ["of a tenant that has no configuration", "headgate/local/other/orders-cpu-out"],
    ["with a broken name", "headgate/local/%E0/orders-cpu-out"],
    ["of a service that has left", "headgate/local/default/gone-cpu-out"],
  ])("%s are ignored with a log", async (_, name) => {
    const w = await world();
    await handleAlarms(w.runtime, [{ name, state: "ALARM", at: w.clock.now() }]);
    expect((await w.journal.list({ tenant })).items).toEqual([]);
    expect(w.lines.join()).toContain("alarm belongs to no service");
  });

  it("wake the tenant that their names tell, and no other", async () => {
    const w = await world();
    const text = CONFIG;
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error("the test's configuration is not valid");
    await applyConfig(w.runtime, "team-b", { ...parsed, text }, { by: "test" });
    w.measure("orders", HOT);
    const name = "headgate/local/team-b/orders-cpu-out";
    await handleAlarms(w.runtime, [{ name, state: "ALARM", at: w.clock.now() }]);
    expect((await w.journal.list({ tenant })).items).toEqual([]);
    expect((await w.journal.list({ tenant: "team-b" })).items).toMatchObject([{ reason: "scaled_out" }]);
  });

  it("delivered twice act once", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const notice = { name: ALARM, state: "ALARM", at: w.clock.now() } as const;
    await Promise.all([handleAlarms(w.runtime, [notice]), handleAlarms(w.runtime, [notice])]);
    expect(w.fleet.changes.map((change) => change.request.desired)).toEqual([3]);
  });

  it("come again when another worker held the service all the time", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const holder = counted(w.runtime).runtime;
    const dying: Runtime = {
      ...holder,
      fleet: { ...holder.fleet, setDesired: () => Promise.reject(new HeadgateError("fleet.unavailable", "gone")) },
    };
    await evaluateServices(dying, { tenant, services: ["orders"], trigger: api });
    expect((await w.store.load(key("orders")))?.pending, "an action is left pending under a lease").toBeDefined();
    const notice = { name: ALARM, state: "ALARM", at: w.clock.now() } as const;
    await expect(handleAlarms(w.runtime, [notice])).rejects.toMatchObject({ retryable: true });
  });

  it("come again when the store does not answer", async () => {
    const w = await world();
    const failing = async () => {
      throw new HeadgateError("store.unavailable", "no store", { retryable: true });
    };
    const runtime: Runtime = { ...w.runtime, store: { ...w.store, write: failing } };
    w.measure("orders", HOT);
    const notice = { name: ALARM, state: "ALARM", at: w.clock.now() } as const;
    await expect(handleAlarms(runtime, [notice])).rejects.toMatchObject({ code: "store.unavailable" });
    expect(w.fleet.changes, "what cannot be recorded is not done").toEqual([]);
  });
});

describe("the tick", () => {
  it("costs one query while nothing is open", async () => {
    const w = await world();
    const { runtime, calls } = counted(w.runtime);
    expect(await tick(runtime)).toEqual([]);
    expect(calls).toEqual({ read: 0, queries: 0, describe: 0, load: 0, write: 0 });
    expect(w.runtime.telemetry.expose("prometheus"), "an alarm watches this one").toMatch(
      /^headgate_decisions_overdue 0$/m,
    );
  });

  it("runs what is due and nothing else", async () => {
    const w = await world();
    w.measure("orders", HOT);
    w.measure("search", CALM);
    await evaluateServices(w.runtime, { tenant, trigger: api });
    w.clock.advance(2 * MINUTE);
    w.measure("orders", HOT);
    const evaluated = await tick(w.runtime, "tick-1");
    expect(evaluated.map((one) => one.service)).toEqual(["orders"]);
  });

  it("keeps looking while an alarm stays in ALARM, and acts when the cooldown has ended", async () => {
    const w = await world();
    w.measure("orders", HOT);
    await handleAlarms(w.runtime, [{ name: ALARM, state: "ALARM", at: w.clock.now() }]);
    const counts: (number | undefined)[] = [];
    for (let minute = 0; minute < 6; minute += 1) {
      w.clock.advance(MINUTE);
      w.measure("orders", HOT);
      await tick(w.runtime);
      counts.push(w.fleet.desired("orders"));
    }
    expect(counts, "an alarm calls once; cooldown 300 s").toEqual([3, 3, 3, 3, 4, 4]);
  });

  it("finishes what a worker left behind when it died, once its lease has ended", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const dying: Runtime = {
      ...w.runtime,
      fleet: {
        describe: w.runtime.fleet.describe,
        setDesired: () => Promise.reject(new HeadgateError("fleet.unavailable", "gone")),
      },
    };
    await evaluateServices(dying, { tenant, services: ["orders"], trigger: api });
    expect(w.fleet.desired("orders")).toBe(2);
    w.clock.advance(2 * MINUTE);
    w.measure("orders", CALM);
    await tick(w.runtime);
    expect(w.fleet.desired("orders")).toBe(3);
    expect((await w.store.load(key("orders")))?.pending).toBeUndefined();
  });

  /** A worker that claims, and dies before (or just after) the fleet hears of it. */
  const leftBehind = async (w: World, options: { readonly done: boolean }) => {
    w.measure("orders", HOT);
    const dying: Runtime = {
      ...w.runtime,
      fleet: {
        describe: w.runtime.fleet.describe,
        setDesired: async (ref, request) => {
          if (options.done) await w.runtime.fleet.setDesired(ref, request);
          throw new HeadgateError("fleet.unavailable", "gone", { retryable: true });
        },
      },
    };
    await evaluateServices(dying, { tenant, services: ["orders"], trigger: api });
    expect((await w.store.load(key("orders")))?.pending).toBeDefined();
  };
  const apply = async (w: World, text: string) => {
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error("bad configuration");
    await applyConfig(w.runtime, tenant, { ...parsed, text }, { by: "test" });
  };
  const outcomeOf = async (w: World, reason: string) =>
    (await w.journal.list({ tenant, subject: "orders", reason })).items.at(-1)?.outcomes.at(-1)?.results?.[0];

  it.each([
    ["a mode that may not act any more", CONFIG.replace("min: 2, max: 10", "mode: observe, min: 2, max: 10")],
    ["a maximum below what was wanted", CONFIG.replace("min: 2, max: 10", "min: 2, max: 2")],
  ])("does not carry out under %s what was decided before it", async (_what, text) => {
    const w = await world();
    await leftBehind(w, { done: false });
    await apply(w, text);
    w.clock.advance(2 * MINUTE);
    w.measure("orders", HOT);
    await tick(w.runtime);
    expect(w.fleet.changes).toEqual([]);
    expect(w.fleet.desired("orders")).toBe(2);
    expect(await outcomeOf(w, "scaled_out")).toMatchObject({ status: "skipped" });
    expect((await w.store.load(key("orders")))?.pending).toBeUndefined();
    expect(await reasons(w, "orders")).not.toContain("external_change");
  });

  it("does not carry out what was decided longer ago than a reading may be old, and decides anew at once", async () => {
    const w = await world();
    await leftBehind(w, { done: false });
    w.clock.advance(10 * MINUTE);
    w.measure("orders", CALM);
    await tick(w.runtime);
    expect(w.fleet.changes).toEqual([]);
    expect(await outcomeOf(w, "scaled_out")).toMatchObject({
      status: "skipped",
      detail: "desired is left at 2: it was decided 10 min ago",
    });
    expect((await reasons(w, "orders")).at(-1)).toBe("within_target");
  });

  it("knows an action as done that its worker did before it died, also under a new configuration: the cooldown counts", async () => {
    const w = await world();
    await leftBehind(w, { done: true });
    await apply(w, CONFIG.replace("min: 2, max: 10", "min: 2, max: 9"));
    w.clock.advance(2 * MINUTE);
    w.measure("orders", HOT);
    await tick(w.runtime);
    expect(await outcomeOf(w, "scaled_out")).toMatchObject({ status: "done" });
    expect(w.fleet.changes).toHaveLength(1);
    expect((await reasons(w, "orders")).at(-1)).toBe("held_cooldown");
  });

  it("leaves an action of a newer version alone, and says so", async () => {
    const w = await world();
    await leftBehind(w, { done: false });
    const stored = await w.store.load(key("orders"));
    if (!stored?.pending) throw new Error("nothing pending");
    const action = { type: "scale_region", key: "scale_region:orders", desired: 9 };
    const pending = { ...stored.pending, actions: [action], record: { ...stored.pending.record, actions: [action] } };
    const { leaseUntil, dueAt } = stored;
    await w.store.write(key("orders"), stored.version, {
      state: stored.state,
      pending,
      ...(leaseUntil === undefined ? {} : { leaseUntil }),
      ...(dueAt === undefined ? {} : { dueAt }),
    });
    w.clock.advance(2 * MINUTE);
    w.measure("orders", CALM);
    await tick(w.runtime);
    expect(w.fleet.changes).toEqual([]);
    expect((await w.store.load(key("orders")))?.pending).toBeUndefined();
  });

  it("forgets what is due of a service that left the configuration, and says so in its record", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const dying: Runtime = {
      ...w.runtime,
      fleet: {
        describe: w.runtime.fleet.describe,
        setDesired: () => Promise.reject(new HeadgateError("fleet.unavailable", "gone")),
      },
    };
    await evaluateServices(dying, { tenant, services: ["orders"], trigger: api });
    const text = CONFIG.replace(/^ {2}orders: \{ min.*$/m, "");
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error("bad configuration");
    await applyConfig(w.runtime, tenant, { ...parsed, text }, { by: "test" });
    w.clock.advance(10 * MINUTE);
    await tick(w.runtime);
    expect(w.fleet.changes).toEqual([]);
    expect(await w.store.due(w.clock.now(), 10)).toEqual([]);
    const { items } = await w.journal.list({ tenant, subject: "orders" });
    expect(items[0]?.outcomes.at(-1)?.text).toContain("taken out of the configuration");
  });

  it("fails when a due service could not be evaluated, after the others were, and counts it as overdue", async () => {
    const w = await world();
    w.measure("orders", HOT);
    await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    w.clock.advance(2 * MINUTE);
    const runtime: Runtime = {
      ...w.runtime,
      store: {
        ...w.store,
        load: async (one) => {
          if (one.noun === "autoscaling") throw new HeadgateError("store.throttled", "slow down", { retryable: true });
          return w.store.load(one);
        },
      },
    };
    await expect(tick(runtime)).rejects.toThrow("slow down");
    expect(w.runtime.telemetry.expose("prometheus")).toMatch(/^headgate_decisions_overdue 1$/m);
  });
});

describe("the tick of several tenants", () => {
  it("looks at the others where the configuration of one cannot be read", async () => {
    const w = await world();
    w.measure("orders", HOT);
    await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api });
    const version = (await currentConfig(w.runtime, tenant))?.version ?? "";
    const state = { v: 1, version, appliedAt: 0, by: "test" };
    await w.store.write({ tenant: "a", noun: "config", subject: "current" }, 0, { state });
    await w.store.write({ tenant: "a", noun: "autoscaling", subject: "orders" }, 0, { state: {}, dueAt: 0 });
    w.clock.advance(2 * MINUTE);
    const before = (await w.store.load(key("orders")))?.version ?? 0;
    await expect(tick(w.runtime)).rejects.toThrow("its body is missing");
    expect((await w.store.load(key("orders")))?.version).toBeGreaterThan(before);
    expect((await w.store.load({ ...key("orders"), tenant: "a" }))?.dueAt, "it stays due").toBe(0);
  });
});

describe("the sweep", () => {
  const many = (count: number) =>
    `version: 1\nservices:\n${Array.from({ length: count }, (_, i) => `  s${i}: { ecs: { cluster: c, service: s${i} } }`).join("\n")}\nautoscaling:\n${Array.from({ length: count }, (_, i) => `  s${i}: { min: 2 }`).join("\n")}\n`;

  it("reads measurements of quiet services at their minimum in turns, and of the others every time", async () => {
    const w = await world({ config: many(100) });
    for (let i = 0; i < 100; i += 1) w.fleet.add(`s${i}`, 2);
    for (let i = 0; i < 100; i += 1) w.measure(`s${i}`, { cpu: 20, memory: 20 });
    expect((await sweep(w.runtime, tenant)).length, "never seen before").toBe(100);
    w.fleet.external("s7", 5);
    const seen = new Set<string>();
    const sizes: number[] = [];
    for (let slot = 0; slot < 23; slot += 1) {
      w.clock.advance(15 * MINUTE);
      const names = (await sweep(w.runtime, tenant)).map((one) => one.service);
      sizes.push(names.length);
      for (const name of names) seen.add(name);
      if (slot === 0) expect(names).toContain("s7");
    }
    expect(seen.size, "everything is read within 23 slots").toBe(100);
    expect(Math.max(...sizes)).toBeLessThan(25);
  });

  it("reads everything when asked to", async () => {
    const w = await world();
    w.measure("orders", CALM);
    w.measure("search", CALM);
    await sweep(w.runtime, tenant);
    const evaluated = await sweep(w.runtime, tenant, { all: true });
    expect(evaluated.map((one) => one.service)).toEqual(["orders", "search"]);
  });

  it("does nothing before the first configuration", async () => {
    const w = await world({ config: "" });
    expect(await sweep(w.runtime, tenant)).toEqual([]);
  });
});

describe("the timers' queue", () => {
  const wake = (subject: string, messageId: string, at = 0) => ({
    messageId,
    body: JSON.stringify({ key: key(subject), at }),
  });

  it("evaluates each service of a batch once, however many messages name it", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const answer = await handleWakes(w.runtime, [wake("orders", "a"), wake("orders", "b", 5), wake("search", "c")]);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(w.fleet.changes).toHaveLength(1);
  });

  it("reports only what failed, so that the rest does not come again", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const runtime: Runtime = {
      ...w.runtime,
      store: {
        ...w.store,
        load: async (one) => {
          if (one.subject === "search") throw new HeadgateError("store.throttled", "slow down", { retryable: true });
          return w.store.load(one);
        },
      },
    };
    const answer = await handleWakes(runtime, [
      wake("orders", "a"),
      wake("search", "b"),
      { messageId: "c", body: "not json" },
      { messageId: "d", body: JSON.stringify({ key: { tenant, noun: "cooking", subject: "x" }, at: 0 }) },
    ]);
    expect(answer.batchItemFailures.map((one) => one.itemIdentifier).sort()).toEqual(["b", "c", "d"]);
    expect(w.fleet.desired("orders")).toBe(3);
  });

  it("gives the whole batch back when the configuration cannot be read", async () => {
    const w = await world();
    const failing = async () => {
      throw new HeadgateError("store.unavailable", "no store", { retryable: true });
    };
    const answer = await handleWakes({ ...w.runtime, store: { ...w.store, load: failing } }, [
      wake("orders", "a"),
      wake("search", "b"),
    ]);
    expect(answer.batchItemFailures.map((one) => one.itemIdentifier)).toEqual(["a", "b"]);
  });

  it("lets go of a wake for a service that is no longer configured", async () => {
    const w = await world();
    expect(await handleWakes(w.runtime, [wake("gone", "a")])).toEqual({ batchItemFailures: [] });
  });
});

describe("overlapping triggers", () => {
  it("of every kind at once leave one decision and one change", async () => {
    const w = await world();
    w.measure("orders", HOT);
    const notice = { name: ALARM, state: "ALARM", at: w.clock.now() } as const;
    await Promise.all([
      handleAlarms(w.runtime, [notice]),
      sweep(w.runtime, tenant),
      tick(w.runtime),
      handleWakes(w.runtime, [{ messageId: "a", body: JSON.stringify({ key: key("orders"), at: 0 }) }]),
      evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: api }),
    ]);
    expect(w.fleet.changes.map((change) => change.request.desired)).toEqual([3]);
    expect((await reasons(w, "orders")).filter((reason) => reason === "scaled_out")).toHaveLength(1);
    expect((await w.store.load(key("orders")))?.state).toMatchObject({
      alarms: { "headgate-orders-cpu-out": w.clock.now() },
    });
  });
});
