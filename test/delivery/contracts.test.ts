import { afterEach, describe, expect, it } from "vitest";
import { type CodeDeployParts, codeDeployHook, wakeCodeDeploy } from "../../functions/delivery/hooks-codedeploy.ts";
import { type EcsHookParts, ecsHook } from "../../functions/delivery/hooks-ecs.ts";
import type { DeploymentLook } from "../../shared/edge/codedeploy-deployment.ts";
import type { Answer } from "../api/kit.ts";
import { analysisRun, flagger, type Loopback, loopback } from "./contracts-kit.ts";
import { DELIVERY, TICK } from "./hooks-kit.ts";

const open: Loopback[] = [];
async function start(config?: string): Promise<Loopback> {
  const w = await loopback(config);
  open.push(w);
  return w;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((w) => w.close()));
});

const APPROVAL = DELIVERY.replace("strategy: canary", "approval: true");
const GOOD = () => 10;
const BAD = () => 50;

describe("a whole canary of Flagger", () => {
  it("goes from the first confirmation to the promotion, and its first traffic does not wait for counts of it", async () => {
    const w = await start();
    const { phase, weights, called } = await flagger(w, { checksum: "a", errors: GOOD });
    expect(phase).toBe("Succeeded");
    expect(weights).toEqual([0, 10, 20, 30, 40, 50]);
    expect(called("event").every(({ status }) => status === 200)).toBe(true);
    expect(called("rollback").every(({ status }) => status === 403)).toBe(true);
    expect(called("post-rollout")).toMatchObject([{ status: 200 }]);
  });

  it("waits at both gates until somebody opens them", async () => {
    const w = await start(APPROVAL);
    const { phase, called } = await flagger(w, { checksum: "a", errors: GOOD, opensAt: 5 });
    expect(called("confirm-rollout").map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 200]);
    expect(called("gate/open")).toMatchObject([{ status: 202 }]);
    expect(phase).toBe("Succeeded");
  });

  it("rolls a bad release back at its first share, with a reason", async () => {
    const w = await start();
    const { phase, weights, called } = await flagger(w, { checksum: "a", errors: BAD });
    expect(phase).toBe("Failed");
    expect(Math.max(...weights)).toBeLessThanOrEqual(30);
    expect(called("rollback").at(-1)).toMatchObject({ status: 200, text: expect.stringContaining("error") });
    expect(called("confirm-promotion")).toEqual([]);
  });

  it("does not blame the mended release for the failed one before it, which had the same name", async () => {
    const w = await start();
    expect((await flagger(w, { checksum: "a", errors: BAD })).phase).toBe("Failed");
    w.minutes(3);
    const second = await flagger(w, { checksum: "b", errors: GOOD });
    expect(second).toMatchObject({ phase: "Succeeded", weights: [0, 10, 20, 30, 40, 50] });
    w.minutes(3);
    expect((await flagger(w, { checksum: "c", errors: BAD })).phase).toBe("Failed");
  });

  it("sees a release turn bad that was let through long ago, while it still waits for its promotion", async () => {
    const w = await start(APPROVAL);
    await fetch(`${w.url}/hooks/flagger/gate/open`, {
      method: "POST",
      body: JSON.stringify({ name: "orders", namespace: "shop" }),
    });
    let closed = false;
    const { phase, weights } = await flagger(w, {
      checksum: "a",
      errors: (weight, minute) => {
        if (weight === 30 && !closed) {
          closed = true;
          void w.post("/hooks/flagger/gate/close", { name: "orders", namespace: "shop" });
        }
        return minute < 25 ? 10 : 50;
      },
    });
    expect({ phase, weights }).toEqual({ phase: "Failed", weights: [0, 10, 20, 30] });
  });

  it("lets traffic grow once on nothing, and rolls back what nothing is ever counted of", async () => {
    const w = await start();
    const { phase, weights } = await flagger(w, { checksum: "a", errors: GOOD, noTraffic: true });
    expect({ phase, weights }).toEqual({ phase: "Failed", weights: [0, 10] });
  });
});

describe("an AnalysisRun of Argo Rollouts", () => {
  const query = "?run=5f6d&canary=orders&stable=orders-primary";
  const body = { run: "5f6d", canary: "orders", stable: "orders-primary" };
  const sent = (method: string) => ({
    path: "/hooks/argo/orders",
    init: { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
  });

  it.each([
    ["GET", () => ({ path: `/hooks/argo/orders${query}` })],
    ["POST", () => sent("POST")],
    ["PUT", () => sent("PUT")],
    [
      "POST with a text for a body",
      () => ({ path: `/hooks/argo/orders${query}`, init: { method: "POST", body: "x" } }),
    ],
  ] as const)("of 20 measurements by %s succeeds for a good release and fails a bad one", async (_, request) => {
    const good = await start();
    good.serve(20, 10);
    const passed = await analysisRun(good, request);
    expect(passed).toMatchObject({ phase: "Successful", measured: { length: 20 } });
    expect(passed.measured.at(-1)).toMatchObject({ phase: "Successful", value: { ok: true, score: 100 } });
    const bad = await start();
    bad.serve(20, 50);
    const { phase, measured } = await analysisRun(bad, request);
    expect(phase).toBe("Failed");
    expect(measured.length).toBeLessThan(8);
  });

  it("goes on after a pass, as a background analysis does, and fails what turns bad then", async () => {
    const w = await start();
    w.serve(20, 10);
    const request = () => ({ path: `/hooks/argo/orders${query}` });
    expect((await analysisRun(w, request, undefined, 30)).phase).toBe("Successful");
    const { phase, measured } = await analysisRun(w, request, (index) => index === 0 && w.serve(20, 50), 20);
    expect(phase).toBe("Failed");
    expect(measured.length).toBeLessThan(10);
  });

  it("is an error, never an answer, where the service is not known", async () => {
    const w = await start();
    const { phase, measured } = await analysisRun(w, () => ({ path: `/hooks/argo/nobody${query}` }));
    expect({ phase, length: measured.length }).toEqual({ phase: "Error", length: 5 });
  });
});

describe("Argo's calls of Kayenta", () => {
  const iso = (at: number) => new Date(at).toISOString().replace(".000Z", "Z");

  /** The three calls as Argo makes them; the answer is its phase. */
  async function measurement(w: Loopback, from: number, to: number, shift: () => void = () => {}) {
    const configs = (await (
      await fetch(`${w.url}/kayenta/canaryConfig?application=guestbook&configurationAccountName=my-bucket`)
    ).json()) as Answer[];
    const id = configs.find(({ name }) => name === "orders")?.id ?? "";
    const scope = (name: string) => ({ scope: name, region: "eu", step: 60, start: iso(from), end: iso(to) });
    const scopes = JSON.stringify({ controlScope: scope("orders-primary"), experimentScope: scope("orders") });
    const begun = await fetch(
      `${w.url}/kayenta/canary/${id}?application=guestbook&metricsAccountName=prom&configurationAccountName=conf&storageAccountName=my-bucket`,
      {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: `\n\t\t{\n\t\t\t"scopes": {\n\t\t\t\t"default":${scopes}\n\t\t\t},\n "thresholds" : {\n "pass": 90,\n "marginal": 75\n }\n }`,
      },
    );
    expect(begun.status).toBe(200);
    const { canaryExecutionId } = (await begun.json()) as Answer;
    for (let poll = 0; poll < 100; poll += 1) {
      shift();
      w.clock.advance(15_000);
      const response = await fetch(`${w.url}/kayenta/canary/${canaryExecutionId}`);
      expect(response.status).toBe(200);
      const { complete, result } = (await response.json()) as Answer;
      if (complete !== true) continue;
      const score = Math.trunc(result.judgeResult.score.score as number);
      return { score, polls: poll + 1, phase: score >= 90 ? "Successful" : score >= 75 ? "Inconclusive" : "Failed" };
    }
    return { phase: "Running" };
  }

  it("end when the scope ends for a good release, and at once when a bad one is found", async () => {
    const good = await start();
    good.serve(30, 10);
    const now = good.clock.now();
    expect(await measurement(good, now, now + 600_000)).toMatchObject({ phase: "Successful", score: 100, polls: 40 });
    const bad = await start();
    bad.serve(30, 50);
    const told = await measurement(bad, bad.clock.now(), bad.clock.now() + 600_000);
    expect(told).toMatchObject({ phase: "Failed", score: 0 });
    expect(told.polls).toBeLessThan(20);
  });

  it("judge the named time alone: neither what the canary did before it nor what came after", async () => {
    const w = await start();
    w.serve(30, 50);
    w.minutes(10);
    const from = w.clock.now();
    w.serve(30, 10);
    w.minutes(10);
    w.serve(30, 50);
    const to = w.clock.now();
    w.minutes(5);
    expect(await measurement(w, from, to)).toMatchObject({ phase: "Successful", polls: 1 });
    expect(await measurement(w, from - 600_000, from)).toMatchObject({ phase: "Failed", polls: 1 });
  });

  it("are asked twice and answered twice", async () => {
    const w = await start();
    w.serve(30, 10);
    const now = w.clock.now();
    expect(await measurement(w, now, now + 600_000)).toMatchObject({ phase: "Successful" });
    expect(await measurement(w, now, now + 600_000)).toMatchObject({ phase: "Successful", polls: 1 });
  });
});

describe("a whole CANARY deployment of Amazon ECS", () => {
  const BASE = "arn:aws:ecs:eu-central-1:111122223333";
  const [GREEN, BLUE] = [`${BASE}:service-revision/data/orders/22`, `${BASE}:service-revision/data/orders/11`];
  const parts: EcsHookParts = {
    pair: async () => ({ canary: "green", baseline: "blue" }),
    smoke: async () => ({ status: "passed", detail: "smoke answered 200" }),
  };

  /** A deployment as ECS runs it; what a hook leaves in hookDetails is handed back to it at its later calls. */
  async function deployment(config: string, errors: number, opensAfter = 0) {
    const w = await start(config);
    w.called("green", "blue");
    const stages: string[] = [];
    const details: Record<string, unknown> = { service: "orders" };
    let approvals = 0;
    const hook = async (lifecycleStage: string, green: number): Promise<boolean> => {
      stages.push(`${lifecycleStage} ${green}`);
      for (let calls = 0; calls < 3_000; calls += 1) {
        const event = {
          executionId: `e-${stages.length}`,
          lifecycleStage,
          resourceArn: `${BASE}:service-deployment/data/orders/dep1`,
          executionDetails: {
            serviceArn: `${BASE}:service/data/orders`,
            targetServiceRevisionArn: GREEN,
            testTrafficWeights: {},
            productionTrafficWeights:
              green === 0 && lifecycleStage.endsWith("SCALE_UP") ? {} : { [GREEN]: green, [BLUE]: 100 - green },
          },
          hookDetails: details,
        };
        const answer = await ecsHook(w.runtime, "default", JSON.parse(JSON.stringify(event)), parts);
        expect(JSON.stringify(answer).length).toBeLessThan(10_000);
        if (answer.hookStatus !== "IN_PROGRESS") return answer.hookStatus === "SUCCEEDED";
        Object.assign(details, answer.hookDetails);
        w.clock.advance((answer.callBackDelay ?? 30) * 1_000);
        approvals += 1;
        if (approvals === opensAfter) await w.post("/api/v1/gates/ecs/dep1/open", {});
      }
      return false;
    };
    const run = async (): Promise<boolean> => {
      for (const stage of [
        "RECONCILE_SERVICE",
        "PRE_SCALE_UP",
        "POST_SCALE_UP",
        "TEST_TRAFFIC_SHIFT",
        "POST_TEST_TRAFFIC_SHIFT",
      ])
        if (!(await hook(stage, 0))) return false;
      let share = 0;
      for (const next of [5, 100]) {
        if (!(await hook("PRE_PRODUCTION_TRAFFIC_SHIFT", share))) return false;
        share = next;
        w.serve(share, errors);
        if (!(await hook("PRODUCTION_TRAFFIC_SHIFT", share))) return false;
        if (share < 100) w.minutes(5);
      }
      return hook("POST_PRODUCTION_TRAFFIC_SHIFT", 100);
    };
    const done = await run();
    const rolledBack = done
      ? undefined
      : [await hook("PRODUCTION_TRAFFIC_SHIFT", 0), await hook("TEST_TRAFFIC_SHIFT", 0)];
    return { done, stages, rolledBack };
  }

  it("promotes a good release through every stage", async () => {
    const { done, stages } = await deployment(DELIVERY, 10);
    expect(done).toBe(true);
    expect(stages.slice(-5)).toEqual([
      "PRE_PRODUCTION_TRAFFIC_SHIFT 0",
      "PRODUCTION_TRAFFIC_SHIFT 5",
      "PRE_PRODUCTION_TRAFFIC_SHIFT 5",
      "PRODUCTION_TRAFFIC_SHIFT 100",
      "POST_PRODUCTION_TRAFFIC_SHIFT 100",
    ]);
  });

  it("fails a bad one, and lets its rollback through", async () => {
    expect(await deployment(DELIVERY, 80)).toMatchObject({ done: false, rolledBack: [true, true] });
  });

  it("does not count the hours a person took against the release: counts of the first step are waited for after them", async () => {
    const w = await start(APPROVAL);
    w.called("green", "blue");
    const call = (green: number, hookDetails: object) =>
      ecsHook(
        w.runtime,
        "default",
        {
          executionId: "e-1",
          lifecycleStage: "PRE_PRODUCTION_TRAFFIC_SHIFT",
          resourceArn: `${BASE}:service-deployment/data/orders/dep1`,
          executionDetails: {
            serviceArn: `${BASE}:service/data/orders`,
            targetServiceRevisionArn: GREEN,
            productionTrafficWeights: { [GREEN]: green, [BLUE]: 100 - green },
          },
          hookDetails: { service: "orders", ...hookDetails },
        },
        parts,
      );
    const asked = await call(0, {});
    expect(asked.hookStatus).toBe("IN_PROGRESS");
    w.minutes(180);
    await w.post("/api/v1/gates/ecs/dep1/open", {});
    expect((await call(0, asked.hookDetails ?? {})).hookStatus).toBe("SUCCEEDED");
    expect((await call(5, asked.hookDetails ?? {})).hookStatus).toBe("IN_PROGRESS");
    w.serve(5, 10);
    w.minutes(3);
    expect((await call(5, asked.hookDetails ?? {})).hookStatus).toBe("SUCCEEDED");
  });

  it("goes on after an approval that took minutes", async () => {
    const { done } = await deployment(APPROVAL, 10, 40);
    expect(done).toBe(true);
  });
});

describe("a whole deployment of CodeDeploy", () => {
  const GROUPS = `${DELIVERY}      targetGroups:
        blue: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders-b/1"
        green: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders-g/2"
`;

  /** Each hook's function is called once; CodeDeploy waits until it was told, for an hour at most. */
  async function deployment(kind: "ecs" | "lambda", errors: number) {
    const w = await start(GROUPS);
    const lambda = kind === "lambda";
    w.called(lambda ? "5" : "green", lambda ? "4" : "blue");
    const told: string[] = [];
    const hooks = lambda
      ? ["BeforeAllowTraffic", "AfterAllowTraffic"]
      : ["BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic", "AfterAllowTraffic"];
    let event = "";
    const known: Pick<DeploymentLook, "versions" | "targetGroups"> = lambda
      ? { versions: { canary: "5", baseline: "4" } }
      : { targetGroups: { canary: "orders-g", baseline: "orders-b" } };
    const parts: CodeDeployParts = {
      look: async () => ({ application: "shop", group: "orders", event, ...known }),
      tell: async ({ executionId, status }) => {
        told.push(`${executionId} ${status}`);
        return "told";
      },
      smoke: async () => ({ status: "passed", detail: "smoke answered 200" }),
    };
    for (const hook of hooks) {
      event = hook;
      if (hook === "AfterAllowTraffic") {
        if (lambda) {
          w.serve(10, errors);
          w.minutes(5);
        }
        w.serve(100, errors);
      }
      const before = told.length;
      await codeDeployHook(w.runtime, "default", { DeploymentId: "d-1", LifecycleEventHookExecutionId: hook }, parts);
      for (let waited = 0; told.length === before && waited < 3_600_000; waited += TICK) {
        w.clock.advance(TICK);
        await wakeCodeDeploy(w.runtime, "default", "d-1", parts);
      }
      if (told.at(-1) !== `${hook} Succeeded`) break;
    }
    return told;
  }

  it.each(["ecs", "lambda"] as const)(
    "tells each hook of a good release on %s once that it may go on",
    async (kind) => {
      const told = await deployment(kind, 10);
      expect(told.every((one) => one.endsWith(" Succeeded"))).toBe(true);
      expect(told).toHaveLength(kind === "ecs" ? 5 : 2);
    },
  );

  it.each(["ecs", "lambda"] as const)("fails a bad one on %s after its traffic has come", async (kind) => {
    expect((await deployment(kind, 60)).at(-1)).toBe("AfterAllowTraffic Failed");
  });
});
