import { describe, expect, it } from "vitest";
import { reconcileAlarms } from "../../functions/config/alarms.ts";
import type { Alarms } from "../../shared/core/ports/alarms.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type World, world } from "../api/kit.ts";

const configOf = (...regions: readonly string[]) => {
  const services = regions.map(
    (region, index) => `  s${index}: { ecs: { cluster: c, service: s, region: ${region} } }`,
  );
  const scaled = regions.map((_, index) => `  s${index}: {}`);
  const section = (name: string, lines: readonly string[]) =>
    lines.length === 0 ? [`${name}: {}`] : [`${name}:`, ...lines];
  const parsed = parseConfig(
    ["version: 1", ...section("services", services), ...section("autoscaling", scaled)].join("\n"),
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.config;
};

/** What `reconcile` was told to look at besides the wanted alarms' regions, call by call. */
function watched(w: World, reconcile?: Alarms["reconcile"]) {
  const regions: (readonly string[])[] = [];
  const alarms: Alarms = {
    plan: () => expect.unreachable(),
    reconcile: async (tenant, wanted, also) => {
      regions.push(also ?? []);
      return (await reconcile?.(tenant, wanted, also)) ?? { created: [], updated: [], removed: [], unchanged: 0 };
    },
  };
  const runtime: Runtime = { ...w.runtime, alarms };
  return { regions, apply: (...given: readonly string[]) => reconcileAlarms(runtime, "default", configOf(...given)) };
}

describe("regions with alarms", () => {
  it("are looked at once more after their last service has left, and then no more", async () => {
    const { regions, apply } = watched(await world());
    await apply("us-west-2", "eu-west-1");
    await apply("eu-west-1");
    await apply("eu-west-1");
    await apply();
    await apply();
    expect(regions).toEqual([["eu-west-1", "us-west-2"], ["eu-west-1", "us-west-2"], ["eu-west-1"], ["eu-west-1"], []]);
  });

  it("stay known when the alarms could not be changed, until they can", async () => {
    const w = await world();
    let broken = false;
    const { regions, apply } = watched(w, async () => {
      if (broken) throw new Error("no answer");
      return { created: [], updated: [], removed: [], unchanged: 0 };
    });
    await apply("us-west-2");
    broken = true;
    await expect(apply()).rejects.toThrow("no answer");
    broken = false;
    await apply();
    await apply();
    expect(regions).toEqual([["us-west-2"], ["us-west-2"], ["us-west-2"], []]);
  });

  it("stay known while they cannot be reached", async () => {
    const { regions, apply } = watched(await world(), async () => ({
      created: [],
      updated: [],
      removed: [],
      unchanged: 0,
      skipped: [{ name: "alarms in us-west-2", why: "no answer" }],
    }));
    await apply("us-west-2");
    await apply();
    await apply();
    expect(regions).toEqual([["us-west-2"], ["us-west-2"], ["us-west-2"]]);
  });

  it("are each tenant's own", async () => {
    const w = await world();
    const { apply } = watched(w);
    await apply("us-west-2");
    expect(await w.store.load({ tenant: "other", noun: "config", subject: "alarm-regions" })).toBeUndefined();
  });
});
