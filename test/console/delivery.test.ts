import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { align } from "../../console/src/charts/align.ts";
import { evidencePlots, isBlind, lookPeriod } from "../../console/src/charts/evidence.ts";
import { reach } from "../../console/src/charts/plot.ts";
import {
  byUrgency,
  deliveryLine,
  deliveryParts,
  failedLately,
  gateStanding,
  nextText,
  outcomeText,
  phaseText,
  ratioText,
  rolloutStanding,
  sharesText,
  stepMark,
  stepText,
  visibleText,
} from "../../console/src/delivery-words.ts";
import { rolloutRows } from "../../console/src/known-delivery.ts";
import {
  type ReleaseForm,
  readEnvironment,
  releaseFault,
  releaseLine,
  releaseWanted,
} from "../../console/src/release-form.ts";
import { planText, versionStanding, wantedShares } from "../../console/src/release-words.ts";
import { offered, type RolloutForm, rolloutConsequences, rolloutFault } from "../../console/src/rollout-acts.ts";
import { subjectName } from "../../console/src/subjects.ts";
import { telling } from "../../console/src/telling.ts";
import { deliveryExamples } from "../../functions/api/examples-delivery.ts";
import type { DecisionSummary } from "../../functions/api/views.ts";
import type {
  DeliveryServiceSummary,
  DeliveryServiceView,
  DeliveryVersionView,
  GatePointView,
  RolloutCommandView,
  RolloutSummaryView,
} from "../../functions/api/views-delivery.ts";
import type { GateView } from "../../functions/api/views-gates.ts";

const view: DeliveryServiceView = deliveryExamples.DeliveryService;
const NOW = view.clock.now;
const current = view.summary.current as RolloutSummaryView;
const PHASES = [
  "starting",
  "checking",
  "shifting",
  "judging",
  "approval",
  "baking",
  "retiring",
  "returning",
  "cleaning",
  "promoted",
  "rolled_back",
] as const;
const at = (more: Partial<RolloutSummaryView>): RolloutSummaryView => ({ ...current, ...more });
const service = (name: string, more: Partial<DeliveryServiceSummary> = {}): DeliveryServiceSummary => ({
  service: name,
  configured: true,
  strategy: "canary",
  mode: "act",
  ...more,
});
const paused = { by: "ada", why: "lunch", at: NOW };

describe("a rollout in words", () => {
  test("every phase is a sentence with a mark of its own, and none says undefined", () => {
    for (const phase of PHASES)
      for (const step of [-1, 0, 2]) {
        const one = at({ phase, step });
        expect(`${phaseText(one)} ${stepText(one)} ${rolloutStanding(one).word} ${outcomeText(one)}`).not.toMatch(
          /undefined|NaN|\[object/,
        );
      }
    expect(phaseText(at({}))).toBe("2.4.1 has 5\u00a0% and is judged");
    expect(phaseText(at({ phase: "approval", step: 0 }))).toBe("a person has to approve 25\u00a0%");
    expect(nextText(at({ phase: "approval", step: 2 }))).toBe("that 2.4.0 goes");
    expect(rolloutStanding(at({ paused })).word).toBe("paused");
    expect(rolloutStanding(at({ paused, phase: "returning" })).word).toBe("going back");
  });

  test.each([
    ["judging", 1, ["done", "in force", "next"]],
    ["approval", 0, ["done", "next", "to come"]],
    ["starting", -1, ["next", "to come", "to come"]],
    ["baking", 2, ["done", "done", "done"]],
    ["promoted", 2, ["done", "done", "done"]],
    ["returning", 1, ["undone", "undone", "not reached"]],
    ["rolled_back", -1, ["not reached", "not reached", "not reached"]],
  ] as const)("steps in the phase %s at %i are marked", (phase, step, marks) => {
    expect(current.steps.map((_, index) => stepMark({ phase, step }, index))).toEqual(marks);
  });

  test("what needs a person stands first, and the first sentence counts what runs, waits and failed", () => {
    const failed = at({ phase: "rolled_back", endedAt: NOW - 60_000 });
    const items = [
      service("idle"),
      service("failed", { last: failed }),
      service("runs", { current }),
      service("waits", { current: at({ phase: "approval", strategy: "rolling" }) }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (given) => {
        expect([...given].sort(byUrgency).map((one) => one.service)).toEqual(["waits", "runs", "failed", "idle"]);
      }),
    );
    expect(deliveryParts(items, NOW)).toEqual([
      "1 canary running",
      "1 rollout under way",
      "1 waiting for a person",
      "1 release rolled back",
    ]);
    expect(deliveryParts([service("idle")], NOW)).toEqual([]);
    expect(failedLately(service("old", { last: failed }), NOW + 2 * 86_400_000)).toBe(false);
    expect(failedLately(service("again", { last: failed, current }), NOW)).toBe(false);
    const gate: GateView = { system: "flagger", id: "a/b", service: "b", waitsSince: NOW };
    expect(deliveryLine([service("a")], [gate], NOW)).toBe("1 service, 1 gate of another system asks for a person");
    expect(deliveryLine([], [], NOW)).toBe("No services, nothing is being rolled out");
    expect(gateStanding({ ...gate, ended: { ok: false, text: "", at: NOW } }).word).toBe("waits for a person");
  });

  test("shares, ratios and what would be seen are told with what is not known", () => {
    expect(sharesText({ v2: 5, v1: 95 })).toBe("v1 95\u00a0%, v2 5\u00a0%");
    expect(ratioText({ ratio: 1.08, ratioLow: 0.71, ratioHigh: 1.63 })).toBe("1.08 × (0.71 to 1.63)");
    expect(ratioText({})).toBeUndefined();
    expect([1.5, null, undefined].map(visibleText)).toEqual(["from 1.5 × on", "nothing at this traffic", "not known"]);
    expect(wantedShares(view)).toEqual({ "2.4.0": 95, "2.4.1": 5 });
    const { current: _, ...over } = view.summary;
    expect(wantedShares({ ...view, summary: over })).toBeUndefined();
  });

  test("a version stands as its instances do", () => {
    const one = view.versions?.[0] as DeliveryVersionView;
    const word = (more: Partial<DeliveryVersionView>) => versionStanding({ ...one, ...more }).word;
    expect(word({})).toBe("healthy");
    expect(word({ ready: 0, running: 0, pending: 4 })).toBe("comes up");
    expect(word({ ready: 0, trouble: "exited with code 1" })).toBe("not healthy");
    expect(word({ ready: 3, trouble: "one is gone" })).toBe("in trouble");
    expect(word({ desired: 0, running: 0, ready: 0 })).toBe("taken away");
  });
});

describe("what may be said to a rollout", () => {
  const ALL: readonly RolloutCommandView[] = ["pause", "resume", "promote", "skip", "approve", "abort", "rollback"];
  const form = (more: Partial<RolloutForm> = {}): RolloutForm => ({ why: "reason", by: "", typedName: "", ...more });

  test("abort and rollback are one button; without the other each is offered alone", () => {
    expect(offered(ALL, at({}))).toEqual(["approve", "resume", "pause", "skip", "promote", "abort"]);
    expect(offered(["abort", "rollback"], at({ phase: "baking" }))).toEqual(["rollback"]);
    expect(offered(["rollback"], at({}))).toEqual(["rollback"]);
    expect(offered([], at({}))).toEqual([]);
  });

  test("a reason is asked for each, and the service's name for what cannot be taken back", () => {
    for (const command of ALL) {
      expect(rolloutFault(command, form({ why: " " }), "orders")).toMatch(/Say why/);
      const typed = rolloutFault(command, form(), "orders");
      expect(typed === undefined).toBe(!["promote", "abort", "rollback"].includes(command));
      expect(rolloutFault(command, form({ typedName: "orders" }), "orders")).toBeUndefined();
    }
  });

  test("what will happen is told in every phase, with versions and shares and nothing undefined", () => {
    for (const phase of PHASES)
      for (const command of ALL)
        for (const step of [-1, 0, 2]) {
          const lines = rolloutConsequences(command, at({ phase, step }), 600_000);
          expect(lines.length).toBeGreaterThan(0);
          expect(lines.join(" ")).not.toMatch(/undefined|NaN/);
        }
    const approve = rolloutConsequences("approve", at({ phase: "approval", step: 0 }), 0).join(" ");
    expect(approve).toMatch(/2\.4\.1 is given 25.% of the traffic, from 5.%/);
    expect(rolloutConsequences("approve", at({ phase: "approval", step: 2 }), 0)[0]).toMatch(/2\.4\.0 is taken away/);
    expect(rolloutConsequences("abort", at({}), 0)[0]).toMatch(/goes back to 2\.4\.0/);
    const { from: _, ...fresh } = current;
    expect(rolloutConsequences("abort", fresh, 0)[0]).toMatch(/the service is taken away, it was new/);
    expect(rolloutConsequences("promote", at({}), 600_000).join(" ")).toMatch(/kept for 10 min/);
  });
});

describe("a release as a form", () => {
  const form = (more: Partial<ReleaseForm> = {}): ReleaseForm => ({
    ...{ version: "2.4.1", image: "", command: "", environment: "", strategy: "", count: "", why: "release", by: "" },
    ...more,
  });

  test.each([
    [{ why: "" }, /Say why/],
    [{ version: "a b" }, /A version has letters/],
    [{ version: "" }, /Say what is new/],
    [{ environment: "A=1\nno variable" }, /"no variable" is no NAME=value/],
    [{ count: "0" }, /whole number/],
  ] as const)("%o is refused with what is wrong", (more, fault) => {
    expect(releaseFault(form(more))).toMatch(fault);
  });

  test("what is left empty is not said, and a value keeps its equals signs", () => {
    expect(releaseWanted(form())).toEqual({ version: "2.4.1", why: "release" });
    expect(readEnvironment("# why\n A=b=c \n\nB=")).toEqual({ ok: true, variables: { A: "b=c", B: "" } });
    const full = form({ environment: "A=it's", count: "3", strategy: "rolling", by: "ada" });
    expect(releaseWanted(full)).toEqual({
      ...{ version: "2.4.1", environment: { A: "it's" }, count: 3, strategy: "rolling", why: "release", by: "ada" },
    });
    expect(releaseLine("orders", full)).toBe(
      "headgate deploy orders --version 2.4.1 --env 'A=it'\\''s' --strategy rolling --count 3 --why release --by ada",
    );
  });

  test("what it goes through is told before it begins", () => {
    const plan = deliveryExamples.RolloutPlan;
    expect(planText(plan, "act").join(" ")).toMatch(
      /Hooks are asked: smoke.*5.%, 25.%, 100.% \(a person approves\), and the old version is kept for 10 min: 30 min at least.*judged every 30 s.*At 5.%, errors would be seen from 1\.62 × on/s,
    );
    expect(planText(plan, "observe")[0]).toMatch(/nothing is begun/);
  });
});

describe("evidence as curves", () => {
  const EVERY = 30_000;
  const point = (tick: number, more: Partial<GatePointView> = {}): GatePointView => ({
    at: NOW + tick * EVERY,
    verdict: "continue",
    towardsFail: 0.05,
    towardsPass: 0.5,
    share: 5,
    ...more,
  });

  test("a look without data is a gap, not what was known before", () => {
    const points = [point(0), point(1), point(2, { verdict: "insufficient", reason: "no_data" }), point(3), point(4)];
    expect(points.filter(isBlind).length).toBe(1);
    const [against] = evidencePlots(points, EVERY);
    expect(align(against?.lines ?? [])[1]).toEqual([0.05, 0.05, null, 0.05, 0.05]);
  });

  test("late looks do not tear the line, and missing ones do", () => {
    const late = [0, 2, 4, 6].map((tick) => point(tick));
    expect(lookPeriod(late, EVERY)).toBe(2 * EVERY);
    expect(align(evidencePlots(late, EVERY)[0]?.lines ?? [])[1]).not.toContain(null);
    const torn = [0, 1, 2, 6, 7, 8].map((tick) => point(tick));
    expect(align(evidencePlots(torn, EVERY)[0]?.lines ?? [])[1]).toContain(null);
  });

  test("the limit is always on the picture, on a scale of whole powers of ten", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 20 }), (values) => {
        const plots = evidencePlots(
          values.map((towardsFail, tick) => point(tick, { towardsFail })),
          EVERY,
        );
        const against = plots.find(({ id }) => id === "against");
        const drawn = against?.lines[0]?.points.map(({ value }) => value) ?? [];
        const [low, high] = against ? reach(against, Math.min(...drawn), Math.max(...drawn)) : [0, 0];
        expect(low).toBeGreaterThan(0);
        expect(low).toBeLessThanOrEqual(Math.min(1, ...drawn));
        expect(high).toBeGreaterThan(Math.max(1, ...drawn));
        for (const end of [low, high]) expect(Math.log10(end) % 1).toBeCloseTo(0, 9);
      }),
    );
    expect(evidencePlots([point(0, { towardsFail: 1.5 })], EVERY)[0]?.lines[0]?.stroke.color).toBe("--red");
    expect(evidencePlots([], EVERY)).toEqual([]);
  });
});

test("of looks that say nothing new only the newest of each subject is told", () => {
  const one = (id: string, reason: string, more: Partial<DecisionSummary> = {}): DecisionSummary => ({
    ...{
      id,
      noun: "delivery",
      subject: "rollout:orders",
      at: NOW,
      reason,
      sentence: "",
      mode: "act",
      trigger: "timer",
    },
    acted: false,
    ...more,
  });
  const items = [
    one("5", "judged"),
    one("4", "held_judging"),
    one("3", "judged", { subject: "rollout:other" }),
    one("2", "judged", { noun: "autoscaling" }),
    one("1", "started", { acted: true }),
    one("0", "judged"),
  ];
  expect(telling(items).map(({ id }) => id)).toEqual(["5", "3", "2", "1"]);
  expect(subjectName("delivery", "rollout:orders")).toBe("orders");
  expect(subjectName("delivery", "gate:flagger/shop/orders")).toBe("flagger/shop/orders");
});

test("what a rollout looked at is told in rows: an arm without counts is not known, never zero", () => {
  const versions = [{ version: "v2", desired: 2, ready: 1, failures: 3, trouble: "exited" }];
  const counts = [
    { from: NOW - 60_000, to: NOW - 30_000, canary: { requests: 1, errors: 0 } },
    { from: NOW - 30_000, to: NOW, canary: { requests: 9, errors: 2, slow: 1 } },
  ];
  const look = { kind: "look", divides: true, shares: { v1: 90, v2: 10 }, versions, counts, failures: ["no counts"] };
  const rows = (input: object) => rolloutRows(input as never, NOW)?.map(({ name, value }) => [name, value]);
  expect(rows(look)).toEqual([
    ["v2", "1 of 2 ready, 3 ended badly: exited"],
    ["shares in force", "v1 90\u00a0%, v2 10\u00a0%"],
    ["new version", "9 requests, 2 errors, 1 slow"],
    ["old version", undefined],
    ["not read", undefined],
  ]);
  expect(rows({ kind: "command", command: "abort", by: "ada", why: "", look })?.slice(0, 3)).toEqual([
    ["command", "abort"],
    ["by", "ada"],
    ["v2", "1 of 2 ready, 3 ended badly: exited"],
  ]);
  expect(rolloutRows({ kind: "flag_kill" }, NOW)).toBeUndefined();
});
