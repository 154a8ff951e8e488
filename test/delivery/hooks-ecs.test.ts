import { describe, expect, it } from "vitest";
import { type EcsHookParts, ecsHook } from "../../functions/delivery/hooks-ecs.ts";
import { isEcsRollback, parseEcsEvent } from "../../shared/core/delivery/hooks/ecs-event.ts";
import { ecsHookMachine } from "../../shared/core/delivery/hooks/ecs-hook.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import { world } from "../api/kit.ts";
import { countsBy, DELIVERY, steady, TICK } from "./hooks-kit.ts";

const BASE = "arn:aws:ecs:eu-central-1:111122223333";
const GREEN = `${BASE}:service-revision/data/orders-green/22`;
const BLUE = `${BASE}:service-revision/data/orders-green/11`;

const event = (lifecycleStage: string, production: Record<string, number> = {}, more: object = {}) => ({
  executionId: "e-1",
  lifecycleStage,
  resourceArn: `${BASE}:service-deployment/data/orders-green/dep1`,
  executionDetails: {
    serviceArn: `${BASE}:service/data/orders-green`,
    targetServiceRevisionArn: GREEN,
    testTrafficWeights: {},
    productionTrafficWeights: production,
  },
  ...more,
});

const parts: EcsHookParts = {
  pair: async () => ({ canary: "green", baseline: "blue" }),
  smoke: async () => ({ status: "waiting", detail: "smoke answered 503" }),
};

/** The hook is called again and again with what it answered, as ECS does, until it has decided. */
async function until(
  w: Awaited<ReturnType<typeof world>>,
  first: ReturnType<typeof event>,
  most = 100,
): Promise<{ readonly status: string; readonly calls: number; readonly bytes: number }> {
  let given: object = first;
  let bytes = 0;
  for (let calls = 1; calls <= most; calls += 1) {
    const answer = await ecsHook({ ...w.runtime }, "default", given, parts);
    if (answer.hookStatus !== "IN_PROGRESS") return { status: answer.hookStatus, calls, bytes };
    bytes = Math.max(bytes, JSON.stringify(answer.hookDetails).length);
    given = { ...first, hookDetails: JSON.parse(JSON.stringify(answer.hookDetails)) };
    w.clock.advance((answer.callBackDelay ?? 30) * 1000);
  }
  return { status: "IN_PROGRESS", calls: most, bytes };
}

async function deployedWorld(errors: { readonly blue: number; readonly green: number }, shiftAfter = 0) {
  const w = await world({ config: DELIVERY });
  w.clock.advance(4 * 3_600_000);
  const began = Math.ceil(w.clock.now() / TICK) * TICK + shiftAfter;
  Object.assign(w.runtime, {
    counts: () =>
      countsBy((version, at) =>
        version === "green"
          ? at >= began
            ? steady(at, errors.green)
            : undefined
          : at < began
            ? steady(at, errors.blue)
            : { requests: 0, errors: 0, slow: 0 },
      ),
  });
  return w;
}

describe("a lifecycle hook of Amazon ECS", () => {
  it.each([
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
  ])("is let through at %s where nothing is asked for", async (stage) => {
    const w = await world({ config: DELIVERY });
    expect(await ecsHook(w.runtime, "default", event(stage), parts)).toEqual({
      hookStatus: "SUCCEEDED",
    });
  });

  it("fails a bad version within minutes after the shift, compared with the past of the old one, and its state fits hookDetails", async () => {
    const w = await deployedWorld({ blue: 10, green: 40 });
    const ended = await until(w, event("POST_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 100, [BLUE]: 0 }));
    expect(ended.status).toBe("FAILED");
    expect(ended.calls).toBeLessThan(6);
    expect(ended.bytes).toBeGreaterThan(100);
    expect(ended.bytes).toBeLessThan(8192);
  });

  it("lets a good version through when it has been judged for its time", async () => {
    const w = await deployedWorld({ blue: 10, green: 10 });
    const ended = await until(w, event("POST_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 100, [BLUE]: 0 }));
    expect(ended.status).toBe("SUCCEEDED");
    expect(ended.calls).toBeGreaterThan(19);
    expect(ended.bytes).toBeLessThan(8192);
  });

  it("never takes no data for a pass", async () => {
    const w = await deployedWorld({ blue: 10, green: 10 }, 86_400_000);
    const ended = await until(w, event("POST_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 100, [BLUE]: 0 }));
    expect(ended.status).toBe("FAILED");
  });

  it("judges what has been served before each further step of a canary", async () => {
    for (const [green, status] of [
      [10, "SUCCEEDED"],
      [60, "FAILED"],
    ] as const) {
      const w = await world({ config: DELIVERY });
      w.clock.advance(4 * 3_600_000);
      const shifted = w.clock.now() - 5 * 60_000;
      Object.assign(w.runtime, {
        counts: () =>
          countsBy((version, at) =>
            version === "blue" ? steady(at, 10) : at >= shifted ? steady(at, green) : undefined,
          ),
      });
      const step = event("PRE_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 10, [BLUE]: 90 });
      expect((await ecsHook(w.runtime, "default", step, parts)).hookStatus).toBe(status);
    }
  });

  it("recognises a rollback by the weights at the shift, and the same weights before it as the beginning", () => {
    const back = { [GREEN]: 0, [BLUE]: 100 };
    expect(isEcsRollback(parseEcsEvent(event("PRODUCTION_TRAFFIC_SHIFT", back)))).toBe(true);
    expect(isEcsRollback(parseEcsEvent(event("PRE_PRODUCTION_TRAFFIC_SHIFT", back)))).toBe(false);
    expect(isEcsRollback(parseEcsEvent(event("PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 5, [BLUE]: 95 })))).toBe(false);
    expect(isEcsRollback(parseEcsEvent(event("PRODUCTION_TRAFFIC_SHIFT")))).toBe(false);
  });

  it("never fails a rollback, whatever is counted, and says that it saw one", async () => {
    const w = await deployedWorld({ blue: 10, green: 500 });
    const answer = await ecsHook(
      w.runtime,
      "default",
      event("PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 0, [BLUE]: 100 }),
      parts,
    );
    expect(answer).toEqual({ hookStatus: "SUCCEEDED" });
    const { items } = await w.journal.list({ tenant: "default", noun: "delivery" });
    expect(items[0]?.reason).toBe("rollback_seen");
  });

  it("asks the smoke test until it answers, and gives up when its time is over", async () => {
    const w = await world({
      config: DELIVERY.replace("strategy: canary", "hooks: { smoke: 'https://smoke.example/run' }"),
    });
    const ended = await until(w, event("POST_SCALE_UP"));
    expect(ended).toMatchObject({ status: "FAILED" });
    expect(ended.calls).toBeGreaterThan(9);
  });

  it("waits for a person where one has to approve, and goes on when the gate was opened", async () => {
    const w = await world({ config: DELIVERY.replace("strategy: canary", "approval: true") });
    const asked = event("PRE_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 0, [BLUE]: 100 });
    expect((await ecsHook(w.runtime, "default", asked, parts)).hookStatus).toBe("IN_PROGRESS");
    const { setDoor } = await import("../../functions/delivery/gate-run.ts");
    const { deliverySettings } = await import("../../functions/delivery/settings.ts");
    const settings = await deliverySettings(w.runtime, "default", "orders");
    await setDoor(
      w.runtime,
      "default",
      settings,
      { system: "ecs", id: "dep1" },
      { door: "gate", status: "open", by: "kim" },
    );
    expect(await ecsHook(w.runtime, "default", asked, parts)).toEqual({ hookStatus: "SUCCEEDED" });
  });

  it("ignores what another stage or deployment has left in hookDetails", async () => {
    const w = await deployedWorld({ blue: 10, green: 10 });
    const foreign = { headgate: { v: 1, stage: "POST_SCALE_UP", deployment: "other", firstAt: 0 } };
    const answer = await ecsHook(
      w.runtime,
      "default",
      event("POST_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 100 }, { hookDetails: foreign }),
      parts,
    );
    expect(answer.hookDetails?.headgate.stage).toBe("POST_PRODUCTION_TRAFFIC_SHIFT");
    expect(answer.hookDetails?.headgate.firstAt).toBe(w.clock.now());
  });

  it("throws, which rolls back, for a service nobody configured and for what is no event", async () => {
    const w = await world({ config: "version: 1\n" });
    await expect(ecsHook(w.runtime, "default", event("PRE_SCALE_UP"), parts)).rejects.toThrow(/no service/);
    for (const bad of [undefined, 1, "x", {}, { lifecycleStage: "SOMEDAY" }, { lifecycleStage: "PRE_SCALE_UP" }])
      expect(() => parseEcsEvent(bad)).toThrow(HeadgateError);
  });

  it("can be replayed from its record, bit for bit", async () => {
    const w = await deployedWorld({ blue: 10, green: 40 });
    await ecsHook(w.runtime, "default", event("POST_PRODUCTION_TRAFFIC_SHIFT", { [GREEN]: 100 }), parts);
    const { items } = await w.journal.list({ tenant: "default", noun: "delivery" });
    const [record] = items;
    expect(record && replay(record, ecsHookMachine)).toEqual({ same: true });
  });
});
