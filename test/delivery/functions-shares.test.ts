import { describe, expect, it } from "vitest";
import { deliverySettings } from "../../functions/delivery/settings.ts";
import { readShares, releaseShares, setShares } from "../../functions/delivery/shares.ts";
import { sourceName } from "../../functions/delivery/source-name.ts";
import { world } from "../api/kit.ts";
import { memoryWeights } from "../fakes/memory-weights.ts";

const ALB = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
traffic:
  orders:
    weights:
      alb:
        rule: "arn:rule"
        targetGroups: { blue: "arn:blue", green: "arn:green" }
delivery:
  orders:
    every: 60s
    counts: cloudwatch
    ecs: { cluster: data, slots: { blue: a, green: b }, targetGroups: { blue: "arn:blue", green: "arn:green" } }
`;
const VERSIONS = [
  { version: "v1", slot: "blue" },
  { version: "v2", slot: "green" },
];
const SAID = { by: "rollout rol_1", why: "step" };

async function balanced(text = ALB) {
  const w = await world({ config: text });
  const weights = memoryWeights({ blue: 1, green: 0 });
  Object.assign(w.runtime, { weights: weights.weights });
  return { w, weights, settings: await deliverySettings(w.runtime, "default", "orders") };
}

describe("shares of versions that run in slots behind a load balancer", () => {
  it("are set and read back under the names of the slots, and told by version", async () => {
    const { w, weights, settings } = await balanced();
    expect(await readShares(w.runtime, settings, VERSIONS)).toEqual({ divides: true, shares: { v1: 100, v2: 0 } });
    const set = await setShares(w.runtime, "default", settings, VERSIONS, { v1: 95, v2: 5 }, SAID);
    expect(set).toEqual({ done: true, detail: "shares are v1 95 %, v2 5 %" });
    expect(weights.served()["green"]).toBeGreaterThan(0);
    const { shares } = await readShares(w.runtime, settings, VERSIONS);
    expect(shares?.["v2"]).toBeCloseTo(5, 1);
    expect([sourceName(settings, VERSIONS, "v1"), sourceName(settings, VERSIONS, "v2")]).toEqual(["blue", "green"]);
    const again = await setShares(w.runtime, "default", settings, VERSIONS, { v1: 95, v2: 5 }, SAID);
    expect([again.done, weights.sets()]).toEqual([true, 1]);
  });

  it("are the rollout's own while it is under way: another hand's are taken over", async () => {
    const { w, weights, settings } = await balanced();
    await setShares(w.runtime, "default", settings, VERSIONS, { v1: 95, v2: 5 }, SAID);
    weights.external({ blue: 0, green: 1 });
    const back = await setShares(w.runtime, "default", settings, VERSIONS, { v1: 100, v2: 0 }, SAID);
    expect(back.done).toBe(true);
    expect((await readShares(w.runtime, settings, VERSIONS)).shares).toEqual({ v1: 100, v2: 0 });
  });

  it("that cannot be read or set are told, and taken for nothing", async () => {
    const { w, weights, settings } = await balanced();
    weights.breakDown();
    const read = await readShares(w.runtime, settings, VERSIONS);
    expect(read).toEqual({ divides: true, failure: expect.stringContaining("nobody answers") });
    weights.breakDown(false);
    weights.refuse("not allowed");
    const set = await setShares(w.runtime, "default", settings, VERSIONS, { v1: 95, v2: 5 }, SAID);
    expect(set).toEqual({ done: false, detail: expect.stringContaining("not allowed") });
  });

  it("are not given back to a configuration that would send requests to a version that is gone", async () => {
    const configured = ALB.replace("    weights:", "    versions: { blue: 100 }\n    weights:");
    const { w, settings } = await balanced(configured);
    const left = [{ version: "v2", slot: "green" }];
    await setShares(w.runtime, "default", settings, left, { v2: 100 }, SAID);
    expect(await releaseShares(w.runtime, "default", settings, left, "v2", SAID)).toBeUndefined();
    expect((await readShares(w.runtime, settings, left)).shares).toMatchObject({ v2: 100 });
    const free = await balanced();
    await setShares(free.w.runtime, "default", free.settings, left, { v2: 100 }, SAID);
    const released = await releaseShares(free.w.runtime, "default", free.settings, left, "v2", SAID);
    expect(released?.done).toBe(true);
    // Nobody wants anything else: the load balancer keeps what was set last.
    expect((await readShares(free.w.runtime, free.settings, left)).shares).toMatchObject({ v2: 100 });
  });
});

describe("shares of versions that nobody divides", () => {
  it("are not there: without a gateway, and where ECS replaces the tasks of its one service itself", async () => {
    const w = await world();
    const settings = await deliverySettings(w.runtime, "default", "orders");
    expect(await readShares(w.runtime, settings, VERSIONS)).toEqual({ divides: false });
    Object.assign(w.runtime, { traffic: () => ({ backends: [] }) });
    expect(await readShares(w.runtime, settings, VERSIONS)).toEqual({ divides: false });
  });

  it("are not known of a gateway that weighs nothing: what happens to run there is no share that anybody was given", async () => {
    const w = await world({ config: "version: 1\nservices: { orders: { run: { command: [x] } } }\n" });
    const settings = await deliverySettings(w.runtime, "default", "orders");
    const backends = [{ version: "v1", weight: 1, usable: true }];
    Object.assign(w.runtime, { traffic: () => ({ backends }) });
    expect(await readShares(w.runtime, settings, VERSIONS)).toEqual({ divides: true });
    Object.assign(w.runtime, {
      traffic: () => ({ backends, versions: { v1: { weight: 3, recent: 9 }, v2: { weight: 1 } } }),
    });
    expect(await readShares(w.runtime, settings, VERSIONS)).toEqual({ divides: true, shares: { v1: 75, v2: 25 } });
  });
});
