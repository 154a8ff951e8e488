import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { RegretView, TuningCommandView, TuningView } from "../../functions/api/views-autoscaling-tune.ts";
import { MINUTE, type World, world } from "../api/kit.ts";
import { headgate, listen, type Ran } from "./kit.ts";

const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
autoscaling:
  orders: { min: 2, max: 20, capacity: 50, policies: [{ type: POLICY }] }
`;

let w: World;
let url: string;
let close: () => Promise<void>;

/** A control plane that has recorded `minutes` of a service with one policy. */
async function running(policy: string, minutes: number): Promise<void> {
  w = await world({ config: CONFIG.replace("POLICY", policy) });
  for (let ago = minutes; ago > 0; ago -= 1)
    w.samples.put(
      "orders",
      "requests",
      w.clock.now() - ago * MINUTE,
      200 + 80 * Math.sin(ago / 100) + ((ago * 7919) % 23),
    );
  ({ url, close } = await listen(w.app.fetch));
}
beforeEach(() => void (close = async () => {}));
afterEach(() => close());

const ask = (...args: string[]): Promise<Ran> => headgate(["autoscaling", ...args], { env: { HEADGATE_URL: url } });

describe("the recorded load of a service", () => {
  it("is played: one policy, several, with a picture; its own policy is current", async () => {
    await running("demand", 8 * 60);
    const dir = mkdtempSync(join(tmpdir(), "headgate-service-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const plot = join(dir, "orders.svg");
    const one = await ask("backtest", "--service", "orders", "--policy", "current", "--json", "--plot", plot);
    expect(one.status, one.stderr).toBe(0);
    const view = JSON.parse(one.stdout);
    expect(view).toMatchObject({
      policy: "current",
      minutes: 480,
      plot,
      load: { source: "recorded", service: "orders", known: 1 },
    });
    expect(readFileSync(plot, "utf8")).toContain("current on the recorded load of orders");
    const both = await ask("compare", "--service", "orders", "--policy", "demand", "--policy", "hpa-cpu70", "--json");
    expect(both.status, both.stderr).toBe(0);
    const rows = JSON.parse(both.stdout).rows as { policy: string; j: number }[];
    expect(rows.map(({ policy }) => policy).toSorted()).toEqual(["demand", "hpa-cpu70"]);
    expect(rows.find(({ policy }) => policy === "demand")?.j).toBeCloseTo(view.j, 9);
    const people = await ask("backtest", "--service", "orders", "--policy", "demand");
    expect(people.stdout).toMatch(
      /\nrecorded load: +0\.3 days, 4\.\d tasks busy on average, 100 % of the minutes known\n/,
    );
  });

  it("that is too short, or of nobody, exits 2 and says so", async () => {
    await running("demand", 20);
    for (const args of [
      ["backtest", "--service", "orders", "--policy", "demand"],
      ["compare", "--service", "orders"],
      ["tune", "--service", "orders"],
      ["regret", "orders"],
    ]) {
      const ran = await ask(...args);
      expect(ran).toMatchObject({ status: 2, stdout: "" });
      expect(ran.stderr).toMatch(/20 min of requests were recorded, and at least/);
    }
    const nobody = await ask("compare", "--service", "nobody");
    expect(nobody.status).toBe(2);
    expect(nobody.stderr).toContain('no service "nobody"');
    const faulty = await ask("backtest", "--service", "orders", "--policy", "hpa-cpu7");
    expect(faulty.status).toBe(2);
  });
});

describe("forecast", () => {
  it("shows what is expected of the next minutes beside what came", async () => {
    await running("predictive", 600);
    const ran = await ask("forecast", "orders");
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^policy: +0, regression of requests\nlearned from: +\d+ minutes\n/);
    expect(ran.stdout).toMatch(/\nMINUTE +CAME +LOW 10 % +LIKELY +HIGH 90 %\n/);
    expect(ran.stdout.trimEnd().split("\n").at(-1)).toMatch(/^2026-01-0\S+Z +- +[\d.]+ +[\d.]+ +[\d.]+$/);
    const { policies } = JSON.parse((await ask("forecast", "orders", "--json")).stdout);
    expect(policies).toMatchObject([{ metric: "requests" }]);
  });

  it("a service without one says so", async () => {
    await running("demand", 1);
    expect((await ask("forecast", "orders")).stdout).toMatch(/^orders: no forecast/);
  });
});

/** Answers as the API has them, and what was asked for: playing days of load is tested where it is done. */
async function answering(answers: Readonly<Record<string, RegretView | TuningCommandView>>, status = 200) {
  const asked: { path: string; body: string }[] = [];
  ({ url, close } = await listen(async (request) => {
    const path = `${request.method} ${new URL(request.url).pathname}`;
    asked.push({ path, body: await request.text() });
    return path in answers ? Response.json(answers[path], { status }) : new Response("", { status: 404 });
  }));
  return asked;
}

const NOW = 1_767_571_200_000;
const clock = { now: NOW, speed: 1 } as RegretView["clock"];
const load = {
  source: "recorded",
  service: "orders",
  from: 0,
  to: 1,
  days: 14,
  meanTasks: 7.5,
  perTask: 50,
  known: 0.998,
} as const;
const picked = { name: "hpa cpu 80 %", policy: { type: "hpa" }, at: NOW - 3_600_000, cost: 90, j: 1.25 };
const regret: RegretView = {
  ...{ clock, service: "orders", load, policy: "demand", elapsedMs: 1, notes: ["a note"] },
  regret: {
    ...{ minutes: 17_280, cost: 110, best: { name: "hpa cpu 80 %", cost: 100 }, oracle: 80 },
    money: { cost: 11, best: 10, oracle: 8 },
  },
};
const REGRET = "GET /api/v1/autoscaling/orders/regret";

describe("regret", () => {
  it("compares what runs with the best in hindsight and with perfect foresight, in tasks and money", async () => {
    await answering({ [REGRET]: regret });
    const ran = await ask("regret", "orders");
    expect(ran).toEqual({
      status: 0,
      stderr: "a note\n",
      stdout: [
        "service:           orders",
        "policy:            demand",
        "recorded load:     14 days, 7.5 tasks busy on average, 99.8 % of the minutes known",
        "minutes:           17280",
        "cost:              110 task-hours, 11.00",
        "best in hindsight: 100 task-hours, 10.00: hpa cpu 80 % (10.0 % over)",
        "perfect foresight: 80 task-hours, 8.00 (37.5 % over)",
        "",
      ].join("\n"),
    });
    expect(JSON.parse((await ask("regret", "orders", "--json")).stdout)).toEqual(regret);
  });
});

describe("tuning", () => {
  const command: NonNullable<TuningCommandView["command"]> = {
    ...{ service: "orders", status: "decided" },
    results: [],
  } as never;
  const tuning: TuningView["tuning"] = {
    ...{ mode: "propose", proposal: picked, dueAt: NOW + 3_600_000 },
    last: { at: NOW - 60_000, reason: "proposed", days: 14, without: ["backlog", "ready"], regret: regret.regret },
  };
  const TUNING = "GET /api/v1/autoscaling/orders/tuning";

  it("tells what auto runs and proposes, and asks for nothing that would be played", async () => {
    const view = { clock, service: "orders", tuning };
    const asked = await answering({ [TUNING]: view });
    expect((await ask("tuning", "orders")).stdout).toBe(
      [
        "auto:           proposes what it finds",
        "runs:           the default forecast; nothing has been picked yet",
        "proposes:       hpa cpu 80 % (J 1.250, found 1 h ago)",
        "last looked:    1 min ago: proposed",
        "played without: backlog, ready",
        "regret:         110 task-hours against 100 of hpa cpu 80 %",
        "looks again:    in 1 h",
        "",
      ].join("\n"),
    );
    expect(JSON.parse((await ask("tuning", "orders", "--json")).stdout)).toEqual(view);
    expect(asked.map(({ path }) => path)).toEqual([TUNING, TUNING]);
  });

  it("tells of what was picked and cannot be run", async () => {
    const pick = { ...picked, fault: "target: it is 5, and at most 1 is allowed" };
    await answering({ [TUNING]: { clock, service: "orders", tuning: { mode: "apply", pick } } });
    expect((await ask("tuning", "orders")).stdout).toContain(
      "runs:        hpa cpu 80 % (J 1.250, found 1 h ago); it cannot be run: target: it is 5, and at most 1 is allowed\n",
    );
  });

  it("of a service without auto, or of nobody, is nothing", async () => {
    await running("demand", 1);
    for (const service of ["orders", "nobody"]) {
      const ran = await ask("tuning", service);
      expect(ran).toMatchObject({ status: 2, stdout: "" });
      expect(ran.stderr).toContain(`no service "${service}" is configured`);
    }
  });

  it("run that is handed over says that it takes a while, and where to look", async () => {
    const path = "POST /api/v1/autoscaling/orders/tuning/run";
    const view = { clock, service: "orders", tuning, look: "/api/v1/autoscaling/orders/tuning" };
    await answering({ [path]: view }, 202);
    const ran = await ask("tuning", "orders", "run");
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(
      /^orders: the look is handed over and takes a minute or more; headgate autoscaling tuning orders tells what came of it\n\nauto: /,
    );
    expect(JSON.parse((await ask("tuning", "orders", "run", "--json")).stdout)).toEqual(view);
  });

  it.each(["run", "apply", "dismiss"] as const)("%s is sent with its reason and answered in words", async (act) => {
    const path = `POST /api/v1/autoscaling/orders/tuning/${act}`;
    const asked = await answering({ [path]: { clock, service: "orders", tuning, command } });
    const reason = act === "run" ? [] : ["--why", "three quiet weeks", "--by", "me"];
    const ran = await ask("tuning", "orders", act, ...reason);
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stdout).toMatch(/^orders: decided\n\nauto: /);
    expect(asked.map((one) => one.path)).toEqual([path]);
    expect(asked[0]?.body).toBe(act === "run" ? "" : '{"why":"three quiet weeks","by":"me"}');
  });

  it("somebody else who holds the service is a no", async () => {
    const path = "POST /api/v1/autoscaling/orders/tuning/run";
    await answering({ [path]: { clock, service: "orders", tuning, command: { ...command, status: "busy" } } });
    expect((await ask("tuning", "orders", "run")).status).toBe(1);
  });
});
