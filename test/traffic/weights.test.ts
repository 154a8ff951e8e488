import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { settingsOf } from "../../functions/traffic/service-traffic.ts";
import { askForVersions } from "../../functions/traffic/versions.ts";
import { askForWeights, weighService } from "../../functions/traffic/weights.ts";
import { MINUTE_MS } from "../../shared/core/kernel/time.ts";
import { trafficWeights } from "../../shared/core/traffic/weights/machine.ts";
import { MOST_PARTS, partsOf, sameShares, shareOf, sharesText } from "../../shared/core/traffic/weights/shares.ts";
import { REFUSED_FOR_MS } from "../../shared/core/traffic/weights/step.ts";
import type { WeightsConfig, WeightsInput, WeightsState } from "../../shared/core/traffic/weights/types.ts";
import { memoryWeights } from "../fakes/memory-weights.ts";
import { registryWorld, TENANT } from "./registry-kit.ts";

describe("shares as whole parts", () => {
  test.each<[string, Record<string, number>, Record<string, number> | undefined]>([
    ["whole ones stay as they are", { v1: 95, v2: 5 }, { v1: 95, v2: 5 }],
    ["fractions are as fine as a load balancer takes", { v1: 0.95, v2: 0.05 }, { v1: 999, v2: 53 }],
    ["too large ones are made smaller", { v1: 3000, v2: 1000 }, { v1: 999, v2: 333 }],
    ["a version without a share has none", { v1: 1 }, { v1: 1, v2: 0 }],
    ["very little is not nothing", { v1: 100, v2: 0.01 }, { v1: 999, v2: 1 }],
    ["nothing at all is no answer", { v1: 0, v2: 0 }, undefined],
    ["a version that has no group does not count", { v3: 1 }, undefined],
  ])("%s", (_, shares, parts) => {
    expect(partsOf(shares, ["v1", "v2"])).toEqual(parts);
  });

  test("parts are whole, 0..999, and as near to the shares as parts can be", () => {
    const share = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(share, share, (v1, v2) => {
        const parts = partsOf({ v1, v2 }, ["v1", "v2"]);
        // A property that returns false has failed, so nothing of expect may be returned from it.
        expect(parts === undefined).toBe(v1 + v2 === 0);
        if (!parts) return;
        for (const [name, given] of [
          ["v1", v1],
          ["v2", v2],
        ] as const) {
          const part = parts[name] as number;
          expect(Number.isInteger(part) && part >= 0 && part <= MOST_PARTS).toBe(true);
          expect(part > 0).toBe(given > 0);
          expect(Math.abs(shareOf(parts, name) - given / (v1 + v2))).toBeLessThanOrEqual(1.01 / MOST_PARTS);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("1 and 1 are the same as 50 and 50; a thousandth is another one; something is never nothing", () => {
    expect(sameShares({ v1: 1, v2: 1 }, { v1: 50, v2: 50 })).toBe(true);
    expect(sameShares({ v1: 1 }, { v1: 7, v2: 0 })).toBe(true);
    expect(sameShares({ v1: 500, v2: 499 }, { v1: 501, v2: 498 })).toBe(false);
    expect(sameShares({ v1: 999, v2: 0 }, { v1: 9999, v2: 1 })).toBe(false);
    expect(sameShares({}, { v1: 1 })).toBe(false);
    expect(sharesText({ v1: 95, v2: 5, v3: 0 })).toBe("v1 95 %, v2 5 %, v3 0 %");
  });
});

const T0 = 1_700_000_000_000;
const CONFIG: WeightsConfig = { service: "orders", versions: { v1: 95, v2: 5 }, targets: ["v1", "v2"] };
const EMPTY: WeightsState = { v: 1 };
const SET: WeightsState = { v: 1, set: { parts: { v1: 100, v2: 0 }, at: T0 } };
const seen = (v1: number, v2: number): WeightsInput => ({
  kind: "weights_look",
  observed: { weights: { v1, v2 }, others: 0 },
});

describe("weights are decided", () => {
  test.each<[string, WeightsConfig, WeightsState, WeightsInput, string]>([
    ["wanted and served differ, nobody was there", CONFIG, EMPTY, seen(100, 0), "weights_set"],
    ["what we set is served and something else is wanted now", CONFIG, SET, seen(1, 0), "weights_set"],
    ["served as wanted, for the first time", CONFIG, EMPTY, seen(19, 1), "weights_verified"],
    [
      "served as wanted, as before",
      CONFIG,
      { v: 1, set: { parts: { v1: 95, v2: 5 }, at: T0 } },
      seen(95, 5),
      "weights_in_force",
    ],
    ["another hand: neither ours nor wanted", CONFIG, SET, seen(50, 50), "held_other_hand"],
    ["nothing is wanted", { service: "orders", targets: ["v1"] }, EMPTY, seen(1, 0), "held_nothing_wanted"],
    ["a version has no target group", { ...CONFIG, targets: ["v1"] }, EMPTY, seen(1, 0), "held_no_group"],
    ["no version gets anything", { ...CONFIG, versions: { v1: 0 } }, EMPTY, seen(1, 0), "held_no_share"],
    ["it cannot be read", CONFIG, EMPTY, { kind: "weights_look", failure: "nobody answers" }, "held_unreadable"],
  ])("%s: %5$s", (_, config, state, input, reason) => {
    const result = trafficWeights.step(config, state, input, T0);
    expect(result.reason).toBe(reason);
    expect(result.actions.length).toBe(reason === "weights_set" ? 1 : 0);
  });

  test("an action is absolute, names what it is based on and has a key", () => {
    const { actions } = trafficWeights.step(CONFIG, EMPTY, seen(100, 0), T0);
    expect(actions).toEqual([
      { type: "set_weights", key: `set_weights:${T0}`, weights: { v1: 95, v2: 5 }, expected: { v1: 100, v2: 0 } },
    ]);
  });

  test("groups of others and sticky callers are told with the decision", () => {
    const observed = { weights: { v1: 100, v2: 0 }, others: 7, stickySeconds: 3600 };
    const { trace } = trafficWeights.step(CONFIG, EMPTY, { kind: "weights_look", observed }, T0);
    expect(trace.map(({ text }) => text)).toEqual([
      "wanted is v1 95 %, v2 5 %",
      "served is v1 100 %, v2 0 %",
      "target groups that nobody named to us get a part as well; they keep it",
      "callers stay where they are for 1 h, so shares move with new ones only",
      "from v1 100 %, v2 0 % to v1 95 %, v2 5 %",
    ]);
  });
});

const ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012";
const yaml = (versions: string) => `version: 1
services: { orders: { ecs: { cluster: data, service: orders } } }
traffic:
  orders:
    versions: { ${versions} }
    weights:
      alb:
        rule: ${ARN}:listener-rule/app/shop/1/2/3
        targetGroups: { v1: "${ARN}:targetgroup/orders-v1/1", v2: "${ARN}:targetgroup/orders-v2/1" }
`;

describe("weights of a service, from the configuration to the load balancer", () => {
  async function world(served = { v1: 100, v2: 0 }) {
    const memory = memoryWeights(served);
    const kit = await registryWorld(yaml("v1: 95, v2: 5"), () => ({ weights: memory.weights }));
    const look = async () => {
      kit.clock.advance(MINUTE_MS);
      const settings = await settingsOf(kit.runtime, TENANT, "orders");
      return weighService(kit.runtime, TENANT, settings, { type: "schedule" });
    };
    return { ...kit, memory, look };
  }

  test("a canary: set, verified, in force; another hand holds it; a new wish goes on; a release goes back", async () => {
    const { look, memory, runtime, apply, clock } = await world();
    expect((await look()).reason).toBe("weights_set");
    expect(memory.served()).toEqual({ v1: 95, v2: 5 });
    const quiet = await look();
    expect([quiet.reason, quiet.recorded]).toEqual(["weights_in_force", false]);

    memory.external({ v1: 50, v2: 50 });
    const held = await look();
    expect([held.reason, held.recorded]).toEqual(["held_other_hand", true]);
    expect(held.record?.trace.at(-1)?.text).toContain("another hand has set v1 50 %, v2 50 %");
    expect([(await look()).recorded, memory.sets()]).toEqual([false, 1]);

    await apply(yaml("v1: 90, v2: 10"));
    expect((await look()).reason).toBe("weights_set");
    expect(memory.served()).toEqual({ v1: 90, v2: 10 });

    const wish = { kind: "weights_want", shares: { v1: 0, v2: 1 }, by: "ana", why: "v1 leaks" } as const;
    expect((await askForWeights(runtime, TENANT, "orders", wish)).reason).toBe("weights_set");
    expect(memory.served()).toEqual({ v1: 0, v2: 1 });
    expect((await look()).reason).toBe("weights_in_force");
    clock.advance(1);
    const release = { kind: "weights_release", by: "ana", why: "mended" } as const;
    expect((await askForWeights(runtime, TENANT, "orders", release)).reason).toBe("weights_set");
    expect(memory.served()).toEqual({ v1: 90, v2: 10 });
  });

  test("somebody may take over from another hand", async () => {
    const { look, memory, runtime } = await world();
    await look();
    memory.external({ v1: 50, v2: 50 });
    await look();
    const wish = { kind: "weights_want", shares: { v1: 95, v2: 5 }, by: "ana", why: "mine" } as const;
    expect((await askForWeights(runtime, TENANT, "orders", wish)).reason).toBe("held_other_hand");
    const settings = await settingsOf(runtime, TENANT, "orders");
    const over = await askForVersions(runtime, TENANT, settings, { ...wish, takeOver: true });
    expect([over.reason, memory.served()]).toEqual(["weights_set", { v1: 95, v2: 5 }]);
  });

  test("another hand between the look and the change is not overruled", async () => {
    const { look, memory, runtime } = await world();
    const { read } = memory.weights;
    const raced = {
      ...memory.weights,
      read: async (target: Parameters<typeof read>[0]) => {
        const seen = await read(target);
        memory.external({ v1: 70, v2: 30 });
        return seen;
      },
    };
    const settings = await settingsOf(runtime, TENANT, "orders");
    const result = await weighService({ ...runtime, weights: raced }, TENANT, settings, { type: "schedule" });
    expect(result.results).toMatchObject([{ status: "superseded", detail: expect.stringContaining("v1 70 %") }]);
    expect([(await look()).reason, memory.served()]).toEqual(["held_other_hand", { v1: 70, v2: 30 }]);
  });

  test("what the load balancer refuses is not asked for each minute, and tried again after a quarter of an hour", async () => {
    const { look, memory, clock } = await world();
    memory.refuse("there is no such rule");
    expect((await look()).results).toMatchObject([{ status: "refused" }]);
    expect([(await look()).reason, (await look()).reason, memory.sets()]).toEqual(["held_refused", "held_refused", 1]);
    clock.advance(REFUSED_FOR_MS);
    memory.refuse(undefined);
    expect((await look()).reason).toBe("weights_set");
    expect(memory.served()).toEqual({ v1: 95, v2: 5 });
  });

  test("a load balancer that does not answer leaves everything as it is", async () => {
    const { look, memory } = await world();
    memory.breakDown();
    const held = await look();
    expect([held.reason, held.recorded, held.record?.trace.at(-1)?.text]).toEqual([
      "held_unreadable",
      false,
      "what is served could not be read: nobody answers",
    ]);
    memory.breakDown(false);
    expect((await look()).reason).toBe("weights_set");
  });

  test("a change that broke off is finished by the next look, once", async () => {
    const { runtime, memory, look, clock } = await world();
    const settings = await settingsOf(runtime, TENANT, "orders");
    const lost = { ...memory.weights, set: async () => Promise.reject(new Error("the process died")) };
    await weighService({ ...runtime, weights: lost }, TENANT, settings, { type: "schedule" });
    clock.advance(10 * MINUTE_MS);
    const next = await look();
    expect([next.recovered, memory.served(), memory.sets()]).toEqual([true, { v1: 95, v2: 5 }, 1]);
    expect((await look()).reason).toBe("weights_in_force");
  });

  test("a service without a load balancer, and one nobody knows, are errors", async () => {
    const { runtime, apply } = await world();
    const ask = { kind: "weights_release", by: "ana", why: "x" } as const;
    await expect(askForWeights(runtime, TENANT, "lost", ask)).rejects.toMatchObject({ code: "service.unknown" });
    await apply("version: 1\nservices: { orders: { ecs: { cluster: data, service: orders } } }\n");
    await expect(askForWeights(runtime, TENANT, "orders", ask)).rejects.toMatchObject({ code: "weights.unavailable" });
  });
});
