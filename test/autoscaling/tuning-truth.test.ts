import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { runCompareGently, runLab } from "../../functions/autoscaling/lab.ts";
import { recorded } from "../../functions/autoscaling/recorded.ts";
import { targetsOf } from "../../functions/autoscaling/targets.ts";
import { handleTuning } from "../../functions/autoscaling/tuning-schedule.ts";
import { tuningView } from "../../functions/autoscaling/tuning-view.ts";
import type { AutoPolicy } from "../../shared/core/autoscaling/auto.ts";
import { Policy } from "../../shared/core/autoscaling/config.ts";
import { predictiveCandidates, reactiveCandidates } from "../../shared/core/autoscaling/tune/candidates.ts";
import { tuningMachine } from "../../shared/core/autoscaling/tune/machine.ts";
import { storedPolicy } from "../../shared/core/autoscaling/tune/stored.ts";
import type { TuningInput, TuningState } from "../../shared/core/autoscaling/tune/tuning-types.ts";
import type { Point } from "../../shared/core/kernel/reading.ts";
import { currentConfig } from "../../shared/shell/config-store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE, type World, world } from "../api/kit.ts";
import { history, withHistory } from "./history-kit.ts";

const tenant = "default";
const KEY = { tenant, noun: "autoscaling", subject: "tuning:orders" };
const CONFIG = `version: 1
services:
  orders: { ecs: { cluster: data, service: orders } }
  search: { ecs: { cluster: data, service: search } }
autoscaling:
  orders: { min: 1, max: 30, capacity: 25, policies: [{ type: auto }] }
  search: { min: 1, max: 4, policies: [{ type: instances }] }
`;
const unknown = { status: "failed", detail: "CloudWatch has no metric for it" } as const;

async function targetOf(runtime: Runtime) {
  const current = await currentConfig(runtime, tenant);
  const [target] = current ? targetsOf(current.config, ["orders"]) : [];
  if (!target) throw new Error("no service orders");
  return target;
}

/** What is read of some days of load beside these metrics. */
async function loadWith(w: World, more: Parameters<typeof withHistory>[2], days = 1) {
  const runtime = withHistory(w, history(days, w.clock.now()), more);
  const found = await recorded(runtime, tenant, await targetOf(w.runtime), { leastDays: 1 });
  if (!found.ok) throw new Error(found.why);
  return found.load;
}

describe("a policy is played with what the service's source can tell", () => {
  const each = (points: readonly Point[], minutes: number) => points.filter((_, index) => index % minutes === 0);

  it("as its policies would have seen it: no older than the configuration allows, in most of the newest minutes", async () => {
    const w = await world({ config: CONFIG });
    const points = history(1, w.clock.now());
    const without = async (more: Parameters<typeof withHistory>[2]) => (await loadWith(w, more)).without;
    expect(await without({}), "nothing is there").toEqual(["backlog", "ready"]);
    expect(await without({ backlog: unknown, ready: unknown }), "ECS").toEqual(["backlog", "ready"]);
    expect(await without({ backlog: points, ready: points })).toBeUndefined();
    expect(await without({ backlog: each(points, 5), ready: points }), "each five minutes").toBeUndefined();
    expect(await without({ backlog: each(points, 60), ready: points }), "each hour").toEqual(["backlog"]);
    expect(await without({ backlog: points, ready: points.slice(0, 500) }), "it ended").toEqual(["ready"]);
  });

  it("by the names that its policies have", async () => {
    const w = await world({ config: CONFIG.replace("type: auto", "type: auto, backlog: queued") });
    const points = history(1, w.clock.now());
    expect((await loadWith(w, { queued: points, ready: points })).without).toBeUndefined();
    expect((await loadWith(w, { backlog: points, ready: points })).without).toEqual(["backlog"]);
  });

  it("and for a request from its newest days alone", async () => {
    const w = await world({ config: CONFIG });
    const runtime = withHistory(w, history(3, w.clock.now()));
    const found = await recorded(runtime, tenant, await targetOf(w.runtime), { leastDays: 1, mostDays: 2 });
    expect(found).toMatchObject({ ok: true, days: 2 });
  });

  it("and an outage is no answer", async () => {
    const w = await world({ config: CONFIG });
    await expect(loadWith(w, { cpu: unknown, backlog: unknown, ready: unknown })).rejects.toMatchObject({
      code: "samples.unavailable",
      retryable: true,
    });
  });

  it("in the lab and in comparisons, which say so", async () => {
    const w = await world({ config: CONFIG });
    const points = history(2, w.clock.now());
    const [blind, seeing] = [await loadWith(w, {}, 2), await loadWith(w, { backlog: points, ready: points }, 2)];
    const policy = { type: "demand", target: 1 };
    const [unseen, seen] = [await runLab(blind, policy), await runLab(seeing, policy)];
    expect(unseen.load.without).toEqual(["backlog", "ready"]);
    expect(unseen.notes).toContain("played without backlog and ready, as nobody measures them of this service");
    expect(seen.load.without).toBeUndefined();
    expect(seen.notes.join()).not.toContain("played without");
    expect(unseen.series.desired).not.toEqual(seen.series.desired);
    const { rows, notes } = await runCompareGently(blind, { policies: [policy], days: "1-2" });
    expect(rows[0]?.taskHours).toBe(unseen.measures.taskHours);
    expect(notes.join()).toContain("played without backlog and ready");
  });
});

const signals = { arrivals: "requests", backlog: "backlog" };
const CANDIDATES = [
  ...predictiveCandidates(signals, { violation: 80 }, 8, [60_000, 90_000]).slice(0, 3),
  ...reactiveCandidates(signals, { violation: 80 }).flat(),
];
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value));

describe("a policy that was kept", () => {
  it("is the same when it is read", () => {
    for (const { policy, written } of CANDIDATES) {
      expect(storedPolicy(json({ policy, written }))).toEqual({ policy });
      expect(storedPolicy(json({ policy })), "an early one has nothing else").toEqual({ policy });
    }
    expect(storedPolicy(undefined)).toEqual({});
  });

  it("by an earlier version has defaults for what that did not know, and a written one stands in", () => {
    const { policy } = storedPolicy({ policy: { type: "demand", target: 0.8, window: 120_000 } });
    expect(policy).toEqual(v.parse(Policy, { type: "demand", target: 0.8, window: "2m" }));
    const gone = { policy: { type: "demand", target: 0.8, gone: 1 }, written: { type: "demand", target: 0.8 } };
    expect(storedPolicy(gone)).toEqual({ policy: v.parse(Policy, gone.written) });
  });

  it.each([
    [{ policy: { type: "demand", target: 5 } }, /^target: /],
    [{ policy: { type: "astrology" } }, /^type: /],
    [{ policy: { type: "auto" } }, /auto cannot stand for auto/],
    [{ policy: { type: "demand", window: { soon: 1 } } }, /^window: /],
    [{}, /./],
    ["a text", /./],
  ])("and is none is a fault in words: %j", (kept, fault) => {
    expect(storedPolicy(kept)).toEqual({ fault: expect.stringMatching(fault) });
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.anything(), fc.jsonValue(), (kept, policy) => {
        storedPolicy(kept);
        storedPolicy({ policy });
        storedPolicy({ policy: { type: "demand", window: policy, drain: policy } });
      }),
      { numRuns: 50 },
    );
  });

  it("and cannot be run holds the service, is logged, and stands in what auto tells of itself", async () => {
    const w = await world({ config: CONFIG });
    const pick = { name: "demand 500 %", policy: { type: "demand", target: 5 }, at: 1, cost: 2, j: 1 };
    await w.store.write(KEY, 0, { state: { v: 1, kind: "tuning", pick } as never });
    w.measure("orders", { requests: 500 });
    const [one] = await evaluateServices(w.runtime, { tenant, services: ["orders"], trigger: { type: "api" } });
    expect(one?.result?.reason).toMatch(/^held_/);
    expect(one?.result?.record?.actions.filter(({ type }) => type === "scale") ?? []).toEqual([]);
    expect(w.lines.join()).toMatch(/picked policy could not be read.*target/);
    const { tuning } = await tuningView(w.runtime, tenant, await targetOf(w.runtime));
    expect(tuning.pick).toMatchObject({ name: "demand 500 %", fault: expect.stringContaining("target") });
  });
});

describe("the machine of the tuning", () => {
  const auto = v.parse(Policy, { type: "auto", apply: "apply" }) as AutoPolicy;
  const [found] = CANDIDATES.slice(-1).map((one) => ({ ...one, cost: 100, j: 1.5, keeps: true, withinLimits: true }));
  if (!found) throw new Error("no candidate");
  const current = {
    name: "the default forecast",
    policy: v.parse(Policy, { type: "predictive" }),
    j: 1.2,
    keeps: true,
  };
  const step = (state: Partial<TuningState>, input: TuningInput) =>
    tuningMachine.step(auto, { v: 1, kind: "tuning", ...state } as TuningState, input, 1000);

  it("takes whatever was found in place of a pick that cannot be run, although the default would be cheaper", () => {
    const result = { kind: "result" as const, found, current: { ...current, cost: 90 }, days: 14 };
    expect(step({}, result).reason).toBe("kept");
    const { reason, state, trace } = step({}, { ...result, current: { ...result.current, fault: "target: too high" } });
    expect(reason).toBe("picked");
    expect(state.pick?.policy).toEqual(found.policy);
    expect(trace.at(-1)?.text).toContain("what was picked cannot be run (target: too high)");
  });

  it("keeps what was not measured with the look", () => {
    const input = { kind: "result" as const, found, current: { ...current, cost: 90 }, days: 14, without: ["backlog"] };
    const { state, trace } = step({}, input);
    expect(state.last).toMatchObject({ without: ["backlog"] });
    expect(trace[0]?.text).toBe("nobody measures backlog of it, so nothing was played with that");
  });

  it("applies no proposal that cannot be run", () => {
    const proposal = { ...found, policy: { type: "demand", target: 5 }, written: { type: "astrology" }, at: 1 };
    const { reason, trace, state } = step({ proposal: proposal as never }, { kind: "apply", by: "ada", why: "eager" });
    expect(reason).toBe("held_no_proposal");
    expect(trace[0]?.text).toMatch(/^what is proposed cannot be run \(target: /);
    expect(state.pick).toBeUndefined();
  });
});

describe("the function that has the time", () => {
  it("looks at the one service that a person has asked for, as that person's", async () => {
    const w = await world({ config: CONFIG });
    const asked = { tenant, service: "orders", detail: "asked by ada" };
    await handleTuning(w.runtime, "other", { kind: "tuning", asked });
    const [record] = (await w.journal.list({ tenant, subject: KEY.subject })).items;
    expect(record).toMatchObject({ reason: "held_no_samples", trigger: { type: "api", detail: "asked by ada" } });
    w.clock.advance(MINUTE);
    await handleTuning(w.runtime, tenant, { kind: "tuning", id: "hourly" });
    expect((await w.journal.list({ tenant, subject: KEY.subject })).items, "nothing is due").toHaveLength(1);
  });

  it("leaves alone what is not tuned any more, and refuses what is no event", async () => {
    const w = await world({ config: CONFIG });
    await handleTuning(w.runtime, tenant, { kind: "tuning", asked: { tenant, service: "search", detail: "x" } });
    expect(w.lines.join()).toContain("nothing to tune");
    await expect(handleTuning(w.runtime, tenant, { kind: "tuning", asked: { service: "orders" } })).rejects.toThrow();
  });
});
