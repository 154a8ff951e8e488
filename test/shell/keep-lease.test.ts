import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { run } from "../../shared/shell/run.ts";
import { leaseMs, renewMs } from "../../shared/shell/run-limits.ts";
import { stage } from "./stage.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A run that keeps its lease, in the midst of its action. `go` lets time pass for machine and clock alike; `end` ends the action. */
async function working() {
  const on = stage();
  on.seen.wanted = 4;
  const action = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  on.before.set("perform", () => {
    begun.resolve();
    return action.promise;
  });
  const done = run(on.runtime, { ...on.request, keeps: true });
  await begun.promise;
  const claims = () => on.calls.filter((call) => call === "claim").length;
  const go = async (ms: number): Promise<void> => {
    on.clock.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  return { on, done, go, claims, end: () => action.resolve(), fail: (error: Error) => action.reject(error) };
}

describe("a lease that is kept", () => {
  test("is renewed for as long as an action runs, so that nobody takes a slow worker for a dead one", async () => {
    const { on, done, go, claims, end } = await working();
    for (let turns = 0; turns < 10; turns += 1) {
      await go(renewMs);
      expect((await on.item())?.leaseUntil).toBe(on.clock.now + leaseMs(on.runtime));
    }
    expect(10 * renewMs, "longer than a lease").toBeGreaterThan(leaseMs(on.runtime));
    const other = await run(on.runtime, { ...on.request, keeps: true });
    expect(other.status).toBe("busy");
    expect(on.performed).toHaveLength(1);
    end();
    expect(await done).toMatchObject({ status: "decided", results: [{ status: "done" }] });
    expect(claims()).toBe(11);
    expect(await on.item()).not.toHaveProperty("leaseUntil");
  });

  test("is written no more when the action is over, however it ended: no timer is left", async () => {
    for (const fails of [false, true]) {
      const { done, go, claims, end, fail } = await working();
      expect(vi.getTimerCount()).toBe(1);
      await go(renewMs);
      if (fails) fail(new Error("it broke"));
      else end();
      await done.catch(() => undefined);
      expect(vi.getTimerCount()).toBe(0);
      const before = claims();
      await go(10 * renewMs);
      expect(claims()).toBe(before);
    }
  });

  test("that somebody else has taken is left to them: one write finds it lost, and no other follows", async () => {
    const { on, done, go, claims, end } = await working();
    await go(renewMs);
    const item = await on.item();
    if (!item) throw new Error("no item");
    const { key, version, state, pending } = item;
    const theirs = on.clock.now + 60_000;
    await on.store.write(key, version, { state, ...(pending ? { pending } : {}), leaseUntil: theirs });
    const before = claims();
    await go(5 * renewMs);
    expect(claims()).toBe(before + 1);
    expect(await on.item()).toMatchObject({ leaseUntil: theirs, version: version + 1 });
    end();
    await done.catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
    expect(await on.item(), "what they have is not settled over").toMatchObject({ leaseUntil: theirs });
  });

  test("survives a store that fails in passing: the next write prolongs it", async () => {
    const { on, done, go, end } = await working();
    let failing = true;
    on.before.set("claim", () => {
      if (failing) throw new HeadgateError("store.unavailable", "no answer", { retryable: true });
    });
    const was = (await on.item())?.leaseUntil;
    await go(renewMs);
    expect((await on.item())?.leaseUntil).toBe(was);
    failing = false;
    await go(renewMs);
    expect((await on.item())?.leaseUntil).toBe(on.clock.now + leaseMs(on.runtime));
    end();
    expect((await done).status).toBe("decided");
  });
});
