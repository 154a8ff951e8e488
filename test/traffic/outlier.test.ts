import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { hostLoads } from "../../shared/core/traffic/balance/loads.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import { balancerOf } from "../../shared/core/traffic/balancer.ts";
import { returnOutlier } from "../../shared/core/traffic/outlier/eject.ts";
import { ejectionTime, mayEject } from "../../shared/core/traffic/outlier/judge.ts";
import { type OutlierResult, outlierResult, outlierResultOf } from "../../shared/core/traffic/outlier/result.ts";
import {
  carryOutliers,
  ejectionOf,
  isEjected,
  type Outliers,
  outlierDetector,
} from "../../shared/core/traffic/outlier/state.ts";
import { nextSweep, outlierSweep, successRateThreshold } from "../../shared/core/traffic/outlier/sweep.ts";
import { type OutlierConfig, ServiceTraffic } from "../../shared/core/traffic/section.ts";
import { host, request } from "./balancer-kit.ts";

const configOf = (outlier: Record<string, unknown> = {}): OutlierConfig => {
  const parsed = v.parse(ServiceTraffic, { outlier }).outlier;
  if (parsed === "off") throw new Error("off");
  return parsed;
};

const ids = (count: number) => Array.from({ length: count }, (_, index) => `h${index}`);

const detector = (count: number, outlier: Record<string, unknown> = {}, draws = randomOf(1)) =>
  outlierDetector(configOf(outlier), ids(count), draws, 0);

const repeat = (outliers: Outliers, index: number, result: OutlierResult, times: number, at = 0) => {
  let last: ReturnType<typeof outlierResult>;
  for (let time = 0; time < times; time += 1) last = outlierResult(outliers, index, result, at) ?? last;
  return last;
};

/** So many requests to a host, so many of them good; bad ones spread out so that they are never five in a row. */
const traffic = (outliers: Outliers, index: number, all: number, good: number) => {
  for (let sent = 0; sent < all; sent += 1)
    outlierResult(
      outliers,
      index,
      Math.floor(((sent + 1) * good) / all) > Math.floor((sent * good) / all) ? "success" : "5xx",
      0,
    );
};

const NO_ROWS = { consecutive5xx: 0, consecutiveGatewayFailure: 0, consecutiveLocalOriginFailure: 0 };

describe("errors in a row", () => {
  it("five 5xx eject for 30 s, four and a success do not", () => {
    const outliers = detector(10);
    repeat(outliers, 3, "5xx", 4);
    outlierResult(outliers, 3, "success", 0);
    expect(repeat(outliers, 3, "5xx", 4)).toBeUndefined();
    expect(outlierResult(outliers, 3, "gateway", 7)).toMatchObject({
      action: "ejected",
      id: "h3",
      reason: "consecutive_5xx",
      until: 30_007,
      times: 1,
      detail: "5 errors (5xx) in a row; out for 30 s",
    });
    expect(ejectionOf(outliers, 3)).toEqual({ times: 1, ejectedAt: 7, until: 30_007, why: "consecutive_5xx" });
  });

  it("gateway errors are seen by their own detector, which by default only looks", () => {
    const outliers = detector(10, { consecutive5xx: 0 });
    expect(repeat(outliers, 0, "gateway", 5)).toMatchObject({
      action: "detected",
      reason: "consecutive_gateway_failure",
      detail: "5 gateway errors in a row; only 0 % of such findings are enforced",
    });
    expect([outliers.detected[1], outliers.enforced[1], outliers.ejected]).toEqual([1, 0, 0]);
  });

  it("a 500 between gateway errors clears that row and not the other", () => {
    const outliers = detector(10, { enforcingConsecutiveGatewayFailure: 100, consecutive5xx: 9 });
    repeat(outliers, 0, "gateway", 4);
    outlierResult(outliers, 0, "5xx", 0);
    expect(repeat(outliers, 0, "gateway", 3)).toBeUndefined();
    expect(outlierResult(outliers, 0, "gateway", 0)).toMatchObject({ reason: "consecutive_5xx" });
  });

  it("no answer is a gateway error, unless local origin is split: then it has a row of its own that any answer clears", () => {
    expect(repeat(detector(10), 0, "local", 5)).toMatchObject({ reason: "consecutive_5xx" });
    const split = detector(10, { splitLocalOrigin: true });
    repeat(split, 0, "local", 4);
    outlierResult(split, 0, "5xx", 0);
    expect(repeat(split, 0, "local", 4)).toBeUndefined();
    expect(outlierResult(split, 0, "local", 0)).toMatchObject({ reason: "consecutive_local_origin_failure" });
  });

  it("statuses are told apart as upstream does", () => {
    expect([200, 404, 500, 501, 502, 503, 504, 505, 599].map(outlierResultOf)).toEqual([
      "success",
      "success",
      "5xx",
      "5xx",
      "gateway",
      "gateway",
      "gateway",
      "5xx",
      "5xx",
    ]);
  });

  it("the end of a request to a host that has left says nothing", () => {
    const outliers = detector(2, { consecutive5xx: 1 });
    expect(outlierResult(outliers, -1, "5xx", 0)).toBeUndefined();
    expect(outlierResult(outliers, 2, "5xx", 0)).toBeUndefined();
    expect(outliers.ejected).toBe(0);
  });

  it("0 switches a detector off", () => {
    const outliers = detector(10, NO_ROWS);
    expect(repeat(outliers, 0, "gateway", 1000)).toBeUndefined();
  });
});

describe("ejection", () => {
  it("lasts base × times in a row up to the cap, or the base where that is longer", () => {
    const config = configOf();
    expect([1, 2, 9, 10, 11, 50].map((times) => ejectionTime(config, times))).toEqual([
      30_000, 60_000, 270_000, 300_000, 300_000, 300_000,
    ]);
    expect(ejectionTime(configOf({ baseEjection: "10m", maxEjection: "5m" }), 1)).toBe(600_000);
  });

  it("is over with the first sweep from then on, and lengthens while it comes again at once", () => {
    const outliers = detector(10);
    repeat(outliers, 0, "5xx", 5, 5000);
    expect(outlierSweep(outliers, 30_000)).toEqual([]);
    expect(isEjected(outliers, 0)).toBe(true);
    expect(outlierSweep(outliers, 40_000)).toMatchObject([{ action: "returned", id: "h0", at: 40_000 }]);
    expect(repeat(outliers, 0, "5xx", 5, 41_000)).toMatchObject({ times: 2, until: 101_000 });
  });

  it("times in a row fall by one with each interval spent well, also when a frozen process sweeps late", () => {
    const outliers = detector(10, { baseEjection: "1s" });
    for (let round = 0; round < 4; round += 1) {
      repeat(outliers, 0, "5xx", 5, round * 10_000);
      outlierSweep(outliers, (round + 1) * 10_000);
    }
    expect(outliers.times[0]).toBe(4);
    outlierSweep(outliers, 50_000);
    expect(outliers.times[0]).toBe(3);
    outlierSweep(outliers, 70_000);
    expect(outliers.times[0]).toBe(1);
    outlierSweep(outliers, 3_600_000);
    expect(ejectionOf(outliers, 0)).toEqual({ times: 0 });
  });

  it("the count of times stops where the cap is reached, so that the way back is not longer", () => {
    const outliers = detector(10, { baseEjection: "100s", maxEjection: "300s" });
    let at = 0;
    for (let round = 0; round < 9; round += 1) {
      repeat(outliers, 0, "5xx", 5, at);
      at += 301_000;
      // Well for less than an interval before the next ejection.
      outlierSweep(outliers, at);
    }
    expect(outliers.times[0]).toBe(4);
  });

  it("jitter is drawn and added after the cap", () => {
    const draws = [0, 0.999999, 0];
    const outliers = detector(10, { ejectionJitter: "5s", baseEjection: "400s" }, { next: () => draws.shift() ?? 0 });
    expect(repeat(outliers, 0, "5xx", 5)).toMatchObject({ until: 405_000 });
  });

  it("an enforcing share is drawn: 30 % ejects when the draw is below", () => {
    const draws = [0.3, 0.2999, 0];
    const outliers = detector(10, { enforcingConsecutive5xx: 30 }, { next: () => draws.shift() ?? 0 });
    expect(repeat(outliers, 0, "5xx", 5)).toMatchObject({ action: "detected" });
    expect(repeat(outliers, 0, "5xx", 5)).toMatchObject({ action: "ejected" });
  });

  it("A4.4: counts begin anew on return, so the second ejection comes after exactly as many errors as configured", () => {
    const outliers = detector(10);
    repeat(outliers, 0, "5xx", 5);
    // Requests that were under way still fail, and count past the threshold.
    repeat(outliers, 0, "5xx", 7, 100);
    outlierSweep(outliers, 30_000);
    expect(repeat(outliers, 0, "5xx", 4, 31_000)).toBeUndefined();
    expect(outlierResult(outliers, 0, "5xx", 31_000)).toMatchObject({ action: "ejected", times: 2 });
  });

  it("a passed active check takes a host back at once", () => {
    const outliers = detector(10);
    repeat(outliers, 0, "5xx", 5);
    expect(returnOutlier(outliers, 0, 1000, "an active check passed")).toMatchObject({ action: "returned", times: 1 });
    expect(returnOutlier(outliers, 0, 1000, "an active check passed")).toBeUndefined();
    expect(outliers.ejected).toBe(0);
  });

  it("a host that goes away and another list keep what is known by id", () => {
    const outliers = detector(10);
    repeat(outliers, 3, "5xx", 5);
    repeat(outliers, 4, "5xx", 3);
    const carried = carryOutliers(outliers, ["new", "h4", "h3"]);
    expect(carried.ejected).toBe(1);
    expect(ejectionOf(carried, 2)).toEqual(ejectionOf(outliers, 3));
    repeat(carried, 1, "5xx", 2);
    expect(carried.overflow).toBe(1);
    expect(carryOutliers(outliers, ["h0"]).ejected).toBe(0);
  });
});

describe("at most so many are ejected", () => {
  it.each([
    [0, 1, 10, true],
    [0, 2, 0, true],
    [0, 10, 10, true],
    [1, 10, 10, false],
    [1, 20, 10, true],
    [1, 19, 10, false],
    [1, 2, 100, true],
    [2, 10, 30, true],
    [2, 10, 29, false],
  ])("with %i of %i ejected and a cap of %i %% another one: %s", (ejected, hosts, cap, may) => {
    expect(mayEject(ejected, hosts, cap)).toBe(may);
  });

  it("what is found beyond is counted as overflow and told", () => {
    const outliers = detector(10);
    repeat(outliers, 0, "5xx", 5);
    expect(repeat(outliers, 1, "5xx", 5)).toMatchObject({
      action: "overflow",
      detail: "5 errors (5xx) in a row; 1 of 10 are ejected already, at most 10 % may be",
    });
    expect([outliers.overflow, outliers.detected[0], outliers.enforced[0]]).toEqual([1, 2, 1]);
  });

  it("the ejected share is never above the cap beyond the first host, whatever is done", () => {
    const step = fc.record({
      index: fc.nat(11),
      kind: fc.constantFrom<OutlierResult>("success", "5xx", "gateway", "local"),
      times: fc.integer({ min: 1, max: 60 }),
      wait: fc.nat(20_000),
    });
    const settings = fc.record({
      maxEjectedPercent: fc.nat(100),
      splitLocalOrigin: fc.boolean(),
      enforcingFailurePercentage: fc.constantFrom(0, 100),
      enforcingConsecutiveGatewayFailure: fc.constantFrom(0, 50, 100),
      successRateRequestVolume: fc.constantFrom(1, 20),
      failurePercentageRequestVolume: fc.constantFrom(1, 20),
    });
    fc.assert(
      fc.property(settings, fc.array(step, { maxLength: 60 }), (outlier, steps) => {
        const outliers = detector(12, outlier);
        let at = 0;
        for (const { index, kind, times, wait } of steps) {
          at += wait;
          for (const verdict of outlierSweep(outliers, at)) expect(verdict.at).toBe(at);
          repeat(outliers, index, kind, times, at);
          const out = ids(12).filter((_, which) => isEjected(outliers, which)).length;
          expect(outliers.ejected).toBe(out);
          expect(out <= 1 || (100 * out) / 12 <= outlier.maxEjectedPercent).toBe(true);
        }
        // Left alone, everybody is back in the end.
        outlierSweep(outliers, at + 400_000);
        outlierSweep(outliers, at + 800_000);
        expect(outliers.ejected).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("success rate", () => {
  it("the threshold is mean − factor × stdev of the population: 50 and four times 100 give 90, 20 and 52", () => {
    expect(successRateThreshold([50, 100, 100, 100, 100], 1.9)).toEqual({ mean: 90, stdev: 20, threshold: 52 });
  });

  it("ejects who was below it in the finished interval, and says the figures", () => {
    const outliers = detector(5, NO_ROWS);
    for (let index = 1; index < 5; index += 1) traffic(outliers, index, 200, 200);
    traffic(outliers, 0, 200, 100);
    expect(outlierSweep(outliers, 10_000)).toMatchObject([
      {
        action: "ejected",
        reason: "success_rate",
        id: "h0",
        detail: "its success rate was 50 %, below 52 % (all hosts: 90 %); out for 30 s",
      },
    ]);
    // The interval after has no traffic, and nothing to say.
    expect(outlierSweep(outliers, 20_000)).toEqual([]);
  });

  it.each([
    ["four hosts", 4, 200],
    ["99 requests", 5, 99],
  ])("says nothing with %s", (_, hosts, requests) => {
    const outliers = detector(hosts, { ...NO_ROWS });
    for (let index = 1; index < hosts; index += 1) traffic(outliers, index, requests, requests);
    traffic(outliers, 0, requests, 0);
    expect(outlierSweep(outliers, 10_000).filter(({ reason }) => reason === "success_rate")).toEqual([]);
  });

  it("the worst is ejected first where not all may be", () => {
    const outliers = detector(20, { ...NO_ROWS, maxEjectedPercent: 5 });
    for (let index = 0; index < 20; index += 1)
      traffic(outliers, index, 200, index === 2 ? 80 : index === 7 ? 20 : 200);
    expect(outlierSweep(outliers, 10_000).map(({ id, action }) => [id, action])).toEqual([
      ["h7", "ejected"],
      ["h2", "overflow"],
    ]);
  });

  it("with split local origin both are judged apart", () => {
    const outliers = detector(5, { ...NO_ROWS, splitLocalOrigin: true });
    for (let index = 0; index < 5; index += 1)
      for (let sent = 0; sent < 100; sent += 1)
        outlierResult(outliers, index, index === 0 && sent % 2 === 0 ? "local" : "success", 0);
    expect(outlierSweep(outliers, 10_000)).toMatchObject([{ reason: "success_rate_local_origin", id: "h0" }]);
  });
});

describe("failure percentage", () => {
  it("by default only looks; enforced it ejects from 85 % of at least 50 requests on five hosts", () => {
    const run = (enforcing: number, good: number, requests = 60) => {
      const outliers = detector(5, { ...NO_ROWS, enforcingFailurePercentage: enforcing });
      for (let index = 1; index < 5; index += 1) traffic(outliers, index, requests, requests);
      traffic(outliers, 0, requests, good);
      return outlierSweep(outliers, 10_000).map(({ reason, action }) => [reason, action]);
    };
    expect(run(100, 9)).toEqual([["failure_percentage", "ejected"]]);
    expect(run(0, 9)).toEqual([["failure_percentage", "detected"]]);
    expect(run(100, 10)).toEqual([]);
    expect(run(100, 0, 49)).toEqual([]);
  });
});

describe("a story", () => {
  it("a host that fails for 100 s of 400 gets a few requests of them, and its whole share back", () => {
    const names = ids(10);
    const outliers = detector(10);
    const list = () => names.map((id, index) => host(id, { ejected: isEjected(outliers, index) }));
    const balancer = balancerOf(
      v.parse(ServiceTraffic, { balance: "round_robin" }),
      list(),
      hostLoads(10),
      randomOf(1),
    );
    const told: string[] = [];
    let failed = 0;
    let lastMinute = 0;
    for (let at = 0; at < 400_000; at += 50) {
      const verdicts = outlierSweep(outliers, at);
      const index = balancer.pick(request({ at }));
      const bad = index === 3 && at >= 10_000 && at < 110_000;
      if (bad) failed += 1;
      if (index === 3 && at >= 340_000) lastMinute += 1;
      const found = outlierResult(outliers, index, bad ? "gateway" : "success", at);
      for (const verdict of found === undefined ? verdicts : [...verdicts, found])
        if (verdict.action !== "detected")
          told.push(`${verdict.action} ${verdict.id} ${Math.round(verdict.at / 1000)}`);
      if (verdicts.length > 0 || found !== undefined) balancer.update(list());
    }
    // Out for 30 s, then 60 s: of 200 requests that would have failed ten did.
    expect(told).toEqual(["ejected h3 12", "returned h3 50", "ejected h3 52", "returned h3 120"]);
    expect(failed).toBe(10);
    expect(lastMinute).toBe(120);
    expect(outliers.times[3]).toBe(0);
  });
});

describe("the sweep", () => {
  it("does nothing before it is due", () => {
    const outliers = detector(5);
    expect(nextSweep(outliers)).toBe(10_000);
    expect(outlierSweep(outliers, 9999)).toEqual([]);
    expect(nextSweep(outliers)).toBe(10_000);
    outlierSweep(outliers, 10_500);
    expect(nextSweep(outliers)).toBe(20_500);
  });

  it("A4.3: ejections that seem not to work are panic: two of three hosts out, and all three get requests", () => {
    const outliers = detector(3, { maxEjectedPercent: 100 });
    repeat(outliers, 0, "5xx", 5);
    repeat(outliers, 1, "5xx", 5);
    const hosts = ids(3).map((id, index) => host(id, { ejected: isEjected(outliers, index) }));
    const config = v.parse(ServiceTraffic, { balance: "round_robin" });
    const balancer = balancerOf(config, hosts, hostLoads(3), randomOf(1));
    expect(balancer.panic()).toBe(true);
    expect(new Set([0, 1, 2].map(() => balancer.pick(request())))).toEqual(new Set([0, 1, 2]));
  });
});
