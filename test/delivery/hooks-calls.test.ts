import { describe, expect, it } from "vitest";
import { explainOf, sentenceOf } from "../../functions/decisions/words.ts";
import { hookToken } from "../../functions/delivery/hook-proof.ts";
import { type CodeDeployParts, codeDeployHook, wakeCodeDeploy } from "../../functions/delivery/hooks-codedeploy.ts";
import { deliveryMachine } from "../../functions/delivery/machine-of.ts";
import { replay } from "../../shared/core/kernel/replay.ts";
import type { HookStatus } from "../../shared/edge/codedeploy.ts";
import type { DeploymentLook } from "../../shared/edge/codedeploy-deployment.ts";
import { type Answer, world } from "../api/kit.ts";
import { countsBy, DELIVERY, steady, TICK } from "./hooks-kit.ts";

type World = Awaited<ReturnType<typeof world>>;

/** The old version with 1 % of errors, the new one with as many per thousand as given, from now on. */
async function rollingWorld(
  errors: number,
  config = DELIVERY,
  names = { canary: "orders", baseline: "orders-primary" },
) {
  const w = await world({ config });
  w.clock.advance(4 * 3_600_000);
  const began = Math.ceil(w.clock.now() / TICK) * TICK;
  Object.assign(w.runtime, {
    counts: () =>
      countsBy((version, at) =>
        version === names.baseline
          ? steady(at, 10)
          : version === names.canary && at >= began
            ? steady(at, errors)
            : undefined,
      ),
  });
  return w;
}

const flagger = (phase: string, more: object = {}) => ({
  name: "orders",
  namespace: "shop",
  phase,
  checksum: "85d557f47b",
  metadata: {},
  ...more,
});
const ask = async (w: World, type: string, more: object = {}) => {
  const response = await w.post(`/hooks/flagger/${type}`, flagger("Progressing", more));
  return { status: response.status, text: await response.text() };
};

describe("Flagger's webhooks", () => {
  it("lets a good release through at every call, and closes the way back", async () => {
    const w = await rollingWorld(10);
    expect((await ask(w, "confirm-rollout")).status).toBe(200);
    expect((await ask(w, "pre-rollout")).status).toBe(200);
    w.clock.advance(5 * 60_000);
    for (const type of ["rollout", "confirm-traffic-increase", "confirm-promotion", "post-rollout", "event"])
      expect([type, (await ask(w, type)).status]).toEqual([type, 200]);
    expect((await ask(w, "rollback")).status).toBe(403);
  });

  it("fails a bad one with 403 and a reason for Flagger's events, and opens the way back", async () => {
    const w = await rollingWorld(60);
    w.clock.advance(5 * 60_000);
    const told = await ask(w, "rollout");
    expect(told.status).toBe(403);
    expect(told.text).toMatch(/error/);
    expect((await ask(w, "confirm-traffic-increase")).status).toBe(403);
    expect((await ask(w, "confirm-promotion")).status).toBe(403);
    expect((await ask(w, "rollback")).status).toBe(200);
  });

  it("does not let traffic grow, nor promotes, while nothing of the canary is counted", async () => {
    const w = await world({ config: DELIVERY });
    Object.assign(w.runtime, {
      counts: () => countsBy((version, at) => (version === "orders-primary" ? steady(at, 10) : undefined)),
    });
    w.clock.advance(3 * 3_600_000);
    expect((await ask(w, "rollout")).status).toBe(200);
    // Flagger asks before the first traffic as well: once it goes on, and again for who did not hear the answer.
    expect((await ask(w, "confirm-traffic-increase")).status).toBe(200);
    w.clock.advance(5_000);
    expect((await ask(w, "confirm-traffic-increase")).status).toBe(200);
    w.clock.advance(55_000);
    expect((await ask(w, "confirm-traffic-increase")).status).toBe(403);
    expect((await ask(w, "confirm-promotion")).status).toBe(403);
  });

  it("judges a new checksum anew", async () => {
    const w = await rollingWorld(60);
    w.clock.advance(5 * 60_000);
    expect((await ask(w, "rollout")).status).toBe(403);
    const later = w.clock.now() + 60_000;
    Object.assign(w.runtime, {
      counts: () =>
        countsBy((version, at) => (version === "orders-primary" || at >= later ? steady(at, 10) : undefined)),
    });
    w.clock.advance(6 * 60_000);
    expect((await ask(w, "rollout", { checksum: "fresh" })).status).toBe(200);
  });

  it("waits for a person where one has to approve, opened by the gate of the load tester", async () => {
    const w = await rollingWorld(10, DELIVERY.replace("strategy: canary", "approval: true"));
    expect((await ask(w, "confirm-rollout")).status).toBe(403);
    const door = async (verb: string) =>
      (await w.post(`/hooks/flagger/gate/${verb}`, { name: "orders", namespace: "shop" })).status;
    expect(await door("check")).toBe(403);
    expect(await door("open")).toBe(202);
    expect(await door("check")).toBe(200);
    expect((await ask(w, "confirm-rollout")).status).toBe(200);
    expect(await door("close")).toBe(202);
    expect((await ask(w, "confirm-rollout")).status).toBe(403);
  });

  it("rolls back when somebody opens the way back", async () => {
    const w = await rollingWorld(10);
    w.clock.advance(5 * 60_000);
    expect((await ask(w, "rollback")).status).toBe(403);
    await w.post("/hooks/flagger/rollback/open", { name: "orders", namespace: "shop" });
    expect((await ask(w, "rollback")).status).toBe(200);
  });

  it("answers above 202 to whatever it does not know", async () => {
    const w = await world({ config: DELIVERY });
    for (const [type, body] of [
      ["someday", flagger("")],
      ["rollout", "{"],
      ["rollout", { namespace: "shop" }],
      ["rollout", flagger("", { name: "nobody" })],
      ["confirm-rollout", flagger("", { name: "nobody" })],
    ] as const)
      expect((await w.post(`/hooks/flagger/${type}`, body)).status).toBeGreaterThan(399);
  });

  it("takes a key with scope operate, or the token of this very hook, and nothing else", async () => {
    const w = await world({ config: DELIVERY, access: "keys" });
    const call = async (path: string, key?: string) =>
      (await w.post(path, flagger(""), key === undefined ? {} : { authorization: `Bearer ${key}` })).status;
    expect(await call("/hooks/flagger/confirm-rollout")).toBe(401);
    expect(await call("/hooks/flagger/confirm-rollout", await w.key("read"))).toBe(403);
    expect(await call("/hooks/flagger/confirm-rollout", await w.key("operate"))).toBe(200);
    process.env["HEADGATE_HOOK_SECRET"] = "env:TEST_HOOK_SECRET";
    process.env["TEST_HOOK_SECRET"] = "a secret for tests";
    try {
      const token = hookToken("a secret for tests", "default", "flagger", "orders");
      expect(await call(`/hooks/flagger/confirm-rollout?token=${token}`)).toBe(200);
      expect(await call(`/hooks/flagger/confirm-rollout?token=${token}x`)).toBe(403);
      const other = hookToken("a secret for tests", "default", "argo", "orders");
      expect(await call(`/hooks/flagger/confirm-rollout?token=${other}`)).toBe(403);
    } finally {
      delete process.env["HEADGATE_HOOK_SECRET"];
      delete process.env["TEST_HOOK_SECRET"];
    }
  });
});

describe("Argo Rollouts' web metric", () => {
  const measure = async (w: World, query = "?run=abc&canary=orders&stable=orders-primary") =>
    ((await (await w.get(`/hooks/argo/orders${query}`)).json()) as Answer).data;

  it("is inconclusive without data, fails a bad release and passes a good one", async () => {
    const bad = await rollingWorld(60);
    expect(await measure(bad)).toMatchObject({ ok: false, verdict: "continue", score: 50, insufficient: true });
    bad.clock.advance(5 * 60_000);
    expect(await measure(bad)).toMatchObject({ ok: false, verdict: "fail", score: 0 });
    expect(await measure(bad)).toMatchObject({ verdict: "fail" });
    const good = await rollingWorld(10);
    good.clock.advance(9 * 60_000);
    expect(await measure(good)).toMatchObject({ ok: true, verdict: "pass", score: 100 });
  });

  it("takes POST and PUT with a JSON body as well", async () => {
    const w = await rollingWorld(60);
    w.clock.advance(5 * 60_000);
    for (const method of ["POST", "PUT"]) {
      const body = { run: "abc", canary: "orders", stable: "orders-primary" };
      const answer = (await (await w.call(method, "/hooks/argo/orders", body)).json()) as Answer;
      expect(answer.data.verdict).toBe("fail");
    }
  });

  it("does not carry an old verdict into a rollout that names no run", async () => {
    const w = await rollingWorld(60);
    w.clock.advance(5 * 60_000);
    const query = "?canary=orders&stable=orders-primary";
    expect(await measure(w, query)).toMatchObject({ verdict: "fail" });
    w.clock.advance(24 * 3_600_000);
    const later = w.clock.now();
    Object.assign(w.runtime, {
      counts: () =>
        countsBy((version, at) => (version === "orders-primary" || at >= later ? steady(at, 10) : undefined)),
    });
    w.clock.advance(2 * 60_000);
    expect((await measure(w, query)).verdict).not.toBe("fail");
  });
});

describe("the calls of Kayenta that Argo Rollouts makes", () => {
  const iso = (at: number) => new Date(at).toISOString();
  const begin = async (w: World, minutes: number, thresholds: object = { pass: 90, marginal: 50 }) => {
    const [start, end] = [iso(w.clock.now()), iso(w.clock.now() + minutes * 60_000)];
    const scope = (name: string) => ({ scope: name, location: "eu", step: 60, start, end });
    const body = {
      scopes: { default: { controlScope: scope("orders-primary"), experimentScope: scope("orders") } },
      thresholds,
    };
    const response = await w.post(
      "/kayenta/canary/orders?application=shop&metricsAccountName=m&configurationAccountName=c&storageAccountName=s",
      body,
    );
    expect(response.status).toBe(200);
    return ((await response.json()) as Answer).canaryExecutionId as string;
  };
  const look = async (w: World, id: string) => (await (await w.get(`/kayenta/canary/${id}`)).json()) as Answer;

  it("lists services as configurations, each with id and name", async () => {
    const w = await world({ config: DELIVERY });
    const list = (await (
      await w.get("/kayenta/canaryConfig?application=a&configurationAccountName=s")
    ).json()) as Answer;
    expect(list).toEqual([{ id: "orders", name: "orders" }]);
  });

  it("is not complete while its time runs, then has a score: 100 for a good release", async () => {
    const w = await rollingWorld(10);
    const id = await begin(w, 9);
    expect(await look(w, id)).toMatchObject({ complete: false });
    w.clock.advance(10 * 60_000);
    const done = await look(w, id);
    expect(done).toMatchObject({
      complete: true,
      result: { judgeResult: { score: { score: 100, classification: "Pass" } } },
    });
  });

  it("is complete at once when the release has failed: score 0", async () => {
    const w = await rollingWorld(60);
    const id = await begin(w, 60);
    w.clock.advance(5 * 60_000);
    expect(await look(w, id)).toMatchObject({
      complete: true,
      result: { judgeResult: { score: { score: 0, classification: "Fail" } } },
    });
  });

  it("is neither good nor bad where nothing could be shown: between the thresholds, or below them where nothing is between", async () => {
    for (const [thresholds, score] of [
      [{ pass: 90, marginal: 50 }, 50],
      [{ pass: 80, marginal: 80 }, 79],
      [{ pass: "95.5", marginal: "75" }, 75],
    ] as const) {
      const w = await world({ config: DELIVERY });
      Object.assign(w.runtime, { counts: () => countsBy(() => undefined) });
      w.clock.advance(3 * 3_600_000);
      const id = await begin(w, 10, thresholds);
      w.clock.advance(11 * 60_000);
      expect((await look(w, id)).result.judgeResult.score.score).toBe(score);
    }
  });

  it("names what is wrong with an execution, and knows no other", async () => {
    const w = await world({ config: DELIVERY });
    for (const body of [
      {},
      { scopes: {} },
      {
        scopes: { a: { controlScope: { scope: "x" }, experimentScope: { scope: "y" } } },
        thresholds: { pass: 1, marginal: 1 },
      },
    ])
      expect((await w.post("/kayenta/canary/orders", body)).status).toBe(400);
    expect((await w.get("/kayenta/canary/cnr_none")).status).toBe(404);
    expect((await w.post("/kayenta/canary/nobody", {})).status).toBe(404);
  });

  it("judges what a Kayenta sends its remote judge", async () => {
    const w = await world({ config: DELIVERY });
    const values = (base: number) => Array.from({ length: 30 }, (_, index) => base + (index % 5));
    const request = {
      canaryConfig: {
        metrics: [{ name: "errors", groups: ["all"], analysisConfigurations: { canary: { direction: "increase" } } }],
        classifier: { groupWeights: { all: 100 } },
      },
      scoreThresholds: { pass: 95, marginal: 75 },
      metricSetPairList: [
        { name: "errors", id: "1", tags: {}, values: { control: values(10), experiment: values(30) } },
      ],
    };
    const result = (await (await w.post("/kayenta/judge", request)).json()) as Answer;
    expect(await (await w.post("/judge", request)).json()).toEqual(result);
    expect(result).toMatchObject({ score: { score: 0, classification: "Fail" } });
    expect(result.results[0].classification).toBe("High");
  });
});

describe("gates", () => {
  it("lists who waits for a person, and lets it be opened and closed with who it was", async () => {
    const w = await rollingWorld(10, DELIVERY.replace("strategy: canary", "approval: true"));
    await ask(w, "confirm-rollout");
    const list = async () => ((await (await w.get("/api/v1/gates")).json()) as Answer).items;
    expect(await list()).toMatchObject([
      { system: "flagger", id: "shop/orders", service: "orders", waitsSince: w.clock.now() },
    ]);
    const opened = (await (await w.post("/api/v1/gates/flagger/shop%2Forders/open", { by: "kim" })).json()) as Answer;
    expect(opened).toMatchObject({ service: "orders", gate: { status: "open", by: "kim (local)" } });
    expect((await list())[0]).not.toHaveProperty("waitsSince");
    expect((await ask(w, "confirm-rollout")).status).toBe(200);
  });

  it("needs the service of a gate that nobody has asked at, and refuses what is no system", async () => {
    const w = await world({ config: DELIVERY });
    expect((await w.post("/api/v1/gates/ecs/dep9/open", {})).status).toBe(404);
    expect((await w.post("/api/v1/gates/ecs/dep9/open", { service: "nobody" })).status).toBe(404);
    expect((await w.post("/api/v1/gates/ecs/dep9/open", { service: "orders" })).status).toBe(200);
    expect((await w.post("/api/v1/gates/jenkins/1/open", { service: "orders" })).status).toBe(400);
  });

  it("tells an admin the addresses for systems that can send no key, and they open what they are for", async () => {
    const w = await world({ config: DELIVERY, access: "keys" });
    process.env["HEADGATE_HOOK_SECRET"] = "env:TEST_HOOK_SECRET";
    process.env["TEST_HOOK_SECRET"] = "another secret";
    try {
      const bearer = async (scope: "operate" | "admin") => ({ authorization: `Bearer ${await w.key(scope)}` });
      expect((await w.get("/api/v1/gates/hooks/orders", await bearer("operate"))).status).toBe(403);
      const { hooks } = (await (await w.get("/api/v1/gates/hooks/orders", await bearer("admin"))).json()) as Answer;
      const path = (system: string) => hooks.find((one: Answer) => one.system === system).path as string;
      expect((await w.get(`${path("kayenta")}/canaryConfig`)).status).toBe(200);
      expect((await w.get("/hooks/kayenta/x/canaryConfig")).status).toBe(403);
      expect((await w.get("/kayenta/canaryConfig")).status).toBe(401);
      expect((await w.get(path("argo"))).status).toBe(200);
      expect((await w.post(path("flagger").replace("{webhook}", "confirm-rollout"), flagger(""))).status).toBe(200);
    } finally {
      delete process.env["HEADGATE_HOOK_SECRET"];
      delete process.env["TEST_HOOK_SECRET"];
    }
  });
});

describe("slow requests", () => {
  it("are those above the baseline's normal p99 where the configuration names no bound, and a slower canary fails by them", async () => {
    const w = await world({ config: DELIVERY });
    w.clock.advance(4 * 3_600_000);
    const began = Math.ceil(w.clock.now() / TICK) * TICK;
    const bounds = new Set<number | undefined>();
    const served = countsBy((version, at) =>
      version === "orders-primary"
        ? { ...steady(at, 10, 10), p99Ms: 200 }
        : at >= began
          ? { ...steady(at, 10, 40), p99Ms: 400 }
          : undefined,
    );
    const counts: typeof served = {
      ...served,
      read: async (asked) => {
        bounds.add(asked.slowMs);
        const read = await served.read(asked);
        if (asked.slowMs !== undefined) return read;
        // A source that is told no bound counts nothing as slow.
        return read.map(({ at, versions }) => ({
          at,
          versions: Object.fromEntries(Object.entries(versions).map(([name, { slow, ...rest }]) => [name, rest])),
        }));
      },
    };
    Object.assign(w.runtime, { counts: () => counts });
    w.clock.advance(6 * 60_000);
    const told = await ask(w, "rollout");
    expect(told.status).toBe(403);
    expect(told.text).toMatch(/slow requests/);
    expect([...bounds]).toEqual([undefined, 200]);
  });
});

describe("decisions for others", () => {
  it("are told in words, and replay bit for bit", async () => {
    const w = await rollingWorld(60);
    w.clock.advance(5 * 60_000);
    await ask(w, "rollout");
    w.clock.advance(1_000);
    await w.get("/hooks/argo/orders?run=a&canary=orders&stable=orders-primary");
    const { items } = await w.journal.list({ tenant: "default", noun: "delivery" });
    expect(items.map((record) => [record.reason, sentenceOf(record).split(":")[0]])).toEqual([
      ["gate_failed", "orders, asked by argo, failed the gate"],
      ["gate_failed", "orders, asked by flagger, failed the gate"],
    ]);
    for (const record of items) {
      expect(explainOf(record).length).toBeGreaterThan(2);
      expect(replay(record, await deliveryMachine(record))).toEqual({ same: true });
    }
  });
});

describe("a hook of CodeDeploy", () => {
  const GROUPS = `${DELIVERY}      targetGroups:
        blue: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders-b/1"
        green: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:targetgroup/orders-g/2"
`;
  const given = { DeploymentId: "d-1", LifecycleEventHookExecutionId: "x-1" };

  async function hookWorld(errors: number, look: Partial<DeploymentLook> = {}) {
    const w = await rollingWorld(errors, GROUPS, { canary: "green", baseline: "blue" });
    const told: HookStatus[] = [];
    const parts: CodeDeployParts = {
      look: async () => ({
        application: "shop",
        group: "orders",
        event: "AfterAllowTraffic",
        targetGroups: { canary: "orders-g", baseline: "orders-b" },
        ...look,
      }),
      tell: async (status) => {
        told.push(status);
        return told.length > 1 ? "too_late" : "told";
      },
      smoke: async () => ({ status: "failed", detail: "smoke answered 403" }),
    };
    return { w, told, parts };
  }

  it.each([
    [60, "Failed"],
    [10, "Succeeded"],
  ] as const)(
    "does not wait: it judges over later wakes and tells once (%d errors per thousand: %s)",
    async (errors, status) => {
      const { w, told, parts } = await hookWorld(errors);
      await codeDeployHook(w.runtime, "default", given, parts);
      expect(told).toEqual([]);
      for (let tick = 0; tick < 25; tick += 1) {
        w.clock.advance(TICK);
        await wakeCodeDeploy(w.runtime, "default", "d-1", parts);
      }
      expect(told).toEqual([
        { type: "report_codedeploy", key: expect.any(String), deploymentId: "d-1", executionId: "x-1", status },
      ]);
    },
  );

  it("wakes itself: a timer is set for the next look", async () => {
    const { w, parts } = await hookWorld(10);
    await codeDeployHook(w.runtime, "default", given, parts);
    const due = await w.store.due(w.clock.now() + 60_000, 10);
    expect(due).toEqual([{ tenant: "default", noun: "delivery", subject: "gate:codedeploy/d-1" }]);
  });

  it("tells again at the next wake where CodeDeploy did not answer", async () => {
    const { w, told, parts } = await hookWorld(60);
    let away = true;
    const flaky: CodeDeployParts = {
      ...parts,
      tell: async (status) => {
        if (away) throw new Error("no answer");
        return parts.tell(status);
      },
    };
    await codeDeployHook(w.runtime, "default", given, flaky);
    for (let tick = 0; tick < 10; tick += 1) {
      w.clock.advance(TICK);
      await wakeCodeDeploy(w.runtime, "default", "d-1", flaky).catch(() => {});
    }
    expect(told).toEqual([]);
    away = false;
    for (let tick = 0; tick < 4; tick += 1) {
      w.clock.advance(10 * 60_000);
      await wakeCodeDeploy(w.runtime, "default", "d-1", flaky).catch(() => {});
    }
    expect(told.map(({ status }) => status)).toEqual(["Failed"]);
  });

  it("fails what nothing is counted of, and never lets it pass", async () => {
    const { w, told, parts } = await hookWorld(10);
    Object.assign(w.runtime, { counts: () => countsBy(() => undefined) });
    await codeDeployHook(w.runtime, "default", given, parts);
    for (let tick = 0; tick < 60; tick += 1) {
      w.clock.advance(TICK);
      await wakeCodeDeploy(w.runtime, "default", "d-1", parts);
    }
    expect(told.map(({ status }) => status)).toEqual(["Failed"]);
  });

  it("asks the smoke test at the events where the new version stands, and lets the others through", async () => {
    for (const [event, status] of [
      ["BeforeInstall", "Succeeded"],
      ["AfterAllowTestTraffic", "Failed"],
      ["BeforeAllowTraffic", "Failed"],
    ] as const) {
      const { w, told, parts } = await hookWorld(10, { event });
      await codeDeployHook(w.runtime, "default", given, parts);
      expect(told.map((one) => [event, one.status])).toEqual([[event, status]]);
    }
  });

  it("refuses what is no event, and a deployment of nobody it knows", async () => {
    const { w, parts } = await hookWorld(10, { group: "other", application: "other" });
    await expect(codeDeployHook(w.runtime, "default", given, parts)).rejects.toThrow(/no service/);
    await expect(codeDeployHook(w.runtime, "default", { DeploymentId: "" }, parts)).rejects.toThrow(/no call/);
  });
});
