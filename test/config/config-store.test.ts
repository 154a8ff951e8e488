import { describe, expect, test } from "vitest";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Store } from "../../shared/core/ports/store.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig, currentConfig, planConfig, recentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";

const parse = (max: number) => {
  const text = `version: 1\nservices: { orders: { ecs: { cluster: c, service: s } } }\nautoscaling: { orders: { max: ${max} } } # why\n`;
  const parsed = parseConfig(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return { config: parsed.config, version: parsed.version, text };
};

const world = (store: Store = memoryStore(() => 1_000)) => {
  const objects = memoryObjects({ now: () => 1_000 });
  return { now: () => 1_000, store, objects } as unknown as Runtime;
};

describe("the configuration that was in force a second ago", () => {
  const clocked = () => {
    const clock = { now: 1_000, loads: 0 };
    const kept = memoryStore(() => clock.now);
    const load: Store["load"] = (key) => {
      clock.loads += 1;
      return kept.load(key);
    };
    const now = () => clock.now;
    const process = (objects = memoryObjects({ now })) =>
      ({ now, speed: 1, store: { ...kept, load }, objects }) as unknown as Runtime;
    return { clock, process };
  };

  test("is read once a second, and anew as soon as this process puts another one in force", async () => {
    const { clock, process } = clocked();
    const runtime = process();
    expect(await recentConfig(runtime, "default")).toBeUndefined();
    await applyConfig(runtime, "default", parse(8), { by: "ana" });
    clock.loads = 0;
    for (let times = 0; times < 5; times += 1)
      expect((await recentConfig(runtime, "default"))?.version).toBe(parse(8).version);
    expect(clock.loads).toBe(1);
    await applyConfig(runtime, "default", parse(9), { by: "ana" });
    expect((await recentConfig(runtime, "default"))?.version).toBe(parse(9).version);
  });

  test("of another process is seen a second later, and none is nothing to be kept", async () => {
    const { clock, process } = clocked();
    const one = process();
    const other = { ...process(), objects: { ...one.objects } };
    expect(await recentConfig(other, "default")).toBeUndefined();
    await applyConfig(one, "default", parse(8), { by: "ana" });
    expect((await recentConfig(other, "default"))?.version).toBe(parse(8).version);
    await applyConfig(one, "default", parse(9), { by: "ana" });
    clock.now += 1_000;
    expect((await recentConfig(other, "default"))?.version).toBe(parse(9).version);
  });
});

describe("the configuration in force", () => {
  test("is nothing before the first apply", async () => {
    expect(await currentConfig(world(), "default")).toBeUndefined();
  });

  test("comes back whole, with the text as it was given, who applied it and when", async () => {
    const runtime = world();
    const next = parse(8);
    expect(await applyConfig(runtime, "default", next, { by: "ana" })).toEqual({
      version: next.version,
      unchanged: false,
    });
    expect(await currentConfig(runtime, "default")).toEqual({ ...next, appliedAt: 1_000, by: "ana" });
  });

  test("belongs to one tenant", async () => {
    const runtime = world();
    await applyConfig(runtime, "a", parse(8), { by: "ana" });
    expect(await currentConfig(runtime, "b")).toBeUndefined();
  });

  test("applying the same behaviour again changes nothing; going back to an older file works", async () => {
    const runtime = world();
    await applyConfig(runtime, "default", parse(8), { by: "ana" });
    expect((await applyConfig(runtime, "default", parse(8), { by: "ben" })).unchanged).toBe(true);
    await applyConfig(runtime, "default", parse(9), { by: "ben" });
    const back = await applyConfig(runtime, "default", parse(8), { by: "cem" });
    expect(back).toEqual({ version: parse(8).version, previous: parse(9).version, unchanged: false });
    expect((await currentConfig(runtime, "default"))?.by).toBe("cem");
  });

  test("a plan names each path with the old and the new value, and nothing else", async () => {
    const runtime = world();
    await applyConfig(runtime, "default", parse(8), { by: "ana" });
    expect(await planConfig(runtime, "default", parse(9).config)).toEqual([
      { path: "autoscaling.orders.max", from: 8, to: 9 },
    ]);
    expect(await planConfig(runtime, "default", parse(8).config)).toEqual([]);
  });

  test("an apply against an outdated plan is refused and what was in force stays", async () => {
    const runtime = world();
    const first = parse(8);
    await applyConfig(runtime, "default", first, { by: "ana" });
    await applyConfig(runtime, "default", parse(9), { by: "ben" });
    await expect(
      applyConfig(runtime, "default", parse(10), { by: "ana", expected: first.version }),
    ).rejects.toMatchObject({ code: "config.conflict" });
    expect((await currentConfig(runtime, "default"))?.version).toBe(parse(9).version);
  });

  test("of several applies at the same moment one wins and the others are told", async () => {
    const runtime = world();
    const results = await Promise.allSettled(
      [8, 9, 10, 11].map((max) => applyConfig(runtime, "default", parse(max), { by: "x" })),
    );
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "config.conflict" });
  });

  test("a store that dies after the body was written leaves the old configuration in force, and the same apply works later", async () => {
    const inner = memoryStore(() => 1_000);
    let broken = false;
    const store: Store = {
      ...inner,
      write: (...args) =>
        broken
          ? Promise.reject(new HeadgateError("store.unavailable", "down", { retryable: true }))
          : inner.write(...args),
    };
    const runtime = world(store);
    await applyConfig(runtime, "default", parse(8), { by: "ana" });
    broken = true;
    await expect(applyConfig(runtime, "default", parse(9), { by: "ana" })).rejects.toMatchObject({
      code: "store.unavailable",
    });
    expect((await currentConfig(runtime, "default"))?.version).toBe(parse(8).version);
    broken = false;
    expect((await applyConfig(runtime, "default", parse(9), { by: "ana" })).unchanged).toBe(false);
  });
});
