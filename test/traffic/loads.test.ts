import { describe, expect, test } from "vitest";
import { leanOn } from "../../shared/core/traffic/loads/lean.ts";
import { mergeRows } from "../../shared/core/traffic/loads/merge.ts";
import { packRow, readRow } from "../../shared/core/traffic/loads/row.ts";
import { backends, callersWorld, SERVICE, TENANT } from "./loads-world.ts";

const SECOND = 1_000;
const host = (more: object = {}) => ({ active: 1, calls: 10, failures: 0, lean: 1, ...more });

describe("what callers tell each other", () => {
  test("a row reads back as it was written, and what is none is left out", () => {
    const row = {
      at: 5_000,
      hosts: new Map([
        ["b1", host({ ewmaMs: 12.5, lean: 0.5 })],
        ["b2", host()],
      ]),
    };
    expect(readRow(JSON.parse(JSON.stringify(packRow(row))))).toEqual(row);
    expect(readRow({ v: 1, at: 1, hosts: { a: "x", b: [Number.NaN], c: [1], __proto__: null } })?.hosts).toEqual(
      new Map([["c", { active: 1, calls: 0, failures: 0, lean: 1 }]]),
    );
    for (const none of [undefined, null, 1, {}, { at: -1, hosts: {} }, { at: 1 }])
      expect(readRow(none)).toBeUndefined();
  });

  test("A4.8: what an environment that died had in flight does not count once its row is old", () => {
    const rows = [
      { at: 100 * SECOND, hosts: new Map([["b1", host({ active: 4 })]]) },
      { at: 80 * SECOND, hosts: new Map([["b1", host({ active: 100 })]]) },
    ];
    expect(mergeRows(rows, 101 * SECOND, 15 * SECOND).get("b1")).toMatchObject({ active: 4, calls: 10 });
  });

  test("response times are weighed by calls, and who has none adds none", () => {
    const rows = [
      { at: 0, hosts: new Map([["b1", host({ ewmaMs: 100, calls: 99 })]]) },
      { at: 0, hosts: new Map([["b1", host({ ewmaMs: 300, calls: 0 })]]) },
      {
        at: 0,
        hosts: new Map([
          ["b1", host()],
          ["b2", host()],
        ]),
      },
    ];
    const merged = mergeRows(rows, 0, 1);
    expect(merged.get("b1")?.ewmaMs).toBeCloseTo((100 * 100 + 300) / 101, 10);
    expect(merged.get("b2")).not.toHaveProperty("ewmaMs");
  });

  test("factors go down where more is in flight than is fair, slowly, and never to nothing", () => {
    const lean = new Float64Array([1, 1, 1]);
    leanOn(lean, new Float64Array([9, 1, 1]), new Float64Array([1, 1, 1]));
    expect(lean[0]).toBeGreaterThan(0.8);
    expect(lean[0]).toBeLessThan(0.95);
    for (let look = 0; look < 500; look++) leanOn(lean, new Float64Array([900, 1, 1]), new Float64Array([1, 1, 1]));
    expect([lean[0], lean[1], lean[2]]).toEqual([0.02, 1, 1]);
    for (let look = 0; look < 500; look++) leanOn(lean, new Float64Array(3), new Float64Array([1, 1, 1]));
    expect(lean[0]).toBeGreaterThan(0.9);
  });

  test("a host with twice the weight may have twice as much in flight", () => {
    const lean = new Float64Array([1, 1]);
    leanOn(lean, new Float64Array([20, 10]), new Float64Array([2, 1]));
    expect(Math.min(...lean)).toBeGreaterThan(0.99);
  });
});

describe("one environment", () => {
  test("a cold start reads first; within the staleness nothing is read again", async () => {
    const { register, caller, state, clock } = callersWorld();
    await register(backends(3));
    const one = caller("e1");
    expect((await one.pick()).id).toMatch(/^b\d$/);
    expect(state.lists).toBe(3);
    for (let call = 0; call < 100; call++) await one.pick();
    clock.advance(3_900);
    await one.pick();
    expect(state.lists).toBe(3);
    clock.advance(1_200);
    await one.pick();
    expect(state.lists).toBe(6);
  });

  test("what is known when a pick is made is never older than the staleness", async () => {
    const { register, caller, clock } = callersWorld();
    await register(backends(3));
    const one = caller("e1", {}, { stalenessMs: 5_000 });
    for (let call = 0; call < 200; call++) {
      clock.advance((call * 37) % 900);
      await one.pick();
      expect(clock.now() - (one.look().knownAt ?? 0)).toBeLessThanOrEqual(5_000);
    }
  });

  test("backends that come and go, are ill or are on their way out are seen at the next look", async () => {
    const { register, check, caller, clock } = callersWorld();
    await register(backends(2));
    const one = caller("e1", { balance: "round_robin" });
    const seen = async () => {
      clock.advance(5_000);
      const ids = [];
      for (let call = 0; call < 12; call++) ids.push((await one.pick()).id);
      return [...new Set(ids)].sort();
    };
    expect(await seen()).toEqual(["b0", "b1"]);
    await register(backends(3));
    expect(await seen()).toEqual(["b0", "b1", "b2"]);
    await check("b1", false);
    expect(await seen()).toEqual(["b0", "b2"]);
    await check("b1", true);
    await register(backends(3).slice(1));
    expect(await seen()).toEqual(["b1", "b2"]);
    await register(backends(3), { drainingSince: 1 });
    await expect(seen()).rejects.toMatchObject({ code: "backend.none" });
  });

  test("fail static: a table that is away leaves what was last known, and that is said once", async () => {
    const { register, caller, state, clock } = callersWorld();
    await register(backends(3));
    const told: boolean[] = [];
    const one = caller("e1", {}, { onDegraded: (is) => told.push(is) });
    await one.pick();
    state.down = true;
    for (let minute = 0; minute < 10; minute++) {
      clock.advance(60_000);
      expect((await one.pick()).id).toMatch(/^b\d$/);
    }
    expect([told, one.look().degraded]).toEqual([[true], true]);
    state.down = false;
    clock.advance(60_000);
    await one.pick();
    expect([told, one.look().degraded]).toEqual([[true, false], false]);
  });

  test("a table that is away at a cold start is an error, unless backends are given", async () => {
    const { caller, state } = callersWorld();
    state.down = true;
    await expect(caller("e1").pick()).rejects.toMatchObject({ code: "store.unavailable", retryable: true });
    const given = { backends: [{ id: "fixed", host: "10.9.9.9", port: 80 }] };
    const config = caller("e2", given, { backends: [] });
    await expect(config.pick()).rejects.toMatchObject({ code: "store.unavailable" });
  });

  test("no backend at all is an error that names the service", async () => {
    const { caller } = callersWorld();
    const failed = caller("e1").run({}, () => 1);
    await expect(failed).rejects.toMatchObject({ code: "backend.none", message: expect.stringContaining(SERVICE) });
  });

  test("the why names the host that the next pick has", async () => {
    const { register, caller } = callersWorld();
    await register(backends(3));
    const one = caller("e1", { balance: "least_connections" });
    for (let call = 0; call < 10; call++) {
      const why = await one.why({ key: `k${call}` });
      expect(why.steps.length).toBeGreaterThan(0);
      expect((await one.pick({ key: `k${call}` })).id).toBe(why.host);
    }
  });

  test("at most one row is written in each staleness, none without traffic, and it goes when the environment is gone", async () => {
    const { register, caller, state, clock, store } = callersWorld();
    await register(backends(3));
    const one = caller("e1");
    for (let call = 0; call < 600; call++) {
      clock.advance(100);
      await one.run({}, () => ({ status: 200 }));
    }
    // A minute of calls, one look at most each 4 to 5 s.
    expect(state.writes).toBeGreaterThanOrEqual(11);
    expect(state.writes).toBeLessThanOrEqual(15);
    const rows = async () => (await store.list(TENANT, "traffic-load", { prefix: `${SERVICE}/` })).items.length;
    expect(await rows()).toBe(1);
    const before = state.writes;
    for (let look = 0; look < 10; look++) {
      clock.advance(5_000);
      await one.pick();
    }
    expect([state.writes - before, await rows()]).toEqual([1, 0]);
    await one.run({}, () => ({ status: 200 }));
    await one.flush();
    expect(await rows()).toBe(1);
  });

  test("an answer is given on as it is, an error too, and both are counted", async () => {
    const { register, caller } = callersWorld();
    await register(backends(1));
    const one = caller("e1");
    expect(await one.run({}, (backend) => `${backend.host}:${backend.port}`)).toBe("10.0.0.1:80");
    const boom = new Error("boom");
    await expect(one.run({}, () => Promise.reject(boom))).rejects.toBe(boom);
    expect(one.look().hosts).toMatchObject([{ id: "b0", active: 0 }]);
  });

  test("a caller that gives up is not held against the backend; a call over its time is", async () => {
    const { register, caller } = callersWorld();
    await register(backends(1));
    const one = caller("e1", { breaker: { rule: "consecutive", failures: 1 } });
    const gone = new AbortController();
    const left = one.run(
      { signal: gone.signal },
      (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
          gone.abort();
        }),
    );
    await expect(left).rejects.toMatchObject({ name: "AbortError" });
    const late = one.run(
      { timeoutMs: 1 },
      (_, signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        }),
    );
    await expect(late).rejects.toMatchObject({ name: "TimeoutError" });
    await expect(one.run({}, () => 1)).rejects.toMatchObject({ code: "circuit.open" });
  });
});

describe("many environments", () => {
  test("consistent hashing gives the same backend in every environment, whatever order things were registered in", async () => {
    const { register, caller } = callersWorld();
    await register([...backends(10)].reverse());
    for (const balance of ["maglev", "ring_hash", "rendezvous"]) {
      const [one, two] = [caller("e1", { balance }), caller("e2", { balance })];
      for (let key = 0; key < 200; key++)
        expect((await one.pick({ key: `k${key}` })).id).toBe((await two.pick({ key: `k${key}` })).id);
    }
  });

  test("a backend whose circuit one environment has opened is passed over by all within the staleness, and comes back", async () => {
    const { register, caller, clock } = callersWorld();
    await register(backends(2));
    const policy = { balance: "round_robin", breaker: { rule: "consecutive", failures: 5, jitter: 0 } };
    const [one, two] = [caller("e1", policy), caller("e2", policy)];
    const called: string[] = [];
    const call = (who: typeof one, bad: boolean) =>
      who.run({}, (backend) => {
        called.push(backend.id);
        return { status: bad && backend.id === "b0" ? 503 : 200 };
      });
    await call(two, false);
    for (let turn = 0; turn < 12; turn++) await call(one, true);
    expect(called.filter((id) => id === "b0").length).toBeLessThanOrEqual(6);
    clock.advance(5_001);
    called.length = 0;
    for (let turn = 0; turn < 10; turn++) await call(two, true);
    expect(new Set(called)).toEqual(new Set(["b1"]));
    clock.advance(61_000);
    called.length = 0;
    for (let turn = 0; turn < 40; turn++) await call(two, false);
    expect(called.filter((id) => id === "b0").length).toBeGreaterThan(10);
  });

  test("when the circuits of all backends are open, calls are refused without a call, with when to come again", async () => {
    const { register, caller } = callersWorld();
    await register(backends(2));
    const one = caller("e1", { breaker: { rule: "consecutive", failures: 1, jitter: 0 } });
    let calls = 0;
    const fails = () => {
      calls++;
      return { status: 500 };
    };
    for (let turn = 0; turn < 6; turn++) await one.run({}, fails).catch(() => undefined);
    expect(calls).toBe(2);
    await expect(one.run({}, () => calls++)).rejects.toMatchObject({
      code: "circuit.open",
      retryAt: expect.any(Number),
    });
  });

  test("who comes new begins with what the others have learnt", async () => {
    const { register, caller, clock } = callersWorld();
    await register(backends(2));
    const policy = { balance: "least_connections", breaker: "off" };
    const one = caller("e1", policy);
    // Two calls hang at b0 for minutes.
    const { promise: never } = Promise.withResolvers<number>();
    let hanging = 0;
    for (let turn = 0; turn < 600; turn++) {
      clock.advance(500);
      void one.run({}, (backend) => (backend.id === "b0" && hanging++ < 40 ? never : 1));
      await new Promise(setImmediate);
    }
    const learnt = one.look().hosts.find(({ id }) => id === "b0")?.lean ?? 1;
    expect(learnt).toBeLessThan(0.5);
    const two = caller("e2", policy);
    await two.pick();
    const [first] = two.look().hosts;
    expect(first).toMatchObject({ id: "b0", elsewhere: expect.any(Number) });
    expect(first?.lean ?? 1).toBeLessThan(0.6);
    expect(first?.elsewhere).toBeGreaterThanOrEqual(2);
  });
});
