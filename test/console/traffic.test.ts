import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backendConsequences } from "../../console/src/backend-acts.ts";
import {
  admitsText,
  circuitStanding,
  countdownText,
  countedText,
  type ForceForm,
  forceConsequences,
  forceFault,
  inForce,
  windowSums,
} from "../../console/src/circuit-words.ts";
import { subjectName } from "../../console/src/subjects.ts";
import { breakerText, configFacts } from "../../console/src/traffic-config.ts";
import { rateBetween, rateOf } from "../../console/src/traffic-rates.ts";
import {
  backendsText,
  backendWhy,
  besidesText,
  byNeed,
  byState,
  readMatch,
  shareText,
  standingOf,
  trafficLine,
  troubles,
  versionsText,
} from "../../console/src/traffic-words.ts";
import type { CircuitView } from "../../functions/api/views-breakers.ts";
import type {
  BackendCountsView,
  GatewayView,
  TrafficBackendView,
  TrafficServiceSummary,
} from "../../functions/api/views-traffic.ts";

const NOW = Date.UTC(2026, 2, 4, 12, 0, 30);

const counts = (more: Partial<BackendCountsView> = {}): BackendCountsView => {
  const all = { ok: 2, draining: 0, unhealthy: 0, ejected: 0, circuitOpen: 0, ...more };
  return { total: all.ok + all.draining + all.unhealthy + all.ejected + all.circuitOpen, ...all };
};
const gateway = (more: Partial<GatewayView> = {}): GatewayView => ({
  service: "orders",
  at: NOW,
  policy: "maglev",
  panic: false,
  windowMs: 60_000,
  levels: [],
  ...{ arrived: 0, completed: 0, failed: 0, refused: 0, abandoned: 0, retried: 0, inFlight: 0, queued: 0 },
  ...more,
});
const summary = (service: string, more: Partial<TrafficServiceSummary> = {}): TrafficServiceSummary => ({
  service,
  configured: true,
  policy: "maglev",
  backends: counts(),
  panic: false,
  breaker: "consecutive",
  checks: false,
  ...more,
});
const backend = (more: Partial<TrafficBackendView> = {}): TrafficBackendView => ({
  id: "a",
  host: "10.0.0.1",
  port: 80,
  weight: 1,
  maxConnections: 100,
  capacity: 1000,
  tags: [],
  priority: 0,
  metadata: {},
  source: "api",
  registeredAt: NOW,
  state: "ok",
  ...more,
});
const circuit = (more: Partial<CircuitView> = {}): CircuitView => ({
  circuit: "orders/a",
  status: "closed",
  admits: "yes",
  epoch: 3,
  rev: 3,
  since: NOW - 60_000,
  opens: 0,
  successes: 0,
  probes: [],
  counts: {},
  updatedAt: NOW,
  ...more,
});

describe("traffic in words", () => {
  test.each([
    [summary("a"), "ok"],
    [summary("a", { panic: true, backends: counts({ ok: 0, circuitOpen: 1 }) }), "panic"],
    [summary("a", { backends: counts({ ok: 0, ejected: 1 }) }), "none is ok"],
    [summary("a", { backends: counts({ ok: 0 }) }), "no backends"],
    [summary("a", { backends: counts({ circuitOpen: 1, draining: 1 }) }), "circuit open"],
    [summary("a", { backends: counts({ draining: 1 }) }), "draining"],
    [summary("a", { gateway: gateway({ queued: 3 }) }), "queueing"],
  ])("a service is told by the worst of it: %#", (one, word) => {
    expect(standingOf(one).word).toBe(word);
  });

  test("what needs a person stands first, whatever the order it came in", () => {
    const items = [
      summary("well"),
      summary("drains", { backends: counts({ draining: 1 }) }),
      summary("hurt", { backends: counts({ ejected: 1 }) }),
      summary("panics", { panic: true }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (given) => {
        expect([...given].sort(byNeed).map(({ service }) => service)).toEqual(["panics", "hurt", "drains", "well"]);
      }),
    );
    expect(byState([backend(), backend({ id: "b", state: "ejected" })]).map(({ id }) => id)).toEqual(["b", "a"]);
  });

  test("all of it in one line: well, hurt, and nothing there", () => {
    expect(trafficLine([summary("a"), summary("b")])).toBe("2 services, all 4 backends are ok");
    expect(trafficLine([])).toBe("No service has traffic");
    const hurt = [summary("pay", { panic: true }), summary("b", { backends: counts({ ejected: 2, circuitOpen: 1 }) })];
    expect(trafficLine(hurt)).toBe("2 services, pay in panic, 1 circuit open, 2 backends ejected");
    expect(troubles([summary("a", { backends: counts({ draining: 1 }) })])).toEqual([]);
  });

  test("backends, shares and what a gateway did beside passing on", () => {
    expect(backendsText(counts({ ejected: 1, draining: 1 }))).toBe("2 of 4 ok, 1 ejected, 1 draining");
    expect(backendsText(counts())).toBe("2 ok");
    expect([0, 0.004, 0.5, 1].map(shareText)).toEqual(["0\u00a0%", "0.4\u00a0%", "50\u00a0%", "100\u00a0%"]);
    expect(versionsText({ v2: 1, v1: 19 })).toBe("v1 95\u00a0%, v2 5\u00a0%");
    expect(besidesText(gateway({ retried: 3, refused: 2, shed: 1 }))).toBe("3 retried, 2 refused, 1 of them shed");
    expect(besidesText(undefined)).toBe("");
  });

  test("why a backend gets nothing says what is in its way and until when", () => {
    const until = NOW + 43_000;
    expect(backendWhy(backend(), NOW)).toBeUndefined();
    expect(backendWhy(backend({ state: "ejected", ejection: { times: 1, until, why: "success_rate" } }), NOW)).toMatch(
      /^it fails more than the others do, until .*:13$/,
    );
    const open = { state: "circuit_open", circuit: { status: "open", openUntil: until } } as const;
    expect(backendWhy(backend(open), NOW)).toBe("next probe in 43 s");
    expect(backendWhy(backend(open), until)).toBe("a probe is due");
    const check = { healthy: false, failures: 3, successes: 0, checkedAt: NOW, since: NOW, detail: "it answered 503" };
    expect(backendWhy(backend({ state: "unhealthy", check }), NOW)).toBe("its checks fail: it answered 503");
  });

  test("a subject is called by its name, and what is typed as metadata is read or refused", () => {
    expect(subjectName("traffic", "circuit:circuit:x")).toBe("circuit:x");
    expect(subjectName("traffic", "ejection:orders/a")).toBe("orders/a");
    expect(readMatch("version=v2, zone=a=b")).toEqual({ version: "v2", zone: "a=b" });
    expect(readMatch("version")).toBeUndefined();
    expect(readMatch("")).toEqual({});
  });

  test("draining the last backend that is ok says what that means", () => {
    expect(backendConsequences("drain", backend(), 0).join(" ")).toContain("requests will be refused");
    expect(
      backendConsequences(
        "remove",
        backend({ gateway: { active: 1, requests: 9, failures: 0, usable: true } }),
        2,
      ).join(" "),
    ).toMatch(/1 request in flight.*drain it first.*2 other backends/);
  });
});

describe("rates", () => {
  test("are per real second, of a clock of any speed, and nothing where counting began anew", () => {
    const seen = (at: number, arrived: number, failed: number) => ({ at, arrived, failed });
    expect(rateBetween(seen(0, 100, 1), seen(240_000, 300, 5), 120)).toEqual({ requests: 100, failing: 0.02 });
    expect(rateBetween(seen(0, 100, 1), seen(2_000, 100, 1), 1)).toEqual({ requests: 0, failing: undefined });
    expect(rateBetween(seen(0, 100, 1), seen(2_000, 10, 0), 1)).toBeUndefined();
    expect(rateBetween(seen(0, 100, 1), seen(100, 120, 1), 1)).toBeUndefined();
  });

  test("take two looks, and begin anew with a gateway that does", () => {
    const look = (at: number, arrived: number) => rateOf(summary("rated", { gateway: gateway({ at, arrived }) }), 1);
    expect(look(NOW, 1_000)).toBeUndefined();
    expect(look(NOW + 2_000, 1_100)?.requests).toBe(50);
    expect(look(NOW + 2_000, 1_100)?.requests).toBe(50);
    expect(look(NOW + 20_000, 2_000)?.requests).toBe(50);
    expect(look(NOW + 30_000, 3)).toBeUndefined();
    expect(rateOf(summary("rated"), 1)).toBeUndefined();
  });
});

describe("circuits in words", () => {
  const policy = { rule: "consecutive", failures: 5, successes: 3 };
  const forced = { state: "open", by: "ada", why: "moved", at: NOW, until: NOW + 1_000 } as const;

  test("a person's hand stands above the rule, until its end has come", () => {
    expect(circuitStanding(circuit({ forced })).word).toBe("forced open");
    expect(circuitStanding(inForce(circuit({ forced }), NOW)).word).toBe("forced open");
    expect(circuitStanding(inForce(circuit({ forced }), NOW + 1_000)).word).toBe("closed");
    expect(admitsText(circuit({ status: "open", admits: "probe" }))).toBe("One call may try; all others are refused.");
  });

  test("what is counted stands against the rule", () => {
    expect(countedText(policy, circuit({ counts: { failures: 2, "last/7": 2 } }), NOW)).toBe(
      "2 of 5 failures that open it",
    );
    expect(countedText(policy, circuit({ status: "half_open", successes: 1 }), NOW)).toBe(
      "1 of 3 successes that close it",
    );
    expect(countedText(policy, circuit({ status: "open" }), NOW)).toBeUndefined();
    const rate = { rule: "rate", failureRate: 50, minimumCalls: 10, window: { time: 60_000 } };
    const now = Math.floor(NOW / 6_000);
    const seen = { [`calls/${now}`]: 4, [`failures/${now}`]: 1, [`calls/${now - 9}`]: 1, [`calls/${now - 10}`]: 99 };
    expect(countedText(rate, circuit({ counts: seen }), NOW)).toBe(
      "1 of 5 calls failed (20 %, opens at 50 %), 0 slow; fewer than 10 calls say nothing",
    );
    expect(
      windowSums({ window: { calls: 10 } }, { "calls/1": 5, "calls/2": 5, "calls/3": 5, "failures/1": 5 }, NOW),
    ).toEqual({
      calls: 10,
      failures: 0,
      slow: 0,
    });
  });

  test("the countdown ticks to the probe and then says it is due", () => {
    const open = circuit({ status: "open", openUntil: NOW + 43_000 });
    expect(countdownText(open, NOW)).toMatch(/^no call before .*, in 43 s$/);
    expect(countdownText(open, NOW + 43_000)).toBe("the next call may try");
    expect(countdownText(circuit({ ...open, forced }), NOW)).toBeUndefined();
  });

  test("only forcing open asks for the name; what will happen is said for each", () => {
    const form = (more: Partial<ForceForm> = {}): ForceForm => ({
      state: "open",
      lasts: "1h",
      why: "moved",
      by: "",
      typedName: "",
      ...more,
    });
    expect(forceFault(form({ why: " " }), "x")).toMatch(/Say why/);
    expect(forceFault(form(), "x")).toMatch(/Type the name/);
    expect(forceFault(form({ typedName: "x" }), "x")).toBeUndefined();
    expect(forceFault(form({ state: "disabled" }), "x")).toBeUndefined();
    expect(forceConsequences(form(), circuit(), NOW + 3_600_000, NOW).join(" ")).toMatch(
      /refused.*closed now.*13:00:30/,
    );
    expect(forceConsequences(form(), undefined, undefined, NOW).at(-1)).toBe("Lasts until somebody releases it.");
  });
});

test("a configuration of any shape is told, and none throws", () => {
  fc.assert(
    fc.property(
      fc.object({ key: fc.constantFrom("balance", "breaker", "health", "outlier", "retry", "hash", "rule", "limits") }),
      (given) => {
        for (const [name, text] of configFacts(given)) expect(`${name}${text}`).not.toMatch(/undefined|\[object/);
      },
    ),
    { numRuns: 50 },
  );
  expect(breakerText("off")).toEqual([["breaker", "off: no circuit ever opens"]]);
});
