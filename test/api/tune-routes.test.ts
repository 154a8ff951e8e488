import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import { type ShapeName, shapes } from "../../functions/api/schemas.ts";
import { type Answer, MINUTE, type World, world } from "./kit.ts";

const DAY = 1440 * MINUTE;
const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
autoscaling:
  orders: { min: 2, max: 10, capacity: 10, policies: [{ type: auto }] }
  search: { min: 1, max: 4, policies: [{ type: instances }] }
`;
const base = "/api/v1/autoscaling";
/** Two days, a point each ten minutes: a day of waves that the next one repeats. */
const TRACE = `timestamp,value\n${Array.from({ length: 288 }, (_, index) => {
  const value = Math.round(1000 + 600 * Math.sin((2 * Math.PI * index) / 144) + 100 * Math.sin(index));
  return `${1_700_000_000 + index * 600},${value}`;
}).join("\n")}\n`;

async function shaped(shape: ShapeName, answer: Response | Promise<Response>, status = 200): Promise<Answer> {
  const response = await answer;
  const text = await response.text();
  expect(response.status, text).toBe(status);
  const body = JSON.parse(text) as Answer;
  const parsed = v.safeParse(shapes[shape], body);
  expect(parsed.issues?.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`)).toBeUndefined();
  return body;
}

/** An hour and a half of load, put in minute by minute. */
function recorded(w: World): void {
  for (let minute = 90; minute > 0; minute -= 1)
    w.samples.put("orders", "requests", w.clock.now() - minute * MINUTE, 30 + (minute % 20));
}

describe("compare", () => {
  it("scores policies on the same days, the lowest J first, with money where tasks have a price", async () => {
    const w = await world({ config: CONFIG });
    const policies = ["seed-instances", "hpa-cpu70", { type: "demand", target: 0.6 }];
    const objective = { taskHour: 0.05, violationMinute: 0.1 };
    const body = await shaped(
      "Comparison",
      w.post(`${base}/compare`, { trace: TRACE, policies, objective, days: "2-2" }),
    );
    expect(body.days).toEqual([2, 2]);
    expect(body.rows.map(({ policy }: Answer) => policy).sort()).toEqual(["custom", "hpa-cpu70", "seed-instances"]);
    const js = body.rows.map(({ j }: Answer) => j);
    expect(js).toEqual([...js].sort((a, b) => a - b));
    for (const { minutes, money, taskHours, violationMinutes } of body.rows) {
      expect(minutes).toBe(1440);
      expect(money.total).toBeCloseTo(0.05 * taskHours + 0.1 * violationMinutes, 8);
    }
    expect(body.load).toMatchObject({ source: "trace", days: 2, meanTasks: 8 });
  });

  it.each([
    ["no load", { policies: ["hpa-cpu70"] }, "input.invalid", 400],
    ["two loads", { trace: TRACE, service: "orders" }, "input.invalid", 400],
    ["days past the load", { trace: TRACE, days: "2-3" }, "input.invalid", 400],
    ["an unknown policy", { trace: TRACE, policies: ["nobody"] }, "input.invalid", 400],
    ["a bad trace", { trace: "timestamp,value\n1,x\n" }, "trace.invalid", 422],
    ["an unknown service", { service: "nobody" }, "service.unknown", 404],
    ["a service without a recording", { service: "orders" }, "history.short", 422],
    ["more policies than are played", { trace: TRACE, policies: Array(13).fill("demand") }, "input.invalid", 400],
    ["more tasks than are played", { trace: TRACE, meanTasks: 10_001 }, "input.invalid", 400],
    ["an SLO that is none", { trace: TRACE, objective: { slo: 10 } }, "input.invalid", 400],
  ])("refuses %s", async (_, body, code, status) => {
    const w = await world({ config: CONFIG });
    const answer = await shaped("Problem", w.post(`${base}/compare`, body), status);
    expect(answer.code).toBe(code);
  });
});

describe("a trace that spans more than is played for a request", () => {
  it.each([
    ["compare", { policies: ["demand"] }],
    ["tune", {}],
    ["lab", { policy: "demand" }],
    ["backtest", { policy: "demand" }],
  ])("is refused by %s with what is allowed", async (verb, body) => {
    const w = await world({ config: CONFIG });
    const long = `${TRACE}${1_700_000_000 + 35 * 86_400},1000\n`;
    const problem = await shaped("Problem", w.post(`${base}/${verb}`, { trace: long, ...body }), 422);
    expect(problem).toMatchObject({
      ...{ code: "trace.invalid", detail: "the trace spans 35.1 days, and at most 35 are played for a request" },
      faults: [{ path: "trace", allowed: expect.stringContaining("at most 35 days") }],
    });
  });
});

describe("tune", () => {
  it("picks on one day and scores on the next, and what it picked can be played as it is written", async () => {
    const w = await world({ config: CONFIG });
    const tuned = await shaped("Tuned", w.post(`${base}/tune`, { trace: TRACE, objective: { slo: 99 } }));
    expect(tuned).toMatchObject({ trainDays: [1, 1], scoreDays: [2, 2], minutes: 1440, objective: { slo: 99 } });
    const policy = tuned.picked.written;
    const lab = await shaped("Lab", w.post(`${base}/lab`, { trace: TRACE, policy, days: "2-2" }));
    expect(lab.measures).toEqual({ ...lab.measures, ...pickOf(tuned), policy: "custom" });
    expect(lab.config.policies).toEqual([tuned.picked.policy]);
  });
});

const pickOf = ({ j, taskHours, violationMinutes }: Answer) => ({ j, taskHours, violationMinutes });

describe("lab", () => {
  it("answers a series that adds up to the measures, in at most 1,500 points", async () => {
    const w = await world({ config: CONFIG });
    const { series, measures, days } = await shaped(
      "Lab",
      w.post(`${base}/lab`, { trace: TRACE, policy: "hpa-cpu70" }),
    );
    expect(days).toEqual([1, 2]);
    const lengths = ["load", "capacity", "desired", "backlog", "violated", "actions"].map(
      (name) => series[name].length,
    );
    expect(new Set(lengths)).toEqual(new Set([1440]));
    expect(series.stepMs).toBe(2 * MINUTE);
    expect(series.startAt).toBe(1_700_000_000_000);
    const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
    expect(sum(series.violated)).toBe(measures.violationMinutes);
    expect(sum(series.actions)).toBeGreaterThan(0);
    expect(sum(series.load) / 1440, "the mean keeps eight tasks busy").toBeCloseTo(8, 1);
    expect(measures.taskHours).toBeGreaterThanOrEqual((sum(series.capacity) / 1440) * 48 * 0.999);
  });

  it("plays what was recorded of a service in its own bounds, also the policy that runs", async () => {
    const w = await world({ config: CONFIG });
    recorded(w);
    const lab = await shaped("Lab", w.post(`${base}/lab`, { service: "orders", policy: "current" }));
    expect(lab.load).toMatchObject({ source: "recorded", service: "orders", perTask: expect.closeTo(10, 6), known: 1 });
    expect(lab.load.meanTasks).toBeCloseTo(3.906, 3);
    expect(lab.measures.policy).toBe("current");
    expect(lab.config).toMatchObject({ min: 2, max: 10, policies: [{ type: "predictive" }] });
    expect(lab.series.load).toHaveLength(90);
  });
});

describe("tuning of a service", () => {
  it("runs, applies and dismisses with the scope to operate, and says what became of it", async () => {
    const w = await world({ config: CONFIG });
    const run = await shaped("TuningCommand", w.post(`${base}/orders/tuning/run`));
    expect(run.tuning).toMatchObject({ mode: "propose", last: { reason: "held_no_samples" } });
    expect(run.tuning.dueAt).toBeLessThanOrEqual(w.clock.now() + DAY);
    expect(run.command).toMatchObject({ status: "decided", reason: "held_no_samples" });
    for (const verb of ["apply", "dismiss"]) {
      const body = await shaped("TuningCommand", w.post(`${base}/orders/tuning/${verb}`, { why: "eager" }));
      expect(body.command).toMatchObject({ status: "unchanged", reason: "held_no_proposal" });
      expect((await w.post(`${base}/orders/tuning/${verb}`, {})).status, "a reason is needed").toBe(400);
    }
    for (const service of ["search", "nobody"])
      expect((await w.post(`${base}/${service}/tuning/run`)).status).toBe(404);
  });

  it("is told without playing anything, also before it was ever looked at", async () => {
    const w = await world({ config: CONFIG });
    const before = await shaped("Tuning", w.get(`${base}/orders/tuning`));
    expect(before).toMatchObject({ service: "orders", tuning: { mode: "propose" } });
    expect(before.tuning.last).toBeUndefined();
    const run = await shaped("TuningCommand", w.post(`${base}/orders/tuning/run`));
    w.samples.unreachable(true);
    const after = await shaped("Tuning", w.get(`${base}/orders/tuning`));
    expect(after.tuning).toEqual(run.tuning);
    const search = await shaped("Problem", w.get(`${base}/search/tuning`), 404);
    expect(search.detail).toContain('no service "search" is configured with the policy auto');
    await shaped("Problem", w.get(`${base}/nobody/tuning`), 404);
  });

  it("is handed over where somebody else has the time, once for each key, and says where to look", async () => {
    const w = await world({ config: CONFIG });
    const asked: object[] = [];
    const tunings = { look: async (ask: object) => void asked.push(ask) };
    const app = createApp({ runtime: { ...w.runtime, tunings }, access: "loopback" });
    const post = (path: string, key: string, body = {}) =>
      app.request(`http://127.0.0.1:4180${base}/${path}`, {
        method: "POST",
        headers: { host: "127.0.0.1:4180", "content-type": "application/json", "idempotency-key": key },
        body: JSON.stringify(body),
      });
    const first = await shaped("TuningCommand", post("orders/tuning/run", "one"), 202);
    expect(first).toMatchObject({ tuning: { mode: "propose" }, look: `${base}/orders/tuning` });
    expect(first.command).toBeUndefined();
    expect(await shaped("TuningCommand", post("orders/tuning/run", "one"), 202)).toEqual(first);
    expect(asked).toEqual([{ tenant: "default", service: "orders", detail: "asked by local" }]);
    expect((await w.journal.list({ tenant: "default" })).items, "nothing was played here").toEqual([]);
    expect((await post("search/tuning/run", "two")).status, "nothing to look at").toBe(404);
    // What a person answers is one small write: it is done at once.
    const applied = await shaped("TuningCommand", post("orders/tuning/apply", "three", { why: "eager" }));
    expect(applied.command).toMatchObject({ reason: "held_no_proposal" });
    expect(asked).toHaveLength(1);
  });

  it("is refused to who may only read", async () => {
    const w = await world({ config: CONFIG, access: "keys" });
    const reads = { authorization: `Bearer ${await w.key("read")}` };
    expect((await w.post(`${base}/orders/tuning/run`, {}, reads)).status).toBe(403);
    const policy = "hpa-cpu70";
    await shaped("Lab", w.post(`${base}/lab`, { trace: TRACE, policy, days: "1-1" }, reads));
  });
});

describe("regret", () => {
  it("says what is missing where too little was recorded", async () => {
    const w = await world({ config: CONFIG });
    recorded(w);
    const problem = await shaped("Problem", w.get(`${base}/orders/regret`), 422);
    expect(problem).toMatchObject({
      code: "history.short",
      detail: expect.stringContaining("at least 2 d are needed"),
    });
    await shaped("Problem", w.get(`${base}/nobody/regret`), 404);
  });
});
