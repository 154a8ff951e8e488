import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { shapes } from "../../functions/api/schemas.ts";
import type { Rollout } from "../../shared/core/delivery/rollout/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Answer } from "../api/kit.ts";
import { CONFIG, deliveryWorld } from "./functions-kit.ts";

const json = async (response: Response | Promise<Response>): Promise<Answer> => (await response).json();
const shaped = (name: keyof typeof shapes, value: unknown): void => {
  const parsed = v.safeParse(shapes[name], value);
  expect(parsed.issues?.map((issue) => `${name} ${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
};
const V2 = { version: "v2", image: "orders:2", why: "release 2", by: "ada" };
const judging = ({ current }: { readonly current?: Rollout }) => current?.phase === "judging";
const names = (alerts: readonly { readonly labels: Answer; readonly startsAt: number; readonly endsAt?: number }[]) =>
  alerts.filter(({ startsAt, endsAt }) => (endsAt ?? 0) > startsAt).map(({ labels }) => labels.alertname);

describe("a canary", () => {
  it("of a good version gets its shares step by step, is adopted and alone at the end", async () => {
    const w = await deliveryWorld();
    const answer = await w.deploy(V2);
    expect(answer.status).toBe(202);
    const started = await json(answer);
    shaped("ReleaseStarted", started);
    expect(started).toMatchObject({
      version: "v2",
      strategy: "canary",
      reason: "started",
      follow: "/api/v1/delivery/orders",
    });
    const seen: number[] = [];
    const end = await w.play(3_600_000, () => {
      const share = w.shares()?.["v2"] ?? 0;
      if (seen.at(-1) !== share) seen.push(share);
      return false;
    });
    expect(seen).toEqual([0, 10, 50, 100]);
    expect(end?.ended[0]).toMatchObject({ id: started.rollout, phase: "promoted", from: "v1" });
    expect(w.releases.counts("orders")).toEqual({ v2: 4 });
    expect(w.shares()).toBeUndefined();
    const view = await json(w.get("/api/v1/delivery/orders"));
    shaped("DeliveryService", view);
    expect(view.summary).toMatchObject({ stable: "v2", last: { phase: "promoted", share: 100 } });
    expect(view.rollout.curve.length).toBeGreaterThan(15);
    expect(view.rollout.evidence.metrics[0].ratio).toBeCloseTo(1, 1);
    expect(view.commands).toEqual([]);
  });

  it("of a bad version is found by what it served, taken back and taken away, and people are told", async () => {
    const w = await deliveryWorld();
    w.quality.set("v2", { errors: 0.05 });
    await w.deploy(V2);
    const began = w.clock.now();
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({ phase: "rolled_back", failure: { reason: "gate_failed" } });
    expect(w.clock.now() - began).toBeLessThan(5 * 60_000);
    expect(w.releases.counts("orders")).toEqual({ v1: 4 });
    expect(w.shares()).toBeUndefined();
    expect(names(w.told)).toContain("HeadgateRolloutFailed");
    const view = await json(w.get("/api/v1/delivery/orders"));
    expect(view.rollout.failure.text).toMatch(/errors/);
    expect(view.rollout.curve.at(-1).towardsFail).toBeGreaterThanOrEqual(1);
    expect(view.rollout.evidence.joint).toBeGreaterThan(view.rollout.evidence.limit);
    // Every record of it is what its machine makes of the same input again.
    const { items } = await json(w.get("/api/v1/decisions?noun=delivery&limit=100"));
    for (const { id } of items.slice(0, 10))
      expect(await json(w.post(`/api/v1/decisions/${id}/replay`))).toMatchObject({ checked: 1, same: 1 });
  });

  it("goes on in whatever order a store gives the members of its shares back", async () => {
    const w = await deliveryWorld();
    const { load } = w.store;
    const sorted = (value: unknown): unknown =>
      value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, one]) => [name, sorted(one)]),
          )
        : value;
    Object.assign(w.store, {
      load: async (...given: Parameters<typeof load>) => sorted(await load(...given)),
    });
    await w.deploy({ ...V2, version: "a2" });
    expect((await w.play())?.ended[0]).toMatchObject({ phase: "promoted", release: { version: "a2" } });
  });

  it("is looked at when its timers say so, and by the tick where timers are away", async () => {
    const w = await deliveryWorld();
    w.timers.unreachable(true);
    await w.deploy(V2);
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({ phase: "promoted" });
    expect(w.timers.waiting()).toEqual([]);
  });

  it("goes on where another worker died: nothing is lost, and nothing is done twice", async () => {
    const w = await deliveryWorld();
    await w.deploy(V2);
    const write = w.store.write;
    let writes = 0;
    // Each fifth write of a rollout dies with its worker, before or after it has reached the store.
    Object.assign(w.store, {
      write: async (...given: Parameters<typeof write>) => {
        if (!given[0].subject.startsWith("rollout:")) return write(...given);
        writes += 1;
        if (writes % 5 === 2) throw new HeadgateError("store.unavailable", "the worker died");
        const done = await write(...given);
        if (writes % 5 === 4) throw new HeadgateError("store.unavailable", "the worker died");
        return done;
      },
    });
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({ phase: "promoted" });
    expect(w.releases.counts("orders")).toEqual({ v2: 4 });
    expect(w.releases.changes.filter((change) => change.startsWith("remove"))).toEqual(["remove v1"]);
  });
});

describe("what people say to a rollout", () => {
  it("is done once, is refused where it is not possible, and is known with who and why", async () => {
    const w = await deliveryWorld();
    await w.deploy(V2);
    await w.play(600_000, judging);
    const once = { "idempotency-key": "p" };
    const paused = await json(w.post("/api/v1/delivery/orders/pause", { why: "lunch", by: "ada" }, once));
    shaped("RolloutCommanded", paused);
    expect(paused).toMatchObject({ reason: "paused", rollout: { paused: { by: "ada (local)", why: "lunch" } } });
    expect(await json(w.post("/api/v1/delivery/orders/pause", { why: "lunch", by: "ada" }, once))).toEqual(paused);
    const view = await json(w.get("/api/v1/delivery/orders"));
    expect(view.commands).toContain("resume");
    expect(view.commands).not.toContain("approve");
    expect(await json(w.command("approve"))).toMatchObject({ code: "rollout.conflict", status: 409 });
    expect(await json(w.command("abort", { id: "rol_other" }))).toMatchObject({ code: "rollout.conflict" });
    expect(await json(w.deploy({ ...V2, version: "v3" }))).toMatchObject({ code: "rollout.conflict" });
    expect(await json(w.command("resume"))).toMatchObject({ reason: "resumed" });
    expect(await json(w.command("abort", { why: "not today" }))).toMatchObject({
      rollout: { failure: { reason: "aborted" } },
    });
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({ phase: "rolled_back", failure: { reason: "aborted", by: "local" } });
    expect(await json(w.command("pause"))).toMatchObject({ code: "rollout.unknown", status: 404 });
    const { items } = await json(w.get("/api/v1/delivery/orders/rollouts"));
    expect(items).toMatchObject([{ version: "v2", phase: "rolled_back" }]);
  });

  it("can be an approval through a signed link: reading it does nothing, another rollout's opens nothing", async () => {
    process.env["HEADGATE_TEST_LINKS"] = "a secret of a test";
    const config = `${CONFIG.replace("bake: 2m", "bake: 2m, approval: true")}alerting:
  alertmanager: am.yml
  publicUrl: https://headgate.example
  linkSecret: env:HEADGATE_TEST_LINKS
`;
    const w = await deliveryWorld({ config });
    await w.deploy(V2);
    await w.play(3_600_000, ({ current }) => current?.phase === "approval");
    expect(names(w.told)).toEqual(["HeadgateRolloutApprovalNeeded"]);
    const link = new URL(w.told.find(({ annotations }) => annotations["approve"])?.annotations["approve"] as string);
    const path = `${link.pathname}${link.search}`;
    const page = await w.get(path);
    expect(page.headers.get("referrer-policy")).toBe("no-referrer");
    expect(await page.text()).toMatch(/Approve this rollout.*v2/s);
    expect((await w.state())?.current?.phase).toBe("approval");
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await w.call("POST", path.replace("s=", "s=x"), "by=eve", form)).status).toBe(403);
    expect((await w.call("POST", path.replace("/approve", "/abort"), "by=eve", form)).status).toBe(403);
    const done = await w.call("POST", path, "by=ada&why=looks+well", form);
    expect(await done.text()).toMatch(/Approved/);
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({ phase: "promoted", approved: { promote: { by: "ada (link)" } } });
    expect((await w.call("POST", path, "by=ada", form)).status).toBe(404);
    delete process.env["HEADGATE_TEST_LINKS"];
  });
});

describe("the platform's deploy", () => {
  it("stops and removes what never became healthy, and says how often it looked and what it printed", async () => {
    const w = await deliveryWorld();
    w.releases.behave("orders", "v2", "crash");
    await w.deploy({ ...V2, strategy: "all-at-once" });
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({
      phase: "rolled_back",
      strategy: "all-at-once",
      failure: { reason: "never_healthy", logs: [expect.stringContaining("exited with code 1")] },
    });
    expect(end?.ended[0]?.failure?.attempts).toBeGreaterThan(0);
    expect(w.releases.counts("orders")).toEqual({ v1: 4 });
  });

  it("of a service that nobody knows begins it, and registers nothing where the configuration does not know it", async () => {
    const w = await deliveryWorld();
    const started = await json(w.post("/api/v1/delivery/fresh/releases", { command: "node fresh.mjs", count: 2 }));
    expect(started).toMatchObject({ reason: "started", service: "fresh" });
    for (let turn = 0; turn < 20; turn += 1) {
      w.clock.advance(5_000);
      await w.wakes();
    }
    expect((await w.state("fresh"))?.ended[0]).toMatchObject({ phase: "promoted", strategy: "all-at-once" });
    expect(w.releases.counts("fresh")).toEqual({ [started.version]: 2 });
    const list = await json(w.get("/api/v1/delivery"));
    shaped("DeliveryServices", list);
    expect(list.items.map(({ service }: Answer) => service)).toEqual(["fresh", "orders"]);
  });

  it("writes what is ready into the registry with its health and metrics addresses, and takes it out with the version", async () => {
    const w = await deliveryWorld();
    await w.deploy({ ...V2, strategy: "all-at-once", health_check: { path: "/well" } });
    await w.play();
    const { backends } = await json(w.get("/api/v1/traffic/orders"));
    expect(backends).toHaveLength(4);
    expect(backends[0]).toMatchObject({
      source: "deploy",
      version: "v2",
      metadata: { health: "http://127.0.0.1:9000/well", metrics: "http://127.0.0.1:9000/metrics" },
    });
    w.releases.behave("orders", "v3", "ok");
    await w.deploy({ ...V2, version: "v3", strategy: "all-at-once" });
    await w.play();
    const after = await json(w.get("/api/v1/traffic/orders"));
    expect(new Set(after.backends.map(({ version }: Answer) => version))).toEqual(new Set(["v3"]));
  });
});

describe("a hook on the way", () => {
  const hooked = (url: string) => CONFIG.replace("bake: 2m", `bake: 2m, timeout: 30s, hooks: { smoke: "${url}" }`);

  it("is asked with what it is about, and its no rolls back", async () => {
    const asked: Answer[] = [];
    let status = 503;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (part) => (body += part));
      request.on("end", () => {
        asked.push(JSON.parse(body));
        response.writeHead(status).end("not well");
        status = 403;
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/smoke`;
    const w = await deliveryWorld({ config: hooked(url) });
    const { rollout } = await json(w.deploy(V2));
    const end = await w.play();
    server.close();
    expect(end?.ended[0]).toMatchObject({ phase: "rolled_back", failure: { reason: "hook_failed" } });
    expect(asked).toHaveLength(2);
    expect(asked[0]).toEqual({
      service: "orders",
      version: "v2",
      rollout,
      phase: "smoke",
      address: "http://127.0.0.1:9000",
    });
  });

  it("is refused, deployed, where it leads back into the machine or to its credentials", async () => {
    const w = await deliveryWorld({ config: hooked("http://169.254.169.254/latest") });
    Object.assign(w.runtime, { stage: "production" });
    await w.deploy(V2);
    const end = await w.play();
    expect(end?.ended[0]).toMatchObject({ phase: "rolled_back", failure: { reason: "hook_failed" } });
    expect(JSON.stringify(end?.ended[0]?.hooks)).toMatch(/link-local/);
  });
});

describe("input that cannot be used", () => {
  it.each([
    ["a port that is none", { image: "a", ports: ["eighty"] }, 400, "input.invalid", "ports.0"],
    ["a count of none", { image: "a", count: 0 }, 400, "input.invalid", "count"],
    ["a strategy nobody knows", { image: "a", strategy: "yolo" }, 400, "input.invalid", "strategy"],
    [
      "a secret in plain text",
      { image: "a", environment: { DB_PASSWORD: "hunter2" } },
      400,
      "input.invalid",
      "environment.DB_PASSWORD",
    ],
  ])("is refused: %s, with its place and never its secret", async (_, body, status, code, path) => {
    const w = await deliveryWorld();
    const answer = await w.deploy(body);
    expect(answer.status).toBe(status);
    const problem = await json(answer);
    expect(problem.code).toBe(code);
    expect(problem.faults.map((fault: { path: string }) => fault.path)).toContain(path);
    expect(JSON.stringify(problem)).not.toContain("hunter2");
    expect(await w.state()).toBeUndefined();
  });

  it("needs a key that may operate, and knows only services that there are", async () => {
    const w = await deliveryWorld({ access: "keys" });
    const read = { authorization: `Bearer ${await w.key("read")}` };
    expect((await w.get("/api/v1/delivery", read)).status).toBe(200);
    expect((await w.deploy(V2, read)).status).toBe(403);
    expect(await json(w.get("/api/v1/delivery/nobody", read))).toMatchObject({ code: "service.unknown", status: 404 });
    expect(await json(w.get("/api/v1/delivery/nobody/plan", read))).toMatchObject({ code: "service.unknown" });
  });

  it("leaves everything as it is where versions cannot be read, and goes on when they can", async () => {
    const w = await deliveryWorld();
    w.releases.unreachable(true);
    expect(await json(w.deploy(V2))).toMatchObject({ code: "releases.unavailable", status: 503 });
    w.releases.unreachable(false);
    await w.deploy(V2);
    await w.play(600_000, judging);
    w.counts.unreachable(true);
    await w.play(20 * 60_000);
    expect((await w.state())?.current).toMatchObject({ phase: "judging", step: 0 });
    w.counts.unreachable(false);
    expect((await w.play())?.ended[0]).toMatchObject({ phase: "promoted" });
  });

  it("only proposes in the mode recommend", async () => {
    const w = await deliveryWorld({ config: CONFIG.replace("first: 5m", "first: 5m, mode: recommend") });
    const view = await json(w.deploy(V2));
    expect(view.reason).toBe("recommended");
    expect(view.rollout).toBeUndefined();
    expect(w.releases.counts("orders")).toEqual({ v1: 4 });
  });
});

it("a plan says what a release would go through and what its gate could see at this traffic", async () => {
  const w = await deliveryWorld();
  const plan = await json(w.get("/api/v1/delivery/orders/plan"));
  shaped("RolloutPlan", plan);
  expect(plan).toMatchObject({
    strategy: "canary",
    divides: true,
    leastMs: 11 * 60_000,
    traffic: { requestsPerTick: 6_000 },
  });
  expect(plan.visible.map(({ percent }: Answer) => percent)).toEqual([10, 50]);
  expect(plan.visible[1].ratio).toBeLessThan(plan.visible[0].ratio);
});
