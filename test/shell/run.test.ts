import { describe, expect, test } from "vitest";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { run } from "../../shared/shell/run.ts";
import { decision } from "../contract/records.ts";
import { valve } from "./simulation/machine.ts";
import { stage } from "./stage.ts";

const SECOND = 1_000;
const unavailable = (code: "journal.unavailable" | "store.unavailable" | "fleet.unavailable") => () => {
  throw new HeadgateError(code, "no answer", { retryable: true });
};

/** The valve that also counts its looks, for its own use. */
const counting: typeof valve = {
  ...valve,
  step(config, state, input, now) {
    const { looks = 0, ...rest } = state as typeof state & { looks?: number };
    const step = valve.step(config, rest, input, now);
    return { ...step, state: { ...step.state, looks: looks + 1 } };
  },
  onlyMemory: (before, after) => before.n === after.n && before.seq === after.seq,
};

describe("a change of nothing but memory", () => {
  const settledOn = async () => {
    const on = stage();
    const request = { ...on.request, machine: counting };
    await run(on.runtime, request);
    on.calls.length = 0;
    return { on, request };
  };

  test("is one write without a record, an outbox or a lease", async () => {
    const { on, request } = await settledOn();
    const done = await run(on.runtime, request);
    expect(on.calls).toEqual(["load", "settle"]);
    expect(done).toMatchObject({ status: "unchanged", reason: "within_target", recorded: false, results: [] });
    expect(done.stored).toEqual(await on.item());
    expect(await on.item()).toMatchObject({ state: { n: 1, looks: 2 } });
    expect(await on.item()).not.toHaveProperty("pending");
    expect(await on.records()).toHaveLength(1);
    expect(on.told).toHaveLength(1);
  });

  test("is lost to whoever was faster, and that is no harm", async () => {
    const { on, request } = await settledOn();
    on.before.set("settle", async () => {
      on.before.clear();
      const item = await on.item();
      await on.store.write({ tenant: "default", noun: "valve", subject: "orders" }, item?.version ?? 0, {
        state: { v: 1, n: 9, seq: 9 },
      });
    });
    expect(await run(on.runtime, request)).toMatchObject({ status: "unchanged" });
    expect(on.calls).toEqual(["load", "settle"]);
    expect(await on.item()).toMatchObject({ state: { n: 9 } });
    expect(on.counts).not.toContain("headgate_claim_conflicts_total valve");
  });

  test("beside a decision goes into its record, and the next record replays from what was remembered", async () => {
    const { on, request } = await settledOn();
    await run(on.runtime, request);
    await run(on.runtime, request);
    on.seen.wanted = 4;
    await run(on.runtime, request);
    const records = await on.records();
    expect(records).toHaveLength(2);
    expect(records.at(-1)).toMatchObject({ stateBefore: { looks: 3 }, stateAfter: { looks: 4 }, reason: "set" });
    for (const record of records) expect(replay(record, counting)).toEqual({ same: true });
  });

  test("of a machine that does not know memory is a decision like any other", async () => {
    const { on, request } = await settledOn();
    const { onlyMemory: _, ...forgetful } = counting;
    await run(on.runtime, { ...request, machine: forgetful });
    expect(await on.records()).toHaveLength(2);
  });
});

describe("a run", () => {
  test("claims, journals, acts, reports and settles, in this order", async () => {
    const on = stage();
    on.seen.wanted = 4;
    const done = await run(on.runtime, on.request);
    expect(on.calls).toEqual(["load", "claim", "append", "perform", "outcome", "settle"]);
    expect(done).toMatchObject({
      status: "decided",
      reason: "set",
      recorded: true,
      recovered: false,
      results: [{ status: "done", detail: "set to 4" }],
    });
    const item = await on.item();
    expect(item).toMatchObject({ state: { seq: 1, asked: 4, doneAt: on.clock.now, doneSeq: 1 } });
    expect(item).not.toHaveProperty("pending");
    expect(item).not.toHaveProperty("leaseUntil");
    expect(await on.records()).toEqual([
      { ...done.record, outcomes: [{ phase: "performed", at: on.clock.now, results: done.results, text: "set to 4" }] },
    ]);
  });

  test("reads nothing where it is given what was just loaded, and tells how it has left the item", async () => {
    const on = stage();
    const first = await run(on.runtime, on.request);
    expect(first.stored).toEqual(await on.item());
    on.calls.length = 0;
    const loaded = await on.item();
    expect(await run(on.runtime, { ...on.request, ...(loaded ? { loaded } : {}) })).toMatchObject({
      status: "unchanged",
      stored: loaded,
    });
    expect(on.calls).toEqual([]);
  });

  test("that was given what is out of date decides by what is there, once", async () => {
    const on = stage();
    await run(on.runtime, on.request);
    const loaded = await on.item();
    on.seen.wanted += 3;
    await run(on.runtime, on.request);
    const before = await on.records();
    const done = await run(on.runtime, { ...on.request, ...(loaded ? { loaded } : {}) });
    expect(done.status).toBe("unchanged");
    expect(await on.records()).toEqual(before);
  });

  test("that changes nothing writes nothing, and still says why", async () => {
    const on = stage();
    await run(on.runtime, on.request);
    on.calls.length = 0;
    on.counts.length = 0;
    const done = await run(on.runtime, on.request);
    expect(on.calls).toEqual(["load"]);
    expect(done).toMatchObject({
      status: "unchanged",
      reason: "within_target",
      recorded: false,
      results: [],
      record: { reason: "within_target", actions: [] },
    });
    expect(on.counts).toEqual(["headgate_decisions_total valve within_target act"]);
    expect(await on.records()).toHaveLength(1);
  });

  test("that changes the state without acting is recorded, through the same outbox", async () => {
    const on = stage();
    on.seen.actual = undefined;
    const done = await run(on.runtime, on.request);
    expect(on.calls).toEqual(["load", "claim", "append", "settle"]);
    expect(done).toMatchObject({ status: "decided", reason: "held_no_data", recorded: true, results: [] });
    expect((await on.records())[0]).toStrictEqual(done.record);
    expect(await on.item()).toMatchObject({ state: { n: 1, last: "held_no_data" } });
  });

  test("names the record, the trace and the version of the configuration, and the record alone replays", async () => {
    const on = stage();
    on.seen.wanted = 4;
    const parent = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7", sampled: true };
    await run(on.runtime, { ...on.request, parent, trigger: { type: "alarm", id: "evt-1" } });
    const [record] = await on.records();
    expect(record).toMatchObject({
      v: 1,
      tenant: "default",
      noun: "valve",
      subject: "orders",
      at: on.clock.now,
      trigger: { type: "alarm", id: "evt-1" },
      mode: "act",
      configVersion: "c1",
    });
    expect(record?.id).toMatch(/^dec_[0-9a-hjkmnp-tv-z]{26}$/);
    expect(record?.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(record && replay(record, valve)).toEqual({ same: true });
  });

  test("is told to listeners after it reached the journal, logged once and traced by stage", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("append", () => expect(on.told).toEqual([]));
    on.before.set("perform", () => expect(on.told).toHaveLength(1));
    await run(on.runtime, on.request);
    expect(on.spans).toEqual(["trigger", "load", "step", "claim", "act"]);
    expect(on.counts).toEqual([
      "headgate_decisions_total valve set act",
      "headgate_decisions_recorded_total valve set act",
      "headgate_action_seconds valve set",
    ]);
    expect(on.logs).toHaveLength(1);
    expect(on.logs[0]).toMatchObject({
      level: "info",
      message: "valve orders: set",
      fields: { reason: "set", subject: "orders", actions: ["set:orders:1"] },
    });
  });

  test("asks to be looked at again when the machine says so", async () => {
    const on = stage();
    on.seen.wanted = 4;
    await run(on.runtime, on.request);
    on.seen.wanted = 5;
    on.clock.now += 10 * SECOND;
    expect(await run(on.runtime, on.request)).toMatchObject({ reason: "held_cooldown" });
    expect((await on.item())?.dueAt).toBe(on.clock.now + 50 * SECOND);
    on.calls.length = 0;
    const longer = { ...on.request, config: { cooldownMs: 90_000 } };
    expect(await run(on.runtime, longer)).toMatchObject({ status: "unchanged" });
    expect((await on.item())?.dueAt).toBe(on.clock.now + 80 * SECOND);
    expect(on.calls).toEqual(["load", "settle"]);
  });

  test("refuses input that is no JSON before anything is written", async () => {
    const on = stage();
    on.seen.wanted = Number.NaN;
    await expect(run(on.runtime, on.request)).rejects.toMatchObject({
      code: "input.invalid",
      message: expect.stringContaining("input of valve orders"),
    });
    expect(await on.item()).toBeUndefined();
  });

  test("decides on what a replay will read: negative zero and absent members are gone before the step", async () => {
    const on = stage();
    const observe = async () => ({ subject: "orders", wanted: -0, actual: 3 });
    const done = await run(on.runtime, { ...on.request, observe });
    expect(done.record?.input).toStrictEqual({ subject: "orders", wanted: 0, actual: 3 });
    expect(on.performed).toHaveLength(1);
    expect((await on.records())[0]?.actions).toStrictEqual(done.record?.actions);
  });
});

describe("when somebody else is at it", () => {
  test("a live lease means busy: nothing is observed, decided or done", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("append", () => new Promise(() => {}));
    void run(on.runtime, on.request);
    await new Promise((done) => setImmediate(done));
    on.before.clear();
    on.calls.length = 0;
    const observe = () => expect.fail("observed");
    expect(await run(on.runtime, { ...on.request, observe })).toEqual({
      status: "busy",
      recorded: false,
      results: [],
      recovered: false,
    });
    expect(on.calls).toEqual(["load", "load", "load", "load", "load"]);
  });

  test("after a conflict the world is read again and the decision taken afresh", async () => {
    const on = stage();
    on.seen.wanted = 4;
    const attempts: number[] = [];
    const observe = async (attempt: number) => {
      attempts.push(attempt);
      return { subject: "orders", wanted: 4 + attempt, actual: 2 };
    };
    on.before.set("claim", async () => {
      on.before.clear();
      await on.store.write({ tenant: "default", noun: "valve", subject: "orders" }, 0, {
        state: { v: 1, n: 7, seq: 0 },
      });
    });
    const done = await run(on.runtime, { ...on.request, observe });
    expect(attempts).toEqual([0, 1]);
    expect(done).toMatchObject({ status: "decided", record: { stateBefore: { n: 7 }, actions: [{ desired: 5 }] } });
    expect(on.counts).toContain("headgate_claim_conflicts_total valve");
    expect(await on.records()).toHaveLength(1);
  });

  test("five conflicts are enough: it says so, with growing random pauses in between and nothing done", async () => {
    const on = stage();
    on.seen.wanted = 4;
    let n = 0;
    on.before.set("claim", async () => {
      await on.store.write({ tenant: "default", noun: "valve", subject: "orders" }, (await on.item())?.version ?? 0, {
        state: { v: 1, n, seq: 0 },
      });
      n += 1;
    });
    expect(await run(on.runtime, on.request)).toEqual({
      status: "conflict",
      recorded: false,
      results: [],
      recovered: false,
    });
    expect(on.pauses).toHaveLength(4);
    for (const [index, ms] of on.pauses.entries()) expect(ms).toBeLessThanOrEqual(100 * 2 ** index);
    expect(on.performed).toEqual([]);
    expect(await on.records()).toEqual([]);
  });

  test("a worker that was overtaken does not undo what its successor settled", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("settle", async () => {
      on.before.clear();
      const item = await on.item();
      await on.store.write({ tenant: "default", noun: "valve", subject: "orders" }, item?.version ?? 0, {
        state: { v: 1, n: 99, seq: 99 },
      });
    });
    expect(await run(on.runtime, on.request)).toMatchObject({ status: "decided", results: [{ status: "done" }] });
    expect(await on.item()).toMatchObject({ state: { n: 99 } });
  });
});

describe("after a crash", () => {
  for (const point of ["append", "perform", "outcome", "settle"]) {
    test(`before ${point}, the run after the lease finishes the actions and then decides afresh`, async () => {
      const on = stage();
      on.seen.wanted = 4;
      on.before.set(point, () => new Promise(() => {}));
      void run(on.runtime, on.request);
      await new Promise((done) => setImmediate(done));
      on.before.clear();
      on.clock.now += 30 * SECOND;
      const done = await run(on.runtime, on.request);
      expect(done).toMatchObject({ status: "decided", reason: "within_target", recovered: true });
      const [fresh, first] = await on.records();
      expect(fresh).toMatchObject({ reason: "within_target", stateBefore: { doneSeq: 1 } });
      expect(first).toMatchObject({ reason: "set", actions: [{ key: "set:orders:1" }] });
      expect(first?.outcomes.length).toBeGreaterThanOrEqual(1);
      expect(new Set(on.performed.map((action) => action.key))).toEqual(new Set(["set:orders:1"]));
      expect(on.counts).toContain("headgate_recoveries_total valve");
      expect(on.seen.actual).toBe(4);
    });
  }

  test("the world is read afresh once another worker's actions were finished", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("append", () => new Promise(() => {}));
    void run(on.runtime, on.request);
    await new Promise((done) => setImmediate(done));
    on.before.clear();
    on.clock.now += 30 * SECOND;
    const attempts: number[] = [];
    const observe = async (attempt: number) => {
      attempts.push(attempt);
      return on.request.observe(attempt);
    };
    await run(on.runtime, { ...on.request, observe });
    expect(attempts).toEqual([1]);
  });

  test("pending work is due when the lease ends", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("append", () => new Promise(() => {}));
    void run(on.runtime, on.request);
    await new Promise((done) => setImmediate(done));
    expect(await on.store.due(on.clock.now + 30 * SECOND - 1, 10)).toEqual([]);
    expect(await on.store.due(on.clock.now + 30 * SECOND, 10)).toEqual([
      { tenant: "default", noun: "valve", subject: "orders" },
    ]);
  });

  test("a decision whose workers always die is given up after five of them, and says so", async () => {
    const on = stage();
    on.seen.wanted = 4;
    for (let worker = 1; worker <= 5; worker += 1) {
      on.before.set("perform", () => new Promise(() => {}));
      void run(on.runtime, on.request);
      await new Promise((done) => setImmediate(done));
      on.clock.now += 30 * SECOND;
    }
    expect(on.performed).toHaveLength(5);
    on.before.clear();
    on.seen.actual = 4;
    expect(await run(on.runtime, on.request)).toMatchObject({
      recovered: true,
      status: "decided",
      reason: "within_target",
    });
    expect(on.performed).toHaveLength(5);
    expect((await on.records()).at(-1)?.outcomes).toMatchObject([
      { results: [{ status: "failed" }], text: "failed: gave up after 5 attempts: no worker lived to finish it" },
    ]);
  });

  test("on a clock that runs faster the lease is as long in real time", async () => {
    const on = stage({ speed: 600 });
    on.seen.wanted = 4;
    on.before.set("append", () => new Promise(() => {}));
    void run(on.runtime, on.request);
    await new Promise((done) => setImmediate(done));
    expect((await on.item())?.leaseUntil).toBe(on.clock.now + 600 * 30 * SECOND);
  });
});

describe("a lease that nobody can have", () => {
  test("left by a run at a higher speed is taken over at once instead of in hours", async () => {
    const fast = stage({ speed: 600 });
    fast.seen.wanted = 4;
    fast.before.set("append", () => new Promise(() => {}));
    void run(fast.runtime, fast.request);
    await new Promise((done) => setImmediate(done));
    fast.before.clear();
    expect((await fast.item())?.leaseUntil).toBeGreaterThan(fast.clock.now + 4 * 3_600 * SECOND);
    expect(await run({ ...fast.runtime, speed: 1 }, fast.request)).toMatchObject({
      recovered: true,
      status: "decided",
    });
    expect(fast.performed).toHaveLength(1);
  });

  test("but the longest pause before the last attempt is respected", async () => {
    const on = stage();
    const pending = { record: decision({ at: on.clock.now, noun: "valve" }), actions: [], attempts: 4 };
    const leaseUntil = on.clock.now + 80 * SECOND;
    await on.store.write({ tenant: "default", noun: "valve", subject: "orders" }, 0, {
      state: { v: 1, n: 0, seq: 0 },
      pending,
      leaseUntil,
    });
    expect(await run(on.runtime, on.request)).toMatchObject({ status: "busy", recovered: false });
  });
});

describe("when parts are out of reach", () => {
  test("nothing is done when the claim cannot be written", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("claim", unavailable("store.unavailable"));
    await expect(run(on.runtime, on.request)).rejects.toMatchObject({ code: "store.unavailable" });
    expect(on.performed).toEqual([]);
    expect(await on.records()).toEqual([]);
    expect(await on.item()).toBeUndefined();
  });

  test("nothing is done that cannot be recorded; once the journal is back it is done", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("append", unavailable("journal.unavailable"));
    await expect(run(on.runtime, on.request)).rejects.toMatchObject({ code: "journal.unavailable" });
    expect(on.performed).toEqual([]);
    expect(await on.item()).toMatchObject({
      pending: { attempts: 0, actions: [{ key: "set:orders:1" }] },
      leaseUntil: on.clock.now + 10 * SECOND,
    });
    // However long it lasts, it never counts as an attempt.
    for (let time = 0; time < 20; time += 1) {
      on.clock.now += 10 * SECOND;
      await expect(run(on.runtime, on.request)).rejects.toMatchObject({ code: "journal.unavailable" });
    }
    on.before.clear();
    on.clock.now += 10 * SECOND;
    expect(await run(on.runtime, on.request)).toMatchObject({ recovered: true, reason: "within_target" });
    expect(on.performed).toEqual([{ key: "set:orders:1", attempt: 1 }]);
  });

  test("an action that fails is tried five times with growing pauses, then counts as failed and says so", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("perform", unavailable("fleet.unavailable"));
    const first = await run(on.runtime, on.request);
    expect(first).toMatchObject({ status: "decided", recorded: true, results: [] });
    const waits: number[] = [];
    for (let attempt = 2; attempt <= 5; attempt += 1) {
      const until = (await on.item())?.leaseUntil ?? 0;
      waits.push((until - on.clock.now) / SECOND);
      on.clock.now = until - 1;
      expect(await run(on.runtime, on.request)).toMatchObject({ status: "busy", recovered: false });
      on.clock.now = until;
      if (attempt === 5) on.seen.actual = 4;
      expect(await run(on.runtime, on.request)).toMatchObject(
        attempt < 5 ? { status: "busy", recovered: true } : { status: "decided", recovered: true },
      );
    }
    expect(waits).toEqual([10, 20, 40, 80]);
    expect(on.performed.map((action) => action.attempt)).toEqual([1, 2, 3, 4, 5]);
    expect((await on.records()).at(-1)?.outcomes).toMatchObject([
      { phase: "performed", results: [{ status: "failed", detail: "gave up after 5 attempts: no answer" }] },
    ]);
    expect(await on.item()).toMatchObject({ state: { seq: 1 } });
    expect((await on.item())?.state).not.toHaveProperty("doneAt");
  });

  test("what was finished before another action failed is not done again", async () => {
    const on = stage();
    await on.store.write({ tenant: "default", noun: "valve", subject: "orders" }, 0, { state: { v: 1, n: 2, seq: 2 } });
    on.seen.wanted = 4;
    let calls = 0;
    on.before.set("perform", () => {
      calls += 1;
      if (calls === 2) unavailable("fleet.unavailable")();
    });
    expect((await run(on.runtime, on.request)).results).toMatchObject([{ key: "set:orders:3", status: "done" }]);
    const firstDoneAt = on.clock.now;
    on.clock.now += 10 * SECOND;
    await run(on.runtime, on.request);
    expect(on.performed.map((action) => action.key)).toEqual(["set:orders:3", "note:orders:3", "note:orders:3"]);
    expect(await on.item()).toMatchObject({ state: { doneAt: firstDoneAt, doneSeq: 3 } });
  });

  test("an outcome that cannot be recorded is recorded later, without doing the action again", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("outcome", unavailable("journal.unavailable"));
    expect(await run(on.runtime, on.request)).toMatchObject({ status: "decided", results: [{ status: "done" }] });
    on.before.clear();
    on.clock.now += 10 * SECOND;
    expect(await run(on.runtime, on.request)).toMatchObject({ recovered: true });
    expect(on.performed).toHaveLength(1);
    expect((await on.records()).at(-1)?.outcomes).toMatchObject([
      { results: [{ status: "done", detail: "set to 4" }] },
    ]);
  });

  test("an action is not started when the lease is nearly over, but left to the next run", async () => {
    const on = stage();
    on.seen.wanted = 4;
    on.before.set("append", () => void (on.clock.now += 25 * SECOND));
    expect(await run(on.runtime, on.request)).toMatchObject({ status: "decided", recorded: true, results: [] });
    expect(on.performed).toEqual([]);
    on.before.clear();
    on.clock.now += 5 * SECOND;
    expect(await run(on.runtime, on.request)).toMatchObject({ recovered: true });
    expect(on.performed).toEqual([{ key: "set:orders:1", attempt: 2 }]);
  });

  test("an observation that fails changes nothing", async () => {
    const on = stage();
    await expect(
      run(on.runtime, { ...on.request, observe: async () => unavailable("fleet.unavailable")() }),
    ).rejects.toMatchObject({ code: "fleet.unavailable" });
    expect(on.calls).toEqual(["load"]);
  });
});
