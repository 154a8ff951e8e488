import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { type ShapeName, shapes } from "../../functions/api/schemas.ts";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { tick } from "../../functions/autoscaling/schedule.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { applyConfig } from "../../shared/shell/config-store.ts";
import { type Answer, CONFIG, MINUTE, type World, world } from "./kit.ts";

/** The answer, which must be good and of this shape. */
async function shaped(shape: ShapeName, answer: Response | Promise<Response>, status = 200): Promise<Answer> {
  const response = await answer;
  const text = await response.text();
  expect(response.status, text).toBe(status);
  const body = JSON.parse(text) as Answer;
  const parsed = v.safeParse(shapes[shape], body);
  expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
  return body;
}

async function problem(answer: Response | Promise<Response>, status: number, code: string): Promise<Answer> {
  const response = await answer;
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  const body = await shaped("Problem", response, status);
  expect(body.code).toBe(code);
  expect(body.type).toBe(`urn:headgate:error:${code}`);
  return body;
}

async function busy(): Promise<World> {
  const w = await world();
  w.measure("orders", { cpu: 90, memory: 50, requests: 120 });
  w.measure("search", { cpu: 90, memory: 50 });
  await w.post("/api/v1/autoscaling/orders/evaluate");
  w.clock.advance(MINUTE);
  w.measure("orders", { cpu: 60, memory: 50, requests: 130 });
  w.measure("search", { cpu: 90, memory: 50 });
  await w.post("/api/v1/autoscaling/search/evaluate");
  return w;
}

describe("services", () => {
  it("are listed with health, counts, newest measurements and last decision, and a line of state", async () => {
    const w = await busy();
    const body = await shaped("Services", w.get("/api/v1/services"));
    expect(body.items.map((one: Answer) => one.name)).toEqual(["orders", "plain", "search"]);
    const [orders, plain] = body.items;
    expect(orders).toMatchObject({ health: "ok", mode: "act", min: 2, max: 10, status: { desired: 3, ready: 3 } });
    expect(orders.latest.cpu).toEqual({ at: w.clock.now() - MINUTE, value: 60, unit: "percent" });
    expect(orders.load).toMatchObject({ metric: "requests", points: [{ value: 120 }, { value: 130 }] });
    expect(orders.lastDecision).toMatchObject({ reason: "scaled_out", desired: 3, from: 2, acted: true });
    expect(plain.mode).toBeUndefined();
    expect(plain.latest, "not measured is not zero").toEqual({});
    expect(body.state).toBe("3 services, all healthy, acting now");
  });

  it("are unknown, not failing, while the fleet does not answer", async () => {
    const w = await busy();
    w.fleet.unreachable(true);
    const body = await shaped("Services", w.get("/api/v1/services"));
    expect(body.items.map((one: Answer) => one.health)).toEqual(["unknown", "unknown", "unknown"]);
    expect(body.items[0].status).toBeUndefined();
    expect(body.state).toContain("3 services not answering");
  });

  it("are shown without measurements while those cannot be read", async () => {
    const w = await world();
    w.samples.unreachable(true);
    const body = await shaped("Services", w.get("/api/v1/services"));
    expect(body.items[0].latest).toEqual({});
    expect(body.items[0].load.points).toEqual([]);
  });

  it.each([
    [3, 1, "degraded"],
    [3, 3, "ok"],
  ])("with %i desired: after scaling from 1 it is %s ready", async (desired, _ready, health) => {
    const w = await world();
    w.fleet.external("orders", desired);
    if (health === "ok") w.clock.advance(MINUTE);
    const body = await shaped("Service", w.get("/api/v1/services/orders"));
    expect(body.service.health).toBe(health);
  });

  it("tell who paused and overrode them, until that ends", async () => {
    const w = await world();
    w.measure("orders", { cpu: 60, memory: 50 });
    await w.post("/api/v1/autoscaling/orders/pause", { why: "load test", by: "ada", direction: "in", for: "2h" });
    await w.post("/api/v1/autoscaling/orders/override", { why: "launch", desired: 5, for: "1h" });
    const until = w.clock.now() + 120 * MINUTE;
    let body = await shaped("Service", w.get("/api/v1/services/orders"));
    expect(body.service.paused).toEqual({ by: "ada", why: "load test", direction: "in", until });
    expect(body.service.override).toMatchObject({ by: "local", desired: 5 });
    w.clock.advance(61 * MINUTE);
    body = await shaped("Service", w.get("/api/v1/services/orders"));
    expect(body.service.override).toBeUndefined();
    expect(body.service.paused).toBeDefined();
    w.clock.advance(61 * MINUTE);
    body = await shaped("Service", w.get("/api/v1/services/orders"));
    expect(body.service.paused).toBeUndefined();
  });

  it("where reading costs money are read once a minute, however many people look", async () => {
    const w = await world({ keepSamples: true });
    const before = w.samples.queries();
    for (let look = 0; look < 10; look += 1) await w.get("/api/v1/services");
    expect(w.samples.queries() - before, "3 services × 3 metrics").toBe(9);
    w.clock.advance(MINUTE);
    await w.get("/api/v1/services");
    expect(w.samples.queries() - before).toBe(18);
  });

  it("what was read for one tenant is never shown to another, though their services are called alike", async () => {
    const w = await world({ keepSamples: true, access: "keys" });
    w.measure("orders", { cpu: 90 });
    const read = w.samples.samples.read;
    w.samples.samples.read = (queries) => read(queries.filter((query) => query.service.ecs?.cluster === "data"));
    const text = CONFIG.replaceAll("cluster: data", "cluster: theirs");
    const parsed = parseConfig(text);
    if (!parsed.ok) throw new Error("bad configuration");
    await applyConfig(w.runtime, "other", { ...parsed, text }, { by: "test" });
    const look = async (tenant: string) =>
      shaped("Services", w.get("/api/v1/services", { authorization: `Bearer ${await w.key("read", tenant)}` }));
    expect((await look("default")).items[0].latest.cpu.value).toBe(90);
    expect((await look("other")).items[0].latest).toEqual({});
  });

  it("that do not exist are a problem, also with the names of an object's own members", async () => {
    const w = await world();
    for (const name of ["nobody", "constructor", "__proto__", "toString", "%00", "a%2Fb", "x".repeat(500)]) {
      await problem(w.get(`/api/v1/services/${name}`), 404, "service.unknown");
      await problem(w.get(`/api/v1/autoscaling/${name}`), 404, "service.unknown");
      await problem(w.post(`/api/v1/autoscaling/${name}/evaluate`), 404, "service.unknown");
    }
  });
});

describe("series", () => {
  it("answer the asked metrics over the asked time, whole periods only, gaps left out", async () => {
    const w = await world();
    const start = w.clock.now();
    for (const minute of [0, 1, 3]) w.samples.put("orders", "cpu", start + minute * MINUTE, 10 * minute);
    w.clock.advance(5 * MINUTE);
    const body = await shaped(
      "Series",
      w.get(`/api/v1/services/orders/series?metrics=cpu,latency_p99&from=${start}&to=${w.clock.now()}`),
    );
    expect(body.series[0]).toEqual({
      metric: "cpu",
      unit: "percent",
      periodMs: MINUTE,
      status: "complete",
      points: [
        { at: start, value: 0 },
        { at: start + MINUTE, value: 10 },
        { at: start + 3 * MINUTE, value: 30 },
      ],
    });
    expect(body.series[1]).toMatchObject({ metric: "latency_p99", unit: "ms", points: [] });
  });

  it("take ISO instants as well, and longer periods for longer spans", async () => {
    const w = await world();
    const body = await shaped(
      "Series",
      w.get("/api/v1/services/orders/series?from=2025-12-01T00:00:00Z&to=2026-01-01T00:00:00Z"),
    );
    expect(body.series[0].periodMs).toBe(31 * MINUTE);
    expect(body.from % body.series[0].periodMs).toBe(0);
  });

  it("carry the unit of everything a laptop measures", async () => {
    const w = await world();
    const metrics = ["offered", "errors", "requests_per_instance", "latency_p99", "busy", "my_own"];
    const body = await shaped("Series", w.get(`/api/v1/services/orders/series?metrics=${metrics.join()}`));
    expect(body.series.map((one: Answer) => one.unit)).toEqual([
      "per_second",
      "per_second",
      "per_second",
      "ms",
      "percent",
      "none",
    ]);
  });

  it("say that a metric could not be read, beside those that could", async () => {
    const w = await world();
    w.samples.failing("memory", true);
    const body = await shaped("Series", w.get("/api/v1/services/orders/series?metrics=cpu,memory"));
    expect(body.series.map((one: Answer) => one.status)).toEqual(["complete", "failed"]);
  });

  it.each([
    ["metrics=", "metrics"],
    ["metrics=CPU;drop", "metrics"],
    [`metrics=${Array.from({ length: 21 }, (_, i) => `m${i}`).join()}`, "metrics"],
    ["from=yesterday", "from"],
    ["from=2026-01-05T00:00:00Z&to=2026-01-05T00:00:00Z", "from"],
    ["from=1990-01-01", "from"],
    ["form=1", "form"],
  ])("refuse ?%s by name", async (parameters, path) => {
    const w = await world();
    const body = await problem(w.get(`/api/v1/services/orders/series?${parameters}`), 400, "input.invalid");
    expect(body.faults[0].path).toBe(path);
  });
});

describe("decisions", () => {
  /** 25 records at 10 instants, so that several share one. */
  async function full(): Promise<World> {
    const w = await busy();
    const [template] = (await w.journal.list({ tenant: "default", limit: 1 })).items;
    for (let i = 0; i < 25; i += 1) {
      const at = w.clock.now() + Math.floor(i / 3) * 1000;
      const id = `dec_${String(i).padStart(26, "0")}`;
      await w.journal.append({ ...(template as DecisionRecord), id, at, subject: i % 2 === 0 ? "orders" : "search" });
    }
    return w;
  }

  it("are listed newest first, page by page, each once, also while new ones arrive", async () => {
    const w = await full();
    const seen: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const body = await shaped(
        "Decisions",
        w.get(`/api/v1/decisions?limit=4${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`),
      );
      seen.push(...body.items.map((one: Answer) => one.id));
      cursor = body.cursor;
      pages += 1;
      if (pages === 2) {
        w.clock.advance(60 * MINUTE);
        await w.post("/api/v1/autoscaling/orders/pause", { why: "arrives in between" });
      }
    } while (cursor);
    expect(seen).toHaveLength(27);
    expect(new Set(seen).size).toBe(27);
  });

  it("are filtered by service, reason, time and whether they did something", async () => {
    const w = await busy();
    const ids = async (parameters: string) =>
      (await shaped("Decisions", w.get(`/api/v1/decisions?${parameters}`))).items.map(
        (one: Answer) => `${one.subject} ${one.reason}`,
      );
    await w.post("/api/v1/autoscaling/orders/pause", { why: "x" });
    expect(await ids("subject=search")).toEqual(["search would_scale_out"]);
    expect(await ids("reason=scaled_out")).toEqual(["orders scaled_out"]);
    expect(await ids("acted=true&subject=orders")).toEqual(["orders scaled_out"]);
    expect(await ids(`from=${w.clock.now()}`)).toEqual(
      expect.arrayContaining(["search would_scale_out", "orders paused"]),
    );
    expect(await ids(`to=${w.clock.now()}`)).toEqual(["orders scaled_out"]);
    expect(await ids("noun=cooking")).toEqual([]);
  });

  it.each(["limit=0", "limit=501", "limit=ten", "acted=maybe", "cursor=", "unknown=1", "from=x", "limit=1&limit=2"])(
    "refuse ?%s",
    async (parameters) => {
      const w = await world();
      await problem(w.get(`/api/v1/decisions?${parameters}`), 400, "input.invalid");
    },
  );

  it("refuse a cursor that is not theirs", async () => {
    const w = await busy();
    await problem(w.get("/api/v1/decisions?cursor=bm90IG91cnM"), 400, "input.invalid");
  });

  it("are shown whole, with their why in words", async () => {
    const w = await busy();
    const [{ id }] = (await shaped("Decisions", w.get("/api/v1/decisions?subject=orders"))).items;
    const body = await shaped("DecisionDetail", w.get(`/api/v1/decisions/${id}`));
    expect(body.decision).toMatchObject({ id, reason: "scaled_out", mode: "act", outcomes: [{ phase: "performed" }] });
    expect(body.explanation[0]).toBe(body.decision.sentence);
    expect(body.explanation.length).toBeGreaterThan(3);
  });

  it("that do not exist are a problem", async () => {
    const w = await world();
    await problem(w.get("/api/v1/decisions/dec_none"), 404, "decision.unknown");
    await problem(w.post("/api/v1/decisions/dec_none/replay"), 404, "decision.unknown");
  });

  it("replay to the same, one and all, over pages", async () => {
    const w = await busy();
    const [{ id }] = (await w.journal.list({ tenant: "default", subject: "orders" })).items as [DecisionRecord];
    expect(await shaped("Replay", w.post(`/api/v1/decisions/${id}/replay`))).toEqual({
      checked: 1,
      same: 1,
      skipped: 0,
      differences: [],
    });
    const page = await shaped("Replay", w.post("/api/v1/decisions/replay", { limit: 1 }));
    expect(page).toMatchObject({ checked: 1, same: 1 });
    const rest = await shaped("Replay", w.post("/api/v1/decisions/replay", { limit: 1, cursor: page.cursor }));
    expect(rest).toMatchObject({ checked: 1, same: 1 });
  });

  it("that were tampered with replay to a difference, with its path", async () => {
    const w = await busy();
    const [record] = (await w.journal.list({ tenant: "default", subject: "orders" })).items as [DecisionRecord];
    const id = "dec_00000000000000000000000001";
    await w.journal.append({ ...record, id, reason: "scaled_in" });
    const body = await shaped("Replay", w.post(`/api/v1/decisions/${id}/replay`));
    expect(body.differences).toEqual([{ id, path: "reason", recorded: "scaled_in", recomputed: "scaled_out" }]);
  });

  it("of nouns this version does not know are listed and skipped by replay", async () => {
    const w = await busy();
    const [record] = (await w.journal.list({ tenant: "default", subject: "orders" })).items as [DecisionRecord];
    await w.journal.append({ ...record, id: "dec_00000000000000000000000002", noun: "brewing" });
    expect((await shaped("Decisions", w.get("/api/v1/decisions?noun=brewing"))).items[0].sentence).toContain(
      "scaled out",
    );
    expect(await shaped("Replay", w.post("/api/v1/decisions/replay", { noun: "brewing" }))).toMatchObject({
      checked: 0,
      skipped: 1,
    });
  });
});

describe("autoscaling", () => {
  it("shows configuration, state and alarms of a controller", async () => {
    const w = await busy();
    const body = await shaped("Autoscaling", w.get("/api/v1/autoscaling/orders"));
    expect(body).toMatchObject({ service: "orders", config: { min: 2, max: 10 }, state: { desired: 3 }, pending: 0 });
    expect(body.alarms.length).toBeGreaterThan(0);
  });

  it("evaluates on demand, under the caller's trace", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const response = await w.post("/api/v1/autoscaling/orders/evaluate", { why: "curious" }, { traceparent });
    expect(response.headers.get("traceparent")).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
    );
    const body = await shaped("Evaluation", response);
    expect(body).toMatchObject({ status: "decided", reason: "scaled_out", results: [{ status: "done" }] });
    const record = await w.journal.get("default", body.decision.id);
    expect(record).toMatchObject({
      traceId: "0af7651916cd43dd8448eb211c80319c",
      trigger: { type: "api", detail: "asked by local: curious" },
    });
  });

  it("overrides at once, inside min and max, until it ends or is cleared", async () => {
    const w = await world();
    w.measure("orders", { cpu: 60, memory: 50 });
    const body = await shaped(
      "Command",
      w.post("/api/v1/autoscaling/orders/override", { why: "launch", desired: 50, for: "1h" }),
    );
    expect(body.command.reason).toBe("override_set");
    expect(body.evaluation.reason).toBe("overridden");
    expect(w.fleet.desired("orders"), "max is 10").toBe(10);
    await shaped("Command", w.post("/api/v1/autoscaling/orders/clear-override", { why: "over" }));
    expect((await shaped("Autoscaling", w.get("/api/v1/autoscaling/orders"))).state.override).toBeUndefined();
  });

  it("pauses and resumes", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    await shaped("Command", w.post("/api/v1/autoscaling/orders/pause", { why: "hands off" }));
    expect((await shaped("Evaluation", w.post("/api/v1/autoscaling/orders/evaluate"))).reason).toBe("held_paused");
    const resumed = await shaped("Command", w.post("/api/v1/autoscaling/orders/resume", { why: "go on" }));
    expect(resumed.evaluation.reason).toBe("scaled_out");
    expect(w.fleet.desired("orders")).toBe(3);
  });

  it.each([
    ["pause", {}, "why"],
    ["pause", { why: "  " }, "why"],
    ["pause", { why: "x", for: "1" }, "for"],
    ["pause", { why: "x", for: "1s" }, "for"],
    ["pause", { why: "x", direction: "up" }, "direction"],
    ["pause", { why: "x", until: 5 }, "until"],
    ["override", { why: "x", desired: 3 }, "for"],
    ["override", { why: "x", desired: -1, for: "1h" }, "desired"],
    ["override", { why: "x", desired: 2.5, for: "1h" }, "desired"],
    ["override", { why: "x", desired: "3", for: "1h" }, "desired"],
    ["resume", { why: "x".repeat(501) }, "why"],
    ["clear-override", [], "why"],
  ])("%s refuses %j by name", async (verb, body, path) => {
    const w = await world();
    const answer = await problem(w.post(`/api/v1/autoscaling/orders/${verb}`, body), 400, "input.invalid");
    expect(answer.faults.map((fault: Answer) => fault.path)).toContain(path);
    expect((await w.journal.list({ tenant: "default" })).items).toEqual([]);
  });

  it("keeps what people write as it is, whatever it would do elsewhere", async () => {
    const w = await world();
    const why = '<img src=x onerror=alert(1)> \u202e "quoted" 😀';
    await shaped("Command", w.post("/api/v1/autoscaling/orders/pause", { why }));
    const response = await w.get("/api/v1/services/orders");
    expect(response.headers.get("content-type")).toContain("application/json");
    expect((await shaped("Service", response)).service.paused.why).toBe(why);
  });
});

describe("backtest", () => {
  const csv = `timestamp,value\n${Array.from({ length: 300 }, (_, i) => `${1_700_000_000 + i * 60},${100 + (i % 60)}`).join("\n")}\n`;

  it("scores a built-in policy, a policy and a whole section", async () => {
    const w = await world();
    for (const [policy, name] of [
      ["seed-instances", "seed-instances"],
      [{ type: "target-tracking", target: 60 }, "custom"],
      [{ min: 2, max: 50, policies: [{ type: "instances" }] }, "custom"],
    ] as const) {
      const body = await shaped("Backtest", w.post("/api/v1/autoscaling/backtest", { trace: csv, policy }));
      expect(body.policy).toBe(name);
      expect(body.j).toBeGreaterThanOrEqual(1);
      expect(body.minutes).toBeGreaterThan(0);
    }
  });

  it("names row and column of a bad trace, and reads nothing as zero", async () => {
    const w = await world();
    const body = await problem(
      w.post("/api/v1/autoscaling/backtest", {
        trace: csv.replace("1700000060,101", "1700000060,NaN"),
        policy: "seed-instances",
      }),
      422,
      "trace.invalid",
    );
    expect(body.faults[0]).toMatchObject({ line: 3, path: expect.stringContaining("value") });
  });

  it("names the policies there are", async () => {
    const w = await world();
    const body = await problem(
      w.post("/api/v1/autoscaling/backtest", { trace: csv, policy: "seed-instance" }),
      400,
      "input.invalid",
    );
    expect(body.detail).toContain("target-tracking-70");
    await problem(
      w.post("/api/v1/autoscaling/backtest", { trace: csv, policy: { type: "target-tracking" } }),
      400,
      "input.invalid",
    );
  });

  it("takes a trace of 2 MB and no more", async () => {
    const w = await world();
    const row = "1700000000,1\n";
    const trace = `timestamp,value\n${row.repeat(Math.floor((2_097_152 - 16) / row.length))}`;
    // The rows repeat one stamp: the reader is reached, and refuses them for that.
    await problem(w.post("/api/v1/autoscaling/backtest", { trace, policy: "seed-instances" }), 422, "trace.invalid");
    await problem(
      w.post("/api/v1/autoscaling/backtest", { trace: trace + row.repeat(2), policy: "seed-instances" }),
      400,
      "input.invalid",
    );
    await problem(
      w.post("/api/v1/autoscaling/backtest", { trace: trace + trace, policy: "seed-instances" }),
      413,
      "input.too_large",
    );
  });

  const traces = join(import.meta.dirname, "../../../shared/traces/wc98_groupstage_1min.csv");
  it.skipIf(!existsSync(traces))("plays a recorded load of 14 days", async () => {
    const w = await world();
    const body = await shaped(
      "Backtest",
      w.post("/api/v1/autoscaling/backtest", { trace: readFileSync(traces, "utf8"), policy: "hpa-cpu70" }),
    );
    expect(body.minutes).toBeGreaterThan(14_000);
  });
});

describe("configuration", () => {
  it("in force is shown as it was written", async () => {
    const w = await world();
    const body = await shaped("Config", w.get("/api/v1/config"));
    expect(body).toMatchObject({ text: CONFIG, by: "test", version: expect.stringMatching(/^cfg_/) });
    const empty = await world({ config: "" });
    expect((await shaped("Config", empty.get("/api/v1/config"))).version).toBeUndefined();
  });

  it("is checked: every fault with place, value and what is allowed", async () => {
    const w = await world();
    const body = await shaped(
      "ConfigCheck",
      w.post("/api/v1/config/check", { text: CONFIG.replace("max: 10", "max: -1") }),
    );
    expect(body.ok).toBe(false);
    expect(body.faults[0]).toMatchObject({
      path: "autoscaling.orders.max",
      line: 7,
      column: 26,
      value: "-1",
      allowed: "integer 1..10000",
    });
    expect(await shaped("ConfigCheck", w.post("/api/v1/config/check", { text: CONFIG }))).toMatchObject({
      ok: true,
      faults: [],
    });
  });

  it("is planned path by path, with its alarms, and applied with them", async () => {
    const w = await world();
    const text = CONFIG.replace("max: 10", "max: 12");
    const plan = await shaped("ConfigPlan", w.post("/api/v1/config/plan", { text }));
    expect(plan.changes).toEqual([{ path: "autoscaling.orders.max", from: 10, to: 12 }]);
    expect(w.reconciled, "a plan changes nothing").toEqual([]);
    const applied = await shaped(
      "ConfigApplied",
      w.post("/api/v1/config/apply", { text, by: "ada", expected: plan.current }),
    );
    expect(applied).toMatchObject({ version: plan.version, previous: plan.current, unchanged: false });
    expect(w.reconciled[0]).toContain("headgate/local/default/orders-cpu-out");
    expect(await shaped("Config", w.get("/api/v1/config"))).toMatchObject({ version: plan.version, by: "ada" });
    expect(await shaped("ConfigApplied", w.post("/api/v1/config/apply", { text }))).toMatchObject({ unchanged: true });
  });

  it("tells the alarms that cannot be made, and why", async () => {
    const w = await world();
    const skipped = [{ name: "headgate/local/default/orders-requests-out", why: "orders names no load balancer" }];
    Object.assign(w.runtime.alarms ?? expect.unreachable(), {
      plan: async () => ({ created: [], updated: [], removed: [], unchanged: 0, skipped }),
      reconcile: async () => ({ created: [], updated: [], removed: [], unchanged: 0, skipped }),
    });
    const text = CONFIG.replace("max: 10", "max: 11");
    expect((await shaped("ConfigPlan", w.post("/api/v1/config/plan", { text }))).alarms.skipped).toEqual(skipped);
    expect((await shaped("ConfigApplied", w.post("/api/v1/config/apply", { text }))).alarms.skipped).toEqual(skipped);
  });

  it("that is bad never replaces a good one", async () => {
    const w = await world();
    const before = (await shaped("Config", w.get("/api/v1/config"))).version;
    for (const text of ["", "version: 2", "{", "- a", CONFIG.replace("min: 2", "min: 20"), "version: 1\nversion: 1"]) {
      const body = await problem(w.post("/api/v1/config/apply", { text }), 422, "config.invalid");
      expect(body.faults.length).toBeGreaterThan(0);
    }
    expect((await shaped("Config", w.get("/api/v1/config"))).version).toBe(before);
    expect(w.reconciled).toEqual([]);
  });

  it("makes the services that it changes due at once, and no others: nothing else would wake them", async () => {
    const w = await world();
    for (const name of ["orders", "search"]) w.measure(name, { cpu: 50, memory: 50 });
    await evaluateServices(w.runtime, { tenant: "default", trigger: { type: "api" } });
    expect(await w.store.due(w.clock.now(), 10)).toEqual([]);
    const text = CONFIG.replace("min: 2, max: 10", "min: 3, max: 10");
    await w.post("/api/v1/config/apply", { text });
    const due = await w.store.due(w.clock.now(), 10);
    expect(due.map((key) => key.subject)).toEqual(["orders"]);
    await tick(w.runtime);
    expect(w.fleet.desired("orders")).toBe(3);
    await w.post("/api/v1/config/apply", { text });
    expect((await w.store.due(w.clock.now(), 10)).map((key) => key.subject)).toEqual([]);
  });

  it("lets a schedule that is new to a service at rest fire in time", async () => {
    const w = await world();
    const text = `${CONFIG}  plain: { min: 3, max: 10, policies: [{ type: instances }] }\n`;
    await w.post("/api/v1/config/apply", { text });
    w.measure("plain", { cpu: 50, memory: 50 });
    await tick(w.runtime);
    expect((await w.store.load({ tenant: "default", noun: "autoscaling", subject: "plain" }))?.dueAt).toBeUndefined();
    const actions = '[{ cron: "* * * * *", min: 5 }]';
    const scheduled = text.replace(
      /plain: \{ min: 3.*/,
      `plain: { min: 3, max: 10, policies: [{ type: instances }, { type: scheduled, actions: ${actions} }] }`,
    );
    await w.post("/api/v1/config/apply", { text: scheduled });
    await tick(w.runtime);
    expect(w.fleet.desired("plain")).toBe(5);
  });

  it("that was planned against another one is a conflict", async () => {
    const w = await world();
    await problem(
      w.post("/api/v1/config/apply", { text: "version: 1", expected: "cfg_other" }),
      409,
      "config.conflict",
    );
    await problem(w.post("/api/v1/config/apply", { text: "version: 1", expected: null }), 409, "config.conflict");
  });

  it("of more than 2 MB, files included, is refused unread", async () => {
    const w = await world();
    await problem(w.post("/api/v1/config/check", { text: "x".repeat(3_000_000) }), 413, "input.too_large");
  });

  it("has a JSON Schema", async () => {
    const w = await world();
    const response = await w.get("/api/v1/config/schema");
    expect(response.headers.get("content-type")).toBe("application/schema+json");
    expect(((await response.json()) as Answer).properties).toHaveProperty("autoscaling");
  });
});

describe("health", () => {
  it("/live answers whatever else is broken", async () => {
    const w = await world();
    w.store.load = () => Promise.reject(new Error("no store"));
    expect((await shaped("Health", w.get("/live"))).status).toBe("pass");
  });

  it("/ready and /health pass, warn and fail with their parts", async () => {
    const w = await world();
    const ready = await w.get("/ready");
    expect(ready.headers.get("content-type")).toBe("application/health+json");
    expect((await shaped("Health", ready)).status).toBe("pass");
    const empty = await world({ config: "" });
    expect((await shaped("Health", empty.get("/ready"))).status).toBe("warn");
    w.fleet.unreachable(true);
    expect((await shaped("Health", w.get("/ready"))).status).toBe("pass");
    const failing = await shaped("Health", w.get("/health"), 503);
    expect(failing.checks["fleet:reachable"][0]).toMatchObject({ status: "fail", output: "the fleet does not answer" });
  });

  it("/ready and /health fail while what is decided could not be written down", async () => {
    let full = false;
    const w = await world({
      writable: async () => {
        if (full) throw new HeadgateError("data.unwritable", "the disk is full");
      },
    });
    expect((await shaped("Health", w.get("/ready"))).status).toBe("pass");
    full = true;
    for (const path of ["/ready", "/health"]) {
      const body = await shaped("Health", w.get(path), 503);
      expect(body.checks["store:writable"][0]).toEqual({ status: "fail", output: "the disk is full" });
      expect(body.checks["store:reachable"][0].status).toBe("pass");
    }
  });

  it("warns of an action that nobody finished", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    const setDesired = w.runtime.fleet.setDesired;
    w.runtime.fleet.setDesired = () => Promise.reject(new Error("gone"));
    await w.post("/api/v1/autoscaling/orders/evaluate");
    w.runtime.fleet.setDesired = setDesired;
    w.clock.advance(60 * MINUTE);
    const body = await shaped("Health", w.get("/health"));
    expect(body.checks["actions:overdue"][0]).toMatchObject({ status: "warn", observedValue: 1 });
  });

  it("/metrics speaks Prometheus text, and OpenMetrics to who accepts it", async () => {
    const w = await busy();
    const text = await w.get("/metrics");
    expect(text.headers.get("content-type")).toContain("text/plain");
    const body = await text.text();
    expect(body).toMatch(/headgate_decisions_total\{.*reason="scaled_out".*\} 1/);
    expect(body).toMatch(/headgate_http_requests_total\{.*route="\/api\/v1\/autoscaling\/:service\/evaluate".*\} 2/);
    expect(body).toContain("headgate_input_age_seconds");
    const open = await w.get("/metrics", { accept: "application/openmetrics-text; version=1.0.0,text/plain;q=0.5" });
    expect(open.headers.get("content-type")).toContain("application/openmetrics-text");
    expect(await open.text()).toMatch(/# EOF\n$/);
  });

  it("labels of requests are routes, never what a caller made up", async () => {
    const w = await world();
    for (let i = 0; i < 50; i += 1) await w.get(`/made/up/${i}`);
    for (let i = 0; i < 50; i += 1) await w.get(`/api/v1/services/made-up-${i}`);
    const body = await (await w.get("/metrics")).text();
    expect(body).not.toContain("made");
  });
});

describe("every answer", () => {
  it("carries headers that keep browsers from misreading it", async () => {
    const w = await world();
    const { headers } = await w.get("/api/v1/services");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  it("of all services is compressed for whoever can read that, and says the same", async () => {
    const w = await world();
    w.clock.advance(MINUTE);
    w.measure("orders", { requests: 100 / 3 });
    const plain = await w.get("/api/v1/services");
    expect(plain.headers.get("content-encoding")).toBeNull();
    const small = await w.get("/api/v1/services", { "accept-encoding": "gzip, br" });
    expect(small.headers.get("content-encoding")).toBe("gzip");
    const unpacked = small.body?.pipeThrough(new DecompressionStream("gzip"));
    const view = (await new Response(unpacked).json()) as Answer;
    expect(view).toEqual(await plain.json());
    // The small line needs four digits; the newest value beside it is exact.
    expect(view.items[0].load.points.at(-1).value).toBe(33.33);
    expect(view.items[0].latest.requests.value).toBe(100 / 3);
  });

  it("to an unknown address or method is a problem, with the methods there are", async () => {
    const w = await world();
    await problem(w.get("/api/v1/nothing"), 404, "route.unknown");
    const response = await w.call("DELETE", "/api/v1/services");
    expect(response.headers.get("allow")).toBe("GET");
    await problem(response, 405, "route.method");
  });

  it("to what is no JSON is a problem", async () => {
    const w = await world();
    await problem(w.call("POST", "/api/v1/autoscaling/orders/pause", "{"), 400, "input.invalid");
    await problem(
      w.call("POST", "/api/v1/autoscaling/orders/pause", "why=x", {
        "content-type": "application/x-www-form-urlencoded",
      }),
      400,
      "input.invalid",
    );
  });

  it("to a body that is too large is a problem, with and without a stated length", async () => {
    const w = await world();
    const body = JSON.stringify({ why: "x".repeat(70_000) });
    await problem(
      w.call("POST", "/api/v1/autoscaling/orders/pause", body, { "content-length": `${body.length}` }),
      413,
      "input.too_large",
    );
    await problem(w.call("POST", "/api/v1/autoscaling/orders/pause", body), 413, "input.too_large");
  });

  it("to a failure of ours tells the trace id and nothing of the inside; the log has the rest", async () => {
    const w = await world();
    w.journal.list = () => Promise.reject(new Error("password=hunter2 at /srv/secret.ts"));
    const response = await w.get("/api/v1/decisions", {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    });
    const body = await problem(response, 500, "internal");
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(body.detail).toContain("0af7651916cd43dd8448eb211c80319c");
    expect(w.lines.join()).toContain("/srv/secret.ts");
  });

  it("to a store that is away says when to come again", async () => {
    const w = await world();
    w.measure("orders", { cpu: 90, memory: 50 });
    const { HeadgateError } = await import("../../shared/core/kernel/errors.ts");
    w.store.write = () => Promise.reject(new HeadgateError("store.unavailable", "no store", { retryable: true }));
    const response = await w.post("/api/v1/autoscaling/orders/evaluate");
    expect(response.headers.get("retry-after")).toBe("1");
    await problem(response, 503, "store.unavailable");
    expect(w.fleet.changes).toEqual([]);
  });
});
