import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { checkAt, dueChecks, nextCheckAt } from "../../shared/core/traffic/checks/plan.ts";
import { checkPasses, jsonMember, statusPasses } from "../../shared/core/traffic/checks/rules.ts";
import { checkChanged, checkSentence, checkStep, ejectsWithin } from "../../shared/core/traffic/checks/streak.ts";
import { type HealthConfig, ServiceTraffic } from "../../shared/core/traffic/section.ts";
import type { CheckState } from "../../shared/core/traffic/types.ts";

const specOf = (health: Record<string, unknown> = {}): HealthConfig => {
  const parsed = v.parse(ServiceTraffic, { health }).health;
  if (parsed === undefined) throw new Error("none");
  return parsed;
};

/** + passes, - fails; one a second. */
const walk = (pattern: string, spec = specOf(), start?: CheckState) => {
  let state = start;
  const verdicts: boolean[] = [];
  for (const [at, mark] of [...pattern].entries()) {
    state = checkStep(
      state,
      { ok: mark === "+", detail: mark === "+" ? "it answered 200" : "it answered 503" },
      spec,
      at * 1000,
    );
    verdicts.push(state.healthy);
  }
  return { state: state as CheckState, verdicts: verdicts.map((healthy) => (healthy ? "H" : "U")).join("") };
};

describe("verdicts", () => {
  it.each([
    ["---", "HHU", "three failures in a row eject"],
    ["--+--", "HHHHH", "a pass begins the row anew"],
    ["---+", "HHUU", "one pass does not return it"],
    ["---++", "HHUUH", "two do"],
    ["---+-++", "HHUUUUH", "a failure between begins that row anew"],
    ["+", "H", "a first pass changes nothing"],
    ["-", "H", "a first failure only begins a row: it was registered as ready"],
  ])("%s is %s: %s", (pattern, verdicts) => {
    expect(walk(pattern).verdicts).toBe(verdicts);
  });

  it("since tells when it became so, and the counts stop at the thresholds", () => {
    expect(walk("-----").state).toEqual({
      healthy: false,
      failures: 3,
      successes: 0,
      checkedAt: 4000,
      since: 2000,
      detail: "it answered 503",
    });
    expect(walk("++++").state).toMatchObject({ healthy: true, successes: 2, since: 0 });
  });

  it("a healthy quiet host changes nothing that must be written", () => {
    const spec = specOf();
    const { state } = walk("++");
    const next = checkStep(state, { ok: true, detail: "it answered 204" }, spec, 9000);
    expect(checkChanged(state, next)).toBe(false);
    expect(checkChanged(undefined, state)).toBe(true);
    const failed = checkStep(next, { ok: false, detail: "it answered 503" }, spec, 10_000);
    expect(checkChanged(next, failed)).toBe(true);
    const { state: dead } = walk("---");
    expect(checkChanged(dead, checkStep(dead, { ok: false, detail: "it answered 503" }, spec, 9000))).toBe(false);
    expect(checkChanged(dead, checkStep(dead, { ok: false, detail: "no connection" }, spec, 9000))).toBe(true);
  });

  it("never changes its mind on fewer in a row than configured", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.boolean(), { maxLength: 60 }),
        (unhealthy, healthy, results) => {
          let state: CheckState | undefined;
          for (const [at, ok] of results.entries()) {
            const before = state?.healthy ?? true;
            state = checkStep(state, { ok, detail: "" }, { unhealthy, healthy }, at);
            const row = results.slice(0, at + 1).reverse();
            const same = row.findIndex((other) => other !== ok);
            const length = same < 0 ? row.length : same;
            const changes = ok ? !before && length >= healthy : before && length >= unhealthy;
            expect(state.healthy !== before).toBe(changes);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it("are told in sentences", () => {
    const spec = specOf();
    const steps = [..."---+++"].reduce<{ state?: CheckState; told: string[] }>(
      ({ state, told }, mark, at) => {
        const next = checkStep(
          state,
          { ok: mark === "+", detail: mark === "+" ? "it answered 200" : "no connection" },
          spec,
          at,
        );
        return { state: next, told: [...told, checkSentence("a:80", state, next, spec)] };
      },
      { told: [] },
    );
    expect(steps.told).toEqual([
      "a:80 is healthy still: it failed once of 3 in a row: no connection",
      "a:80 is healthy still: it failed 2 times of 3 in a row: no connection",
      "a:80 is unhealthy: it failed 3 times in a row: no connection",
      "a:80 is unhealthy still: it passed once of 2 in a row",
      "a:80 is healthy again: it passed 2 times in a row",
      "a:80 is healthy",
    ]);
  });

  it("A4.7: three failures at 30 s with a timeout of 5 s are up to 95 s until ejection, and that is said", () => {
    const told = ejectsWithin(specOf({ jitter: 0 }));
    expect(told.ms).toBe(95_000);
    expect(told.sentence).toContain(
      "after at most 95 s: 3 failed checks in a row, one every 30 s, the last one waits 5 s.",
    );
    expect(ejectsWithin(specOf())).toMatchObject({ ms: 95_000, jitterMs: 3000 });
    expect(ejectsWithin(specOf()).sentence).toContain("95 s (and up to 3 s more by jitter)");
  });
});

describe("rules", () => {
  it.each([
    [["200-299"], 200, true],
    [["200-299"], 299, true],
    [["200-299"], 300, false],
    [["200", "503"], 503, true],
    [["404-404"], 404, true],
    [["200"], 201, false],
  ])("statuses %o let %i pass: %s", (ranges, status, passes) => {
    expect(statusPasses(ranges, status)).toBe(passes);
  });

  const body = { status: "pass", "db.main": { up: true }, checks: [{ status: "warn", n: 0, none: null }] };

  it.each([
    ["status", "pass"],
    ["checks.0.status", "warn"],
    ["checks.0.n", 0],
    ["checks.0.none", null],
    ["db.main.up", true],
    ["checks.1.status", undefined],
    ["checks.length", 1],
    ["status.length", undefined],
    ["constructor", undefined],
    ["__proto__.x", undefined],
    ["", undefined],
  ])("the member %s is %o", (path, value) => {
    expect(jsonMember(body, path)).toEqual(value);
  });

  it.each([
    [200, '{"status":"pass"}', true, "it answered 200"],
    [200, '{"status":"warn"}', true, "it answered 200"],
    [200, '{"status":"fail"}', false, 'it answered 200, but status is "fail", expected "pass" or "warn"'],
    [200, '{"status":1}', false, 'it answered 200, but status is 1, expected "pass" or "warn"'],
    [200, "{}", false, 'it answered 200, but status is missing, expected "pass" or "warn"'],
    [200, "OK", false, "it answered 200, but its body is no JSON"],
    [200, "", false, "it answered 200, but its body is no JSON"],
    [503, '{"status":"pass"}', false, "it answered 503, expected 200-299"],
  ])("%i with %s passes: %s", (status, text, ok, detail) => {
    expect(checkPasses(specOf({ json: { status: ["pass", "warn"] } }), status, text)).toEqual({ ok, detail });
  });

  it("without rules for the body it is not read, and a long value is cut", () => {
    expect(checkPasses(specOf(), 204, "not json")).toEqual({ ok: true, detail: "it answered 204" });
    const long = checkPasses(specOf({ json: { a: [1] } }), 200, JSON.stringify({ a: "x".repeat(5000) }));
    expect(long.detail.length).toBeLessThan(120);
  });
});

describe("the plan", () => {
  const spec = specOf();
  const many = Array.from({ length: 10_000 }, (_, index) => `10.0.${index >> 8}.${index & 255}:8080`);

  it("spreads 10,000 backends over the period: no second has more than half as many again as its part", () => {
    const from = 1_700_000_000_000;
    const seconds = new Array<number>(30).fill(0);
    for (const { at } of dueChecks(many, spec, from, from + 30_000)) {
      const second = Math.floor((at - from - 1) / 1000);
      seconds[second] = (seconds[second] ?? 0) + 1;
    }
    expect(Math.max(...seconds)).toBeLessThan(500);
    expect(Math.min(...seconds)).toBeGreaterThan(200);
  });

  it("every check of every round is due exactly once, however often the checker looks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 9000 }), { minLength: 5, maxLength: 40 }),
        fc.integer({ min: 0, max: 1_000_000_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (waits, start, jitter) => {
          const plan = { every: 10_000, jitter: Math.min(0.09, jitter) };
          const names = ["a", "b", "c"];
          const seen: number[][] = [[], [], []];
          let at = start;
          for (const wait of waits) {
            for (const { index, at: due } of dueChecks(names, plan, at, at + wait)) {
              expect(due > at && due <= at + wait).toBe(true);
              seen[index]?.push(due);
            }
            at += wait;
          }
          for (const [index, name] of names.entries()) {
            const wanted: number[] = [];
            for (let next = nextCheckAt(name, plan, start); next <= at; next = nextCheckAt(name, plan, next))
              wanted.push(next);
            expect(seen[index]).toEqual(wanted);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("is the same everywhere, differs each round, and stays within the period and its jitter", () => {
    const gaps = Array.from(
      { length: 50 },
      (_, round) => checkAt("a", 101 + round, spec) - checkAt("a", 100 + round, spec),
    );
    expect(gaps.every((gap) => Math.abs(gap - 30_000) <= 3001)).toBe(true);
    expect(new Set(gaps).size).toBeGreaterThan(40);
    expect(checkAt("a", 100, spec)).toBe(checkAt("a", 100, { every: 30_000, jitter: 0.1 }));
  });

  it("a checker that looks less often than backends want makes one check of each, not several at once", () => {
    const due = dueChecks(["a", "b"], spec, 1_000_000, 1_300_000);
    expect(due.map(({ id }) => id).sort()).toEqual(["a", "b"]);
    expect(due.every(({ at }) => at > 1_260_000)).toBe(true);
  });
});
