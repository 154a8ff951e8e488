import { describe, expect, it } from "vitest";
import { BASELINES, INLINE_SERIES, shardKey } from "../../functions/anomaly/baselines.ts";
import { scoreQuality } from "../../functions/anomaly/quality.ts";
import { handleScores } from "../../functions/anomaly/queue.ts";
import { schedule, tidyTenant } from "../../functions/anomaly/schedule.ts";
import { scoreShard } from "../../functions/anomaly/score.ts";
import type { ScoreMessage } from "../../functions/anomaly/shards.ts";
import { type ScoreTarget, scoreTargetsOf } from "../../functions/anomaly/targets.ts";
import { machines } from "../../functions/machines.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Action } from "../../shared/core/kernel/step.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { createTelemetry } from "../../shared/shell/telemetry-create.ts";
import { type Answer, MINUTE, world } from "../api/kit.ts";
import { decision } from "../contract/records.ts";
import { DAY } from "./given.ts";
import { config, FOUR, SPIKE, scored, signals, tenant, trigger } from "./scoring-world.ts";

/** The same runtime, whose named call fails or is watched. */
function broken(
  runtime: Runtime,
  what: "put" | "write" | "load",
  fails: (count: number, key: string) => boolean,
): Runtime {
  let count = 0;
  const fail = (key: string) => {
    count += 1;
    if (fails(count, key))
      throw new HeadgateError(what === "put" ? "objects.unavailable" : "store.throttled", "as planned", {
        retryable: true,
      });
  };
  const { store, objects } = runtime;
  return {
    ...runtime,
    store: {
      ...store,
      load: async (key) => {
        if (what === "load") fail(key.noun);
        return store.load(key);
      },
      write: async (key, version, next) => {
        if (what === "write") fail(key.noun);
        return store.write(key, version, next);
      },
    },
    objects: {
      ...objects,
      put: async (key, body, options) => {
        if (what === "put") fail(key);
        return objects.put(key, body, options);
      },
    },
  };
}

describe("scoring a shard", () => {
  it("a quiet minute scores every signal, keeps its baselines and decides nothing", async () => {
    const w = await scored();
    const before = (await w.records()).length;
    expect(await w.minute()).toMatchObject({ status: "scored", services: 1, points: 4, held: [], failures: [] });
    expect((await w.records()).length).toBe(before);
    expect(await w.item()).toMatchObject({ series: 4, open: 0, learning: 0, newestAt: w.clock.now() - MINUTE });
  });

  it("an anomaly is one record and one alert, is repeated to receivers while it lasts, and ends by itself", async () => {
    const w = await scored();
    await w.minute(SPIKE);
    const [record] = await w.records();
    expect(record).toMatchObject({ subject: "orders", reason: "opened" });
    expect(w.sent[0]).toMatchObject({ labels: { alertname: "Anomaly", service: "orders", signal: "latency" } });
    expect(w.sent[0]?.endsAt, "ahead: over for whoever hears nothing more").toBe(w.clock.now() + 4 * MINUTE);
    const count = w.sent.length;
    await w.minute();
    expect(w.sent.length).toBe(count + 1);
    expect(w.sent.at(-1)?.endsAt).toBe(w.clock.now() + 4 * MINUTE);
    for (let minute = 0; minute < 20; minute += 1) await w.minute();
    expect((await w.records()).map((one) => one.reason).slice(0, 2)).toEqual(["ended", "opened"]);
    expect(w.sent.at(-1)?.endsAt).toBeLessThanOrEqual(w.clock.now());
    const after = w.sent.length;
    await w.minute();
    expect(w.sent.length, "nothing is repeated any more").toBe(after);
  });

  it("an alert that no receiver took is sent by a later minute, also when it is over by then", async () => {
    const w = await scored();
    let down = true;
    const sent: Alert[] = [];
    const alerts = {
      send: async (_: string, some: readonly Alert[]) => {
        if (down) throw new HeadgateError("alerts.unavailable", "as planned", { retryable: true });
        sent.push(...some);
      },
    };
    const by = { ...w.runtime, alerts };
    await w.minute(SPIKE, by);
    await w.minute({}, by);
    expect(sent).toEqual([]);
    for (let minute = 0; minute < 17; minute += 1) {
      if (minute === 16) down = false;
      await w.minute({}, by);
    }
    expect(
      sent.some((one) => (one.endsAt ?? Infinity) <= w.clock.now()),
      "resolved",
    ).toBe(true);
    const [newest] = await w.records();
    expect(newest).toMatchObject({ reason: "ended" });
    expect(newest?.outcomes[0]?.text).toContain("latency resolved");
  });

  it("what it recorded comes out the same from the record alone", async () => {
    const w = await scored();
    await w.minute(SPIKE);
    for (let minute = 0; minute < 20; minute += 1) await w.minute();
    const records = await w.records();
    expect(records.map((one) => one.reason)).toEqual(["ended", "opened"]);
    for (const record of records) expect(await replayWith(machines, record)).toEqual({ same: true });
  });

  it("the first meeting reads a day of history, which opens nothing", async () => {
    const w = await scored(FOUR, { quiet: true });
    const now = w.clock.now();
    for (let at = now - 2 * DAY; at < now; at += MINUTE) w.measure(at, at === now - 100 * MINUTE ? SPIKE : {});
    expect(await w.score()).toMatchObject({ points: 4 * 1_440 });
    expect(w.sent).toEqual([]);
    expect((await w.service()).service.signals[0]).toMatchObject({ name: "cpu", state: "learning" });
    await w.minute();
    const [record, ...others] = await w.records();
    expect(others).toEqual([]);
    expect(record).toMatchObject({ reason: "learned", actions: [] });
    expect(await replayWith(machines, record as never)).toEqual({ same: true });
    expect((await w.service()).service.state).toBe("normal");
  });

  it("tells what moved first and that it was scaled shortly before, from the journal", async () => {
    const w = await scored();
    const at = w.clock.now();
    await w.journal.append({
      ...decision({ at: at - 2 * MINUTE, noun: "autoscaling", reason: "scaled_out" }),
      subject: "orders",
      actions: [{ type: "scale", key: "scale:orders", desired: 4, expected: 2, direction: "out" } as Action],
    });
    await w.minute({ "orders/traffic": 5 });
    await w.minute();
    await w.minute({ "orders/latency": 900 });
    const [record] = await w.records();
    const { decision: told }: Answer = await (await w.get(`/api/v1/decisions/${record?.id}`)).json();
    expect(told.sentence).toMatch(
      /^orders: latency rose to 900 ms, expected .*; traffic fell first, 2 min before; scaled out from 2 to 4, 4 min before$/,
    );
    const alert = w.sent.find((one) => one.labels["signal"] === "latency");
    expect(alert?.annotations["description"]).toContain("scaled out from 2 to 4, 4 min before");
    const list: Answer = await (await w.get("/api/v1/anomaly")).json();
    expect(list.items[0].driver).toMatchObject({ signal: "traffic", movement: "fell" });
  });

  it("of several signals in one minute the most surprising one stands for all, and is not its own driver", async () => {
    const w = await scored();
    await w.minute({ "orders/cpu": 500, "orders/latency": 900, "orders/traffic": 3 });
    const [record] = await w.records();
    const { decision: told }: Answer = await (await w.get(`/api/v1/decisions/${record?.id}`)).json();
    expect(told.sentence).toMatch(/^orders: latency rose to 900 ms, expected [^;]*, and 2 more signals$/);
    const alerts = w.sent.map(({ labels, annotations }) => [labels["signal"], annotations["description"]]);
    expect(alerts.map(([signal]) => signal)).toEqual(["cpu", "latency", "traffic"]);
    expect(alerts[0]?.[1]).toContain("latency rose at the same time");
    expect(alerts[1]?.[1]).not.toContain("at the same time");
  });

  it("a detector that alarms at every point of an incident makes two records of it, and counts the rest", async () => {
    const w = await scored(
      config(["orders", `{ detector: seed, signals: { ${signals("latency", "traffic", "cpu", "memory")} } }`]),
    );
    const before = (await w.records()).length;
    for (let minute = 0; minute < 10; minute += 1) await w.minute({ "orders/latency": 2_000 + 2_000 * minute });
    expect((await w.records()).length).toBe(before + 1);
    for (let minute = 0; minute < 16; minute += 1) await w.minute();
    const records = (await w.records()).slice(0, (await w.records()).length - before);
    expect(records.map((one) => one.reason)).toEqual(["ended", "opened"]);
    for (const record of records) expect(await replayWith(machines, record)).toEqual({ same: true });
    const [past] = (await w.service()).past;
    expect(past.alarms).toBeGreaterThan(5);
    expect(past.lastAt - past.since).toBe(9 * MINUTE);
    expect(past.until - past.lastAt).toBe(15 * MINUTE);
  });

  it("missing points hold: an anomaly stays open while nothing is measured, and a gap is no zero", async () => {
    const w = await scored();
    await w.minute(SPIKE);
    w.clock.advance(60 * MINUTE);
    const told = w.sent.length;
    expect(await w.score()).toMatchObject({ status: "idle", points: 0 });
    expect((await w.service()).open).toHaveLength(1);
    expect(w.sent.slice(told), "receivers hear of what is still open").toMatchObject([
      { endsAt: w.clock.now() + 4 * MINUTE },
    ]);
    w.clock.advance(6 * 60 * MINUTE);
    const silent = w.sent.length;
    await w.score();
    expect(w.sent.length, "but not for ever").toBe(silent);
    w.clock.advance(-6 * 60 * MINUTE);
    w.samples.failing("latency", true);
    w.measure(w.clock.now());
    w.clock.advance(MINUTE);
    const partly = await w.score();
    expect(partly).toMatchObject({ status: "scored", points: 3 });
    expect(partly.held).toEqual([{ service: "orders", signal: "latency", why: "latency cannot be read" }]);
    w.samples.failing("latency", false);
    w.measure(w.clock.now());
    w.clock.advance(MINUTE);
    expect((await w.score()).points, "what was held is read now").toBe(5);
  });

  it("a source that is down altogether holds everything, and nothing fails", async () => {
    const w = await scored();
    w.samples.unreachable(true);
    const held = await w.minute();
    expect(held).toMatchObject({ status: "idle", points: 0, failures: [] });
    expect(held.held).toHaveLength(4);
    w.samples.unreachable(false);
    expect((await w.minute()).points).toBe(8);
  });
});

describe("messages that come twice, late, or out of order", () => {
  const message = (to: number) => ({
    messageId: `m${to}`,
    body: JSON.stringify({ tenant, shard: 0, shards: 1, to } satisfies ScoreMessage),
  });

  it("score nothing twice", async () => {
    const w = await scored();
    w.measure(w.clock.now(), SPIKE);
    w.clock.advance(MINUTE);
    const to = w.clock.now();
    await w.score(w.runtime, to);
    const item = await w.item();
    const records = (await w.records()).length;
    for (const again of [to, to - MINUTE, to - DAY, to])
      expect(await handleScores(w.runtime, [message(again), message(again)])).toEqual({ batchItemFailures: [] });
    expect(await w.item()).toMatchObject({ object: item.object, newestAt: item.newestAt });
    expect((await w.records()).length).toBe(records);
  });

  it("of a batch that names a shard twice, it is scored once up to the later instant", async () => {
    const w = await scored();
    w.measure(w.clock.now());
    w.measure(w.clock.now() + MINUTE);
    w.clock.advance(2 * MINUTE);
    const now = w.clock.now();
    await handleScores(w.runtime, [message(now), message(now - MINUTE)]);
    expect((await w.item()).newestAt).toBe(now - MINUTE);
  });

  it("what is no message is reported, and does not stop the others", async () => {
    const w = await scored();
    w.measure(w.clock.now());
    w.clock.advance(MINUTE);
    const bad = ["", "{}", "null", '{"tenant":"default","shard":3,"shards":2,"to":1}'].map((body, index) => ({
      messageId: `bad-${index}`,
      body,
    }));
    const { batchItemFailures } = await handleScores(w.runtime, [...bad, message(w.clock.now())]);
    expect(batchItemFailures.map((one) => one.itemIdentifier)).toEqual(bad.map((one) => one.messageId));
    expect((await w.item()).newestAt).toBe(w.clock.now() - MINUTE);
  });

  it("one of an earlier number of shards is passed over", async () => {
    const w = await scored();
    const old = await scoreShard(w.runtime, { tenant, shard: 1, shards: 2, to: w.clock.now(), trigger });
    expect(old.status).toBe("outdated");
  });

  it("a clock ahead of ours (a message of the future) reads no more than there is", async () => {
    const w = await scored();
    w.measure(w.clock.now());
    w.clock.advance(MINUTE);
    expect(await w.score(w.runtime, w.clock.now() + DAY)).toMatchObject({ points: 4 });
    expect(await w.minute()).toMatchObject({ points: 4 });
  });

  it("a clock that went back does not stop scoring for good", async () => {
    const w = await scored();
    await w.minute();
    w.clock.advance(-30 * MINUTE);
    expect(await w.score()).toMatchObject({ points: 0 });
    w.clock.advance(30 * MINUTE);
    expect((await w.minute()).points).toBe(4);
  });
});

describe("workers that die, and others that meddle", () => {
  it("dying between put and claim loses nothing: the next one scores the same points and decides nothing twice", async () => {
    const w = await scored();
    w.measure(w.clock.now(), SPIKE);
    w.clock.advance(MINUTE);
    // The last write of the run is the one that would put the object in force.
    let claims = 0;
    const dying = broken(w.runtime, "write", (_, noun) => noun === BASELINES && ++claims >= 2);
    await expect(w.score(dying)).rejects.toThrow("as planned");
    expect((await w.records())[0]?.reason).toBe("opened");
    const before = (await w.records()).length;
    expect((await w.score()).status, "the lease of the dead worker").toBe("busy");
    w.clock.advance(3 * MINUTE);
    expect((await w.score()).points).toBe(4);
    expect((await w.records()).length).toBe(before);
    expect((await w.service()).open).toHaveLength(1);
  });

  it("what it left behind is tidied away, and nothing that is in force", async () => {
    const w = await scored();
    w.measure(w.clock.now());
    w.clock.advance(MINUTE);
    let claims = 0;
    await expect(
      w.score(broken(w.runtime, "write", (_, noun) => noun === BASELINES && ++claims >= 2)),
    ).rejects.toThrow();
    const objects = async () => (await w.runtime.objects.list(`anomaly/${tenant}/`)).items.map((one) => one.key);
    expect(await objects()).toHaveLength(2);
    expect(await tidyTenant(w.runtime, tenant), "it may still be about to be named").toBe(0);
    w.clock.advance(2 * DAY);
    expect(await tidyTenant(w.runtime, tenant), "by the objects' own time, not by a clock that runs ahead").toBe(0);
    await w.minute();
    expect(await tidyTenant(w.runtime, tenant)).toBe(1);
    expect(await objects()).toEqual([(await w.item()).object]);
  });

  it.each(["put", "load", "write"] as const)(
    "a %s that is refused fails the message and changes nothing",
    async (what) => {
      const w = await scored();
      w.measure(w.clock.now());
      w.clock.advance(MINUTE);
      const item = await w.item();
      const by = broken(w.runtime, what, (_, name) => name === BASELINES || name.startsWith("anomaly/"));
      const body = JSON.stringify({ tenant, shard: 0, shards: 1, to: w.clock.now() });
      expect(await handleScores(by, [{ messageId: "m1", body }])).toEqual({
        batchItemFailures: [{ itemIdentifier: "m1" }],
      });
      w.clock.advance(3 * MINUTE);
      expect(await w.score()).toMatchObject({ points: 4 });
      expect((await w.item()).object).not.toBe(item.object);
    },
  );

  it("a write that fails once gives the lease back: the message that comes again need not wait", async () => {
    const w = await scored();
    w.measure(w.clock.now());
    w.clock.advance(MINUTE);
    let claims = 0;
    const once = broken(w.runtime, "write", (_, noun) => noun === BASELINES && ++claims === 2);
    await expect(w.score(once)).rejects.toThrow("as planned");
    expect(await w.score()).toMatchObject({ status: "scored", points: 4 });
  });

  it("a service whose machine cannot write is scored again; its neighbours are kept", async () => {
    const w = await scored(
      config(
        ["orders", `{ signals: { ${signals("latency", "cpu")} } }`],
        ["search", `{ signals: { ${signals("latency", "cpu")} } }`],
      ),
    );
    w.measure(w.clock.now(), SPIKE);
    w.clock.advance(MINUTE);
    const by = broken(w.runtime, "write", (_, noun) => noun === "anomaly");
    const failed = await w.score(by);
    expect(failed.failures.map((one) => one.service)).toEqual(["orders"]);
    expect(failed).toMatchObject({ status: "scored", points: 2 });
    expect(await w.score()).toMatchObject({ points: 2, failures: [] });
    expect((await w.records())[0]).toMatchObject({ subject: "orders", reason: "opened" });
  });

  it("two workers on one shard: one of them has it", async () => {
    const w = await scored();
    w.measure(w.clock.now(), SPIKE);
    w.clock.advance(MINUTE);
    const both = await Promise.all([w.score(), w.score()]);
    expect(both.map((one) => one.status).sort()).toEqual(["busy", "scored"]);
    expect((await w.records()).filter((one) => one.reason === "opened")).toHaveLength(1);
  });

  it("a worker that was overtaken after its lease throws away what it scored", async () => {
    const w = await scored();
    w.measure(w.clock.now(), SPIKE);
    w.clock.advance(MINUTE);
    let first = true;
    const slow: Runtime = {
      ...w.runtime,
      objects: {
        ...w.runtime.objects,
        put: async (key, body, options) => {
          if (first) {
            first = false;
            w.clock.advance(3 * MINUTE);
            expect((await w.score()).status).toBe("scored");
          }
          return w.runtime.objects.put(key, body, options);
        },
      },
    };
    expect((await w.score(slow)).status).toBe("lost");
    expect((await w.records()).filter((one) => one.reason === "opened")).toHaveLength(1);
    expect((await w.minute()).points).toBe(4);
  });

  it("a lease from a clock that was hours ahead holds nobody up", async () => {
    const w = await scored();
    const stored = await w.store.load(shardKey({ tenant, shard: 0, shards: 1 }));
    const lease = { until: w.clock.now() + 5 * 60 * MINUTE, by: "x" };
    await w.store.write(shardKey({ tenant, shard: 0, shards: 1 }), stored?.version ?? 0, {
      state: { ...(stored?.state as object), lease } as never,
    });
    expect((await w.minute()).status).toBe("scored");
  });

  const bits = (bytes: Uint8Array, at: number) => bytes.map((byte, index) => (index === at ? byte ^ 4 : byte));
  it.each<[string, (bytes: Uint8Array) => Uint8Array | undefined]>([
    ["are something else", () => new TextEncoder().encode("garbage")],
    ["have one wrong bit in a detector", (bytes) => bits(bytes, bytes.length - 6_000)],
    ["have one wrong bit in the last points", (bytes) => bits(bytes, bytes.length - 20)],
    ["are gone", () => undefined],
  ])("baselines that %s are learnt anew from history, with a word in the log and no alarms", async (_, damage) => {
    const w = await scored();
    for (let at = w.clock.now() - DAY; at < w.clock.now(); at += MINUTE) w.measure(at);
    const object = (await w.item()).object as string;
    const damaged = damage((await w.runtime.objects.get(object)) as Uint8Array);
    if (damaged) await w.runtime.objects.put(object, damaged);
    else await w.runtime.objects.remove(object);
    expect(await w.minute()).toMatchObject({ status: "scored", points: 4 * 1_440, failures: [] });
    expect((await w.item()).learning).toBe(4);
    expect(w.lines.join("\n")).toContain("cannot be read; they are learnt anew");
    for (let minute = 0; minute < 5; minute += 1) await w.minute();
    expect(await w.item()).toMatchObject({ learning: 0, open: 0 });
    expect(w.sent).toEqual([]);
    await w.minute(SPIKE);
    expect((await w.records())[0]?.reason).toBe("opened");
  });

  it("what was open when baselines were lost is watched on, and ends", async () => {
    const w = await scored();
    for (let at = w.clock.now() - DAY; at < w.clock.now(); at += MINUTE) w.measure(at);
    await w.minute(SPIKE);
    await w.runtime.objects.remove((await w.item()).object as string);
    await w.minute();
    expect((await w.item()).open).toBe(1);
    expect(w.sent.at(-1)?.endsAt, "still told").toBe(w.clock.now() + 4 * MINUTE);
    for (let minute = 0; minute < 20; minute += 1) await w.minute();
    expect((await w.records())[0]?.reason).toBe("ended");
    expect((await w.service()).open).toEqual([]);
  });
});

describe("where baselines are kept", () => {
  it(`up to ${INLINE_SERIES} series stand in the item itself, with no object and no lease`, async () => {
    const w = await scored(config(["orders", `{ signals: { ${signals("latency", "cpu")} } }`]));
    expect((await w.item()).inline).toBeDefined();
    expect((await w.runtime.objects.list("anomaly/")).items).toEqual([]);
    await w.minute(SPIKE);
    expect((await w.service()).open).toHaveLength(1);
    expect((await w.service()).series[1].points).toHaveLength(180);
  });

  it("more go to one object named by its content, and the one of before is removed", async () => {
    const w = await scored();
    const { object } = await w.item();
    await w.minute();
    const keys = (await w.runtime.objects.list("anomaly/")).items.map((one) => one.key);
    expect(keys).toEqual([(await w.item()).object]);
    expect(keys[0]).not.toBe(object);
    expect(JSON.stringify(await w.item()).length).toBeLessThan(1_000);
  });

  it("more shards find their baselines in the ones they came from, and fewer in theirs", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
    const w = await scored(config(...names.map((name) => [name, `{ signals: { ${signals("latency")} } }`] as const)));
    const known = (await (await w.get("/api/v1/anomaly")).json()) as Answer;
    expect(known.items.map((one: Answer) => one.state)).toEqual(names.map(() => "normal"));
    const { hold, keep } = await import("../../functions/anomaly/baselines.ts");
    const parts = await Promise.all([0, 1].map((shard) => hold(w.runtime, { tenant, shard, shards: 2 })));
    const ids = parts.flatMap((part) => [...(part?.series.keys() ?? [])]);
    expect(ids.sort()).toEqual(names.map((name) => `${name}/latency`));
    expect(parts.every((part) => (part?.series.size ?? 0) > 0)).toBe(true);
    for (const part of parts) if (part) await keep(w.runtime, part);
    const joined = await hold(w.runtime, { tenant, shard: 0, shards: 4 });
    expect([...(joined?.series.keys() ?? [])].every((id) => ids.includes(id))).toBe(true);
  });

  it("another detector learns from a day of history, alarms at nothing of it, and ends what was open", async () => {
    const w = await scored();
    for (let at = w.clock.now() - DAY; at < w.clock.now(); at += MINUTE) w.measure(at);
    await w.minute(SPIKE);
    const sent = w.sent.length;
    const text = config([
      "orders",
      `{ detector: seed, signals: { ${signals("latency", "traffic", "cpu", "memory")} } }`,
    ]);
    expect((await w.post("/api/v1/config/apply", { text })).status).toBe(200);
    expect(await w.minute()).toMatchObject({ points: 4 * 1_440 });
    expect(await w.item()).toMatchObject({ open: 1, learning: 0 });
    for (let minute = 0; minute < 20; minute += 1) await w.minute();
    expect((await w.records()).map((one) => one.reason).slice(0, 2)).toEqual(["ended", "opened"]);
    expect(new Set(w.sent.slice(sent).map((one) => one.labels["signal"]))).toEqual(new Set(["latency"]));
  });

  it("threshold, time zone, direction and mode are changed without losing what was learnt", async () => {
    const w = await scored();
    const given = signals("latency", "traffic", "cpu", "memory").replaceAll("unit: ms", "unit: ms, direction: low");
    const changed = `{ mode: observe, threshold: 0.9, timezone: Europe/Berlin, signals: { ${given} } }`;
    expect((await w.post("/api/v1/config/apply", { text: config(["orders", changed]) })).status).toBe(200);
    expect(await w.minute()).toMatchObject({ points: 4, failures: [] });
    expect(await w.item()).toMatchObject({ series: 4, learning: 0, open: 0 });
  });

  it("a signal that leaves the configuration while something is open is ended", async () => {
    const w = await scored();
    await w.minute(SPIKE);
    const text = config(["orders", `{ signals: { ${signals("traffic", "cpu", "memory")} } }`]);
    const applied = await w.post("/api/v1/config/apply", { text });
    expect(applied.status).toBe(200);
    await w.minute();
    expect((await w.records())[0]).toMatchObject({ reason: "ended" });
    expect(w.sent.at(-1)?.endsAt).toBeLessThanOrEqual(w.clock.now());
    expect((await w.item()).series).toBe(3);
  });
});

describe("the schedule", () => {
  it("asks for every shard each minute where points come each minute, and for CloudWatch once an hour", async () => {
    const sent: ScoreMessage[] = [];
    const queue = { send: async (messages: readonly ScoreMessage[]) => void sent.push(...messages) };
    const local = await scored(FOUR, { quiet: true });
    for (let minute = 0; minute < 60; minute += 1) {
      await schedule(local.runtime, queue, tenant);
      local.clock.advance(MINUTE);
    }
    expect(sent).toHaveLength(60);
    expect(sent[0]).toEqual({ tenant, shard: 0, shards: 1, to: local.clock.now() - 60 * MINUTE });
    sent.length = 0;
    const ecs = await world({
      config: `version: 1\nservices:\n  orders: { ecs: { cluster: c, service: s } }\nanomaly:\n  orders: {}\n`,
    });
    for (let minute = 0; minute < 120; minute += 1) {
      await schedule(ecs.runtime, queue, tenant);
      ecs.clock.advance(MINUTE);
    }
    expect(sent).toHaveLength(2);
  });

  it("sends nothing where nothing is scored", async () => {
    const w = await world();
    const queue = {
      send: async () => {
        throw new Error("nothing should be sent");
      },
    };
    expect(await schedule(w.runtime, queue, tenant)).toEqual([]);
  });
});

describe("the API", () => {
  it("lists services, the unusual first, and tells a service with its bands", async () => {
    const w = await scored(
      config(
        ["a", `{ signals: { ${signals("latency", "cpu")} } }`],
        ["orders", `{ signals: { ${signals("latency", "traffic")} } }`],
      ),
    );
    await w.minute(SPIKE);
    const list: Answer = await (await w.get("/api/v1/anomaly")).json();
    expect(list.items.map((one: Answer) => [one.service, one.state])).toEqual([
      ["orders", "anomalous"],
      ["a", "normal"],
    ]);
    expect(list.items[0].jointScore).toBeGreaterThan(0.9);
    expect(list.state).toBe("1 service behaving unusually, newest point 1 min ago");
    const series: Answer = await (await w.get("/api/v1/anomaly/orders/series?signal=latency")).json();
    expect(series.points.at(-1)).toMatchObject({ value: 900, at: w.clock.now() - MINUTE });
    expect(series.points.at(-1).high).toBeLessThan(200);
    expect(series.points).toHaveLength(180);
    const some: Answer = await (
      await w.get(`/api/v1/anomaly/orders/series?signal=latency&from=${w.clock.now() - 10 * MINUTE}`)
    ).json();
    expect(some.points).toHaveLength(10);
  });

  it("feedback ends what is open, is taught once, and is told afterwards", async () => {
    const w = await scored();
    await w.minute(SPIKE);
    const at = w.clock.now() - MINUTE;
    const body = { signal: "latency", at, verdict: "fine", why: "load test", by: "ann" };
    const headers = { "idempotency-key": "once" };
    const first: Answer = await (await w.post("/api/v1/anomaly/orders/feedback", body, headers)).json();
    expect(first).toMatchObject({ status: "decided", reason: "judged_fine" });
    expect(first.results.map((one: Answer) => one.detail)).toContain("the detector of latency knows that it was fine");
    await w.post("/api/v1/anomaly/orders/feedback", body, headers);
    const view = await w.service();
    expect(view.open).toEqual([]);
    expect(view.past[0]).toMatchObject({ ended: "fine" });
    expect(view.judgements).toEqual([
      { signal: "latency", at, verdict: "fine", by: "ann", why: "load test", saidAt: w.clock.now() },
    ]);
    expect(view.service.state).toBe("normal");
  });

  it("what was judged fine scores less when it comes again, for another worker as well", async () => {
    const again = async (judged: boolean): Promise<number> => {
      const w = await scored();
      await w.minute(SPIKE);
      const body = { signal: "latency", at: w.clock.now() - MINUTE, verdict: "fine", why: "load test" };
      if (judged) expect((await w.post("/api/v1/anomaly/orders/feedback", body)).status).toBe(200);
      for (let minute = 0; minute < 2_880; minute += 1) w.measure(w.clock.now() + minute * MINUTE);
      // A day at a time: more is not read at once.
      for (let day = 0; day < 2; day += 1) {
        w.clock.advance(DAY);
        await w.score();
      }
      await w.minute(SPIKE);
      const series: Answer = await (await w.get("/api/v1/anomaly/orders/series?signal=latency")).json();
      expect(series.points.at(-1)).toMatchObject({ value: 900 });
      return series.points.at(-1).score;
    };
    const [without, with_] = [await again(false), await again(true)];
    expect(with_).toBeLessThan(without - 0.05);
  });

  it.each([
    ["/api/v1/anomaly/nobody", 404, "anomaly.unknown"],
    ["/api/v1/anomaly/orders/series?signal=nothing", 404, "anomaly.unknown"],
    ["/api/v1/anomaly/orders/series", 400, "input.invalid"],
  ])("%s is answered with %i %s", async (path, status, code) => {
    const w = await scored(FOUR, { quiet: true });
    const answer = await w.get(path);
    expect(answer.status).toBe(status);
    expect(((await answer.json()) as Answer).code).toBe(code);
  });

  it("before the first score everything is unknown, and nothing fails", async () => {
    const w = await scored(FOUR, { quiet: true });
    const view = await w.service();
    expect(view.service).toMatchObject({ state: "unknown", open: 0 });
    expect(view.service.jointScore).toBeUndefined();
    const body = { signal: "latency", at: w.clock.now(), verdict: "bad", why: "it was slow" };
    const said: Answer = await (await w.post("/api/v1/anomaly/orders/feedback", body)).json();
    expect(said).toMatchObject({ status: "decided", reason: "judged_bad" });
  });

  it("a dataset is scored against its configuration and its past, and told as data_quality_score", async () => {
    const w = await scored(
      config(["orders", "{ quality: { daily: { schema: { id: string }, volume: { tolerance: 0.1 } } } }"]),
      { quiet: true },
    );
    const send = async (at: number, rows: number): Promise<Answer> =>
      (
        await w.post("/api/v1/anomaly/orders/quality/daily", { at, rows, schema: { id: "string", extra: "int" } })
      ).json();
    expect((await send(w.clock.now(), 1_000)).scores).toEqual([
      { dimension: "schema", score: 0.5, findings: ["extra is new"] },
    ]);
    const week = await send(w.clock.now() + 7 * DAY, 450);
    expect(week.scores[1]).toEqual({
      dimension: "volume",
      score: 0.5,
      findings: ["450 rows, about 1000 are expected"],
    });
    expect(w.runtime.telemetry.expose("prometheus")).toContain(
      'data_quality_score{dataset_id="daily",quality_dimension="volume",service_name="orders"} 0.5',
    );
    expect((await w.post("/api/v1/anomaly/orders/quality/other", {})).status).toBe(404);
  });

  it("quality reaches CloudWatch once a load is scored, under the platform's name, and costs nothing while none is", async () => {
    const w = await scored(config(["orders", "{ quality: { daily: { schema: { id: string } } } }"]), { quiet: true });
    const lines: string[] = [];
    const telemetry = createTelemetry({ service: "t", emf: true, write: (line) => void lines.push(line) });
    const runtime = { ...w.runtime, telemetry };
    const applied = await currentConfig(runtime, tenant);
    const [target] = scoreTargetsOf(applied?.config as HeadgateConfig) as readonly [ScoreTarget];
    await telemetry.flush();
    expect(lines).toEqual([]);
    await scoreQuality(runtime, tenant, target, "daily", { rows: 10, schema: { id: "string", extra: "int" } });
    await telemetry.flush();
    await telemetry.flush();
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        _aws: {
          CloudWatchMetrics: [
            {
              Namespace: "HeadgateServices",
              Dimensions: [["dataset_id", "quality_dimension", "service_name"]],
              Metrics: [{ Name: "data_quality_score", Unit: "None" }],
            },
          ],
        },
        data_quality_score: 0.5,
        service_name: "orders",
        dataset_id: "daily",
        quality_dimension: "schema",
      },
    ]);
  });
});
