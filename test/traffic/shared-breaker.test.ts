import { describe, expect, test } from "vitest";
import { replay } from "../../shared/core/kernel/replay.ts";
import { circuitMachine } from "../../shared/core/traffic/breaker/machine.ts";
import type { Admission } from "../../shared/core/traffic/breaker/types.ts";
import { Broken, call, policyOf, START, world } from "./shared-world.ts";

const SEC = 1_000;
const key = { tenant: "default", circuit: "payments" };
/** Exact open times. */
const consecutive = policyOf({ rule: "consecutive", jitter: 0 });

describe("a shared breaker: the platform's rule", () => {
  test("five failures open it, a minute later one probe goes, three successes close it", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    const seen: string[] = [];
    for (let nth = 0; nth < 6; nth += 1) seen.push(await call(breaker, false));
    expect(seen).toEqual(["failed", "failed", "failed", "failed", "failed", "refused"]);
    w.clock.now += 59 * SEC;
    expect(await call(breaker, true)).toBe("refused");
    w.clock.now += SEC;
    for (let nth = 0; nth < 3; nth += 1) expect(await call(breaker, true)).toBe("ok");
    expect(breaker.state()).toMatchObject({ status: "closed" });
    expect((await w.records()).map((record) => record.reason)).toEqual(["opened_consecutive", "probing", "closed"]);
  });

  test("one failure while half open opens again", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    for (let nth = 0; nth < 5; nth += 1) await call(breaker, false);
    w.clock.now += 60 * SEC;
    expect(await call(breaker, true)).toBe("ok");
    expect(await call(breaker, false)).toBe("failed");
    expect(await call(breaker, true)).toBe("refused");
    expect(breaker.state()).toMatchObject({ status: "open", openUntil: w.clock.now + 60 * SEC });
  });

  test("a success while closed takes one failure back", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    for (const ok of [false, false, false, false, true, false, true, false]) {
      expect(await call(breaker, ok)).not.toBe("refused");
      w.clock.now += 2 * SEC;
    }
    expect(await call(breaker, false)).toBe("failed");
    expect(await call(breaker, false)).toBe("refused");
  });

  test("a refusal says what, why and when, and nothing was sent", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    for (let nth = 0; nth < 5; nth += 1) await call(breaker, false);
    await expect(breaker.run(async () => 1)).rejects.toMatchObject({
      code: "circuit.open",
      retryable: true,
      circuit: "payments",
      reason: "open",
      retryAt: w.clock.now + 60 * SEC,
    });
    expect(await breaker.run(async () => 1, { fallback: () => 2 })).toBe(2);
  });

  test("errors and answers are read as the caller says; an impatient caller tells nothing", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    const notMine = { errorIs: () => "ignored" as const };
    for (let nth = 0; nth < 9; nth += 1)
      await expect(breaker.run(() => Promise.reject(new Broken("404")), notMine)).rejects.toThrow("404");
    for (let nth = 0; nth < 9; nth += 1) {
      const abort = new AbortController();
      const run = breaker.run(() => abort.abort(new Error("gone")) ?? Promise.reject(new Error("gone")), {
        signal: abort.signal,
      });
      await expect(run).rejects.toThrow("gone");
    }
    expect(breaker.state()).toMatchObject({ status: "closed", counts: {} });
    const resultIs = (status: unknown) => (Number(status) >= 500 ? ("failure" as const) : ("success" as const));
    for (let nth = 0; nth < 5; nth += 1) expect(await breaker.run(async () => 503, { resultIs })).toBe(503);
    expect(breaker.state().status).toBe("open");
  });
});

describe("a shared breaker: bounded staleness (B4.5)", () => {
  test("B4.5: every caller stops within T and one call of the opening write", async () => {
    const w = world(consecutive);
    const [a, b] = ["a", "b"].map((name) => w.environment(name).get("payments"));
    if (!a || !b) throw new Error("no environments");
    expect(await call(b, true)).toBe("ok");
    for (let nth = 0; nth < 5; nth += 1) await call(a, false);
    const openedAt = w.clock.now;
    let stoppedAt: number | undefined;
    for (; w.clock.now <= openedAt + 6 * SEC; w.clock.now += 100) {
      const answer = await call(b, true);
      if (answer === "refused") stoppedAt ??= w.clock.now;
      else expect(stoppedAt).toBeUndefined();
    }
    expect((stoppedAt ?? Number.POSITIVE_INFINITY) - openedAt).toBeLessThanOrEqual(5 * SEC);
  });

  test("B4.5: while it is open nobody reads until openUntil, however many call", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    for (let nth = 0; nth < 5; nth += 1) await call(breaker, false);
    const before = { ...w.asked };
    for (let nth = 0; nth < 59_900; nth += 100) {
      expect(await call(breaker, true)).toBe("refused");
      w.clock.now += 100;
    }
    expect(w.asked).toEqual(before);
  });

  test("B4.5: a cold start looks before its first call", async () => {
    const w = world(consecutive);
    const a = w.environment("a").get("payments");
    for (let nth = 0; nth < 5; nth += 1) await call(a, false);
    expect(await call(w.environment("cold").get("payments"), true)).toBe("refused");
  });

  test("callers who come at once share one look, and admission is at once while what is known is fresh", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    await Promise.all(Array.from({ length: 50 }, () => call(breaker, true)));
    expect(w.asked.load).toBe(1);
    await breaker.look();
    expect(breaker.admit()).toEqual({ admitted: true, epoch: 0 });
  });

  test("an environment that was frozen looks again when it wakes, whatever it knew", async () => {
    const w = world(consecutive);
    const [a, b] = [w.environment("a").get("payments"), w.environment("b").get("payments")];
    await call(b, true);
    for (let nth = 0; nth < 5; nth += 1) await call(a, false);
    w.clock.now += 30 * SEC;
    expect(await call(b, true)).toBe("refused");
    w.clock.now += 3_600 * SEC;
    expect(await call(b, true)).toBe("ok");
    expect(b.state().status).toBe("half_open");
  });

  test("a clock that was set back does not make old knowledge fresh", async () => {
    const w = world(consecutive);
    let wall = START;
    const breaker = w.environment("a", { wallNow: () => wall }).get("payments");
    await call(breaker, true);
    wall -= 3_600 * SEC;
    const before = w.asked.load;
    await call(breaker, true);
    expect(w.asked.load).toBe(before + 1);
  });
});

describe("a shared breaker: counting (B4.2, B4.6, B4.9)", () => {
  test("B4.6: failures of many environments count together", async () => {
    const w = world(consecutive);
    const breakers = Array.from({ length: 5 }, (_, nth) => w.environment(`e${nth}`).get("payments"));
    for (const breaker of breakers) expect(await call(breaker, false)).toBe("failed");
    // After a failure of its own an environment does not trust for long what it knows.
    w.clock.now += 50;
    for (const breaker of breakers) expect(await call(breaker, false)).toBe("refused");
  });

  test("B4.9: bad news is written at most once a second, but for five at once, or when it may open the circuit", async () => {
    const w = world(policyOf({ rule: "consecutive", failures: 1_000, jitter: 0 }));
    const breaker = w.environment("a").get("payments");
    await call(breaker, true);
    // Half of the calls fail, one after a success each time.
    for (let nth = 0; nth < 10_000; nth += 1) {
      await call(breaker, nth % 2 === 0);
      w.clock.now += 10;
    }
    expect(w.asked.add).toBeGreaterThan(90);
    expect(w.asked.add).toBeLessThanOrEqual(101);
    const all = world(policyOf({ rule: "consecutive", failures: 1_000, jitter: 0 }));
    const failing = all.environment("a").get("payments");
    for (let nth = 0; nth < 999; nth += 1) {
      expect(await call(failing, false)).toBe("failed");
      all.clock.now += 10;
    }
    expect(all.asked.add).toBeLessThanOrEqual(5 + 10 + 1);
    // Held or not: it opens with the thousandth.
    expect(await call(failing, false)).toBe("failed");
    expect(await call(failing, false)).toBe("refused");
  });

  test("B4.10: a healthy circuit writes nothing, and reads once in T", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    for (; w.clock.now < START + 600 * SEC; w.clock.now += 100) await call(breaker, true);
    expect(w.asked).toMatchObject({ add: 0, change: 0 });
    expect(w.asked.load).toBeGreaterThanOrEqual(117);
    expect(w.asked.load).toBeLessThanOrEqual(121);
  });

  test("many environments with few failures each do not open what most calls say is well", async () => {
    const w = world(consecutive, 7);
    const breakers = Array.from({ length: 20 }, (_, nth) => w.environment(`e${nth}`).get("payments"));
    // Each environment fails every tenth call, never twice in a row: a hundred failures a second in the fleet.
    for (let round = 0; round < 600; round += 1) {
      for (const [nth, breaker] of breakers.entries())
        expect(await call(breaker, (round + nth) % 10 !== 0)).not.toBe("refused");
      w.clock.now += 50;
    }
    expect(await w.records()).toEqual([]);
  });

  test("B4.1: an outcome of an older epoch is dropped", async () => {
    const w = world(consecutive);
    const breaker = w.environment("a").get("payments");
    await breaker.look();
    const late = await Promise.all(Array.from({ length: 5 }, async () => breaker.admit()));
    for (let nth = 0; nth < 5; nth += 1) await call(breaker, false);
    w.clock.now += 60 * SEC;
    const probe = await breaker.admit();
    expect(probe).toMatchObject({ admitted: true, probe: expect.any(String) });
    for (const admission of late) await breaker.done(admission, "failure");
    expect(breaker.state()).toMatchObject({ status: "half_open" });
    await breaker.done(probe, "success");
    for (let nth = 0; nth < 2; nth += 1) await call(breaker, true);
    for (const admission of late) await breaker.done(admission, "failure");
    await breaker.done(probe, "failure");
    expect(await breaker.look()).toMatchObject({ status: "closed", counts: {} });
  });

  test("what is held back is written by the next call or by flush", async () => {
    const w = world(policyOf({ rule: "consecutive", failures: 100, jitter: 0 }));
    const environment = w.environment("a");
    const breaker = environment.get("payments");
    await call(breaker, false);
    await call(breaker, true);
    await call(breaker, false);
    const counted = async () => (await w.circuits.load(key))?.counts["failures"];
    expect(await counted()).toBe(1);
    await environment.flush();
    expect(await counted()).toBe(1);
    await call(breaker, true);
    await call(breaker, false);
    w.clock.now += SEC;
    expect(await counted()).toBe(1);
    await call(breaker, false);
    expect(await counted()).toBe(2);
  });

  test("nothing runs between calls: no timer is left behind", async () => {
    const w = world(consecutive);
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const { wait: _, ...real } = { wait: undefined };
    const breaker = w.environment("a", real).get("payments");
    for (let nth = 0; nth < 7; nth += 1) await call(breaker, nth < 2);
    expect(breaker.state().status).toBe("open");
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThanOrEqual(before);
  });
});

describe("a shared breaker: probes (B4.3, B4.4)", () => {
  const opened = async (policy = consecutive) => {
    const w = world(policy);
    for (let nth = 0, breaker = w.environment("first").get("payments"); nth < 5; nth += 1) await call(breaker, false);
    w.clock.now += 60 * SEC;
    return w;
  };
  const admitted = (admissions: readonly Admission[]) => admissions.filter((one) => one.admitted);

  test("B4.3: of 50 environments that want to probe at once exactly one may", async () => {
    const w = await opened();
    const breakers = Array.from({ length: 50 }, (_, nth) => w.environment(`e${nth}`).get("payments"));
    const answers = await Promise.all(breakers.map(async (breaker) => breaker.admit()));
    expect(admitted(answers)).toHaveLength(1);
    for (const answer of answers) if (!answer.admitted) expect(answer.reason).toBe("probing");
  });

  test("B4.3: of 50 calls in one environment exactly one may probe", async () => {
    const w = await opened();
    const breaker = w.environment("a").get("payments");
    const answers = await Promise.all(Array.from({ length: 50 }, async () => breaker.admit()));
    expect(admitted(answers)).toHaveLength(1);
  });

  test("B4.3: three successes may come from successive leases of different callers", async () => {
    const w = await opened();
    for (const name of ["a", "b", "c"]) expect(await call(w.environment(name).get("payments"), true)).toBe("ok");
    expect((await w.circuits.load(key))?.circuit.status).toBe("closed");
  });

  test("B4.3: a probe whose caller died is taken over within its lease and T", async () => {
    const w = await opened();
    expect(await w.environment("dies").get("payments").admit()).toMatchObject({ admitted: true });
    const claimedAt = w.clock.now;
    const breaker = w.environment("b").get("payments");
    while ((await call(breaker, true)) === "refused") w.clock.now += 100;
    expect(w.clock.now - claimedAt).toBeGreaterThanOrEqual(30 * SEC);
    expect(w.clock.now - claimedAt).toBeLessThanOrEqual(35 * SEC);
  });

  test("B4.4: with clocks 2 s apart either way there are never two live probes", async () => {
    for (const skews of [
      [0, 0],
      [-2, 2],
      [2, -2],
      [2, 2],
      [-2, -2],
    ]) {
      const w = await opened();
      const environments = skews.map((skew, nth) => w.environment(`e${nth}`, {}, skew * SEC).get("payments"));
      // Each probe takes as long as a lease allows; its caller is then gone, and another one takes over.
      const live: number[] = [];
      let holder: number | undefined;
      for (let step = 0; step < 1_800; step += 1, w.clock.now += 100) {
        for (const [nth, breaker] of environments.entries()) {
          if (nth === holder || !(await breaker.admit()).admitted) continue;
          live.push(w.clock.now);
          holder = nth;
        }
      }
      for (const [nth, at] of live.entries()) expect(at - (live[nth - 1] ?? 0)).toBeGreaterThanOrEqual(30 * SEC);
      expect(live.length).toBeGreaterThanOrEqual(3);
    }
  });

  test("a lease that was written though the store did not answer in time is given back when its call has ended", async () => {
    const w = await opened();
    let mute = false;
    let giveUp = () => {};
    const a = w
      .environment("a", {
        circuits: {
          ...w.circuits,
          change: async (...args) => {
            const answer = await w.circuits.change(...args);
            if (!mute) return answer;
            giveUp();
            return new Promise(() => {});
          },
        },
        wait: () => {
          const { promise: done, resolve } = Promise.withResolvers<void>();
          giveUp = resolve;
          return { done, cancel: () => {} };
        },
      })
      .get("payments");
    mute = true;
    expect(await call(a, true)).toBe("ok");
    mute = false;
    w.clock.now += SEC;
    expect([await call(a, true), await call(a, true)]).toEqual(["ok", "ok"]);
    expect((await w.environment("b").get("payments").look()).status).toBe("closed");
  });

  test("a probe that tells nothing gives its lease back", async () => {
    const w = await opened();
    const [a, b] = [w.environment("a").get("payments"), w.environment("b").get("payments")];
    const probe = await a.admit();
    await a.done(probe, "ignored");
    expect(await b.admit()).toMatchObject({ admitted: true, probe: expect.any(String) });
  });

  test("a breaker without leases lets everybody through while half open", async () => {
    const w = await opened(policyOf({ rule: "consecutive", probes: "all", jitter: 0 }));
    const breakers = ["a", "b", "c"].map((name) => w.environment(name).get("payments"));
    const answers = await Promise.all(breakers.map(async (breaker) => breaker.admit()));
    expect(admitted(answers)).toHaveLength(3);
    for (const [nth, breaker] of breakers.entries()) await breaker.done(answers[nth] as Admission, "success");
    expect((await w.circuits.load(key))?.circuit.status).toBe("closed");
  });
});

describe("a shared breaker: the store is away (B4.7)", () => {
  for (const how of ["down", "silent"] as const) {
    test(`B4.7: last seen closed, it lets through and does not wait each time (${how})`, async () => {
      const w = world(consecutive);
      const environment = w.environment("a");
      const breaker = environment.get("payments");
      expect(await call(breaker, true)).toBe("ok");
      w.store = how;
      w.clock.now += 10 * SEC;
      const before = w.asked.load;
      for (let nth = 0; nth < 100; nth += 1) expect(await call(breaker, true)).toBe("ok");
      expect(w.asked.load - before).toBe(1);
      expect(breaker.state()).toMatchObject({ status: "closed", degraded: true });
      expect(environment.stats().degraded).toBeGreaterThan(0);
    });

    test(`B4.7: last seen open, it refuses until openUntil, then probes on its own, one call at a time (${how})`, async () => {
      const w = world(consecutive);
      const breaker = w.environment("a").get("payments");
      for (let nth = 0; nth < 5; nth += 1) await call(breaker, false);
      w.store = how;
      w.clock.now += 59 * SEC;
      expect(await call(breaker, true)).toBe("refused");
      w.clock.now += SEC;
      const answers = await Promise.all(Array.from({ length: 10 }, async () => breaker.admit()));
      const probes = answers.filter((answer) => answer.admitted);
      expect(probes).toHaveLength(1);
      await breaker.done(probes[0] as Admission, "success");
      for (let nth = 0; nth < 2; nth += 1) expect(await call(breaker, true)).toBe("ok");
      expect(breaker.state()).toMatchObject({ status: "closed", degraded: true });
    });

    test(`B4.7: a cold start without a store lets through, and its own failures still open it here (${how})`, async () => {
      const w = world(consecutive);
      w.store = how;
      const breaker = w.environment("a").get("payments");
      const seen: string[] = [];
      for (let nth = 0; nth < 6; nth += 1) seen.push(await call(breaker, false));
      expect(seen).toEqual([...Array.from({ length: 5 }, () => "failed"), "refused"]);
      expect(await w.records()).toEqual([]);
    });
  }

  test("when the store answers again, what it says counts", async () => {
    const w = world(consecutive);
    const [a, b] = [w.environment("a").get("payments"), w.environment("b").get("payments")];
    await call(a, true);
    w.store = "down";
    w.clock.now += 10 * SEC;
    for (let nth = 0; nth < 5; nth += 1) await call(a, false);
    expect(await call(a, true)).toBe("refused");
    w.store = "up";
    w.clock.now += 10 * SEC;
    expect(await call(b, true)).toBe("ok");
    w.clock.now += 60 * SEC;
    expect(await call(a, true)).toBe("ok");
    expect(a.state()).toMatchObject({ status: "closed", degraded: false });
  });

  test("a record that cannot be written does not hold up the call", async () => {
    const w = world(consecutive);
    const onTransition = () => Promise.reject(new Error("journal away"));
    const breaker = w.environment("a", { onTransition }).get("payments");
    for (let nth = 0; nth < 5; nth += 1) expect(await call(breaker, false)).toBe("failed");
    expect(await call(breaker, false)).toBe("refused");
  });
});

describe("a shared breaker: the journal", () => {
  test("every transition is one record that replays exactly", async () => {
    const w = world(policyOf("consecutive"));
    const breakers = ["a", "b", "c"].map((name) => w.environment(name).get("payments"));
    for (let round = 0; round < 40; round += 1) {
      for (const breaker of breakers) await call(breaker, round > 20);
      w.clock.now += 5 * SEC;
    }
    const records = await w.records();
    expect(new Set(records.map((record) => record.reason))).toEqual(
      new Set(["opened_consecutive", "probing", "reopened", "closed"]),
    );
    for (const record of records) {
      expect(record).toMatchObject({ noun: "traffic", subject: "circuit:payments", mode: "act" });
      expect(replay(record, circuitMachine)).toEqual({ same: true });
    }
  });

  test("a process that dies between changing and recording loses nothing: the next one to change it records both", async () => {
    const w = world(consecutive);
    const dead = w.environment("dies", { onTransition: () => {} }).get("payments");
    for (let nth = 0; nth < 5; nth += 1) await call(dead, false);
    expect(await w.records()).toEqual([]);
    w.clock.now += 60 * SEC;
    expect(await call(w.environment("b").get("payments"), false)).toBe("failed");
    const records = await w.records();
    expect(records.map((record) => [record.reason, record.trigger.type])).toEqual([
      ["opened_consecutive", "recovery"],
      ["probing", "api"],
      ["reopened", "api"],
    ]);
    for (const record of records) expect(replay(record, circuitMachine)).toEqual({ same: true });
    expect(records[0]).toMatchObject({ at: START, stateAfter: { circuit: { last: { by: "dies" } } } });
  });
});
