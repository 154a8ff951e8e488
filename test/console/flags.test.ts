import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FlagForm,
  flagActs,
  flagConsequences,
  flagFault,
  readShares,
  sharesWanted,
} from "../../console/src/flag-acts.ts";
import {
  byFlagNeed,
  exampleContext,
  flagRolloutText,
  flagStanding,
  flagsLine,
  readContext,
  restText,
  ruleTexts,
  tieTexts,
} from "../../console/src/flag-words.ts";
import { flagExamples } from "../../functions/api/examples-flags.ts";
import type { FlagSummary, FlagView } from "../../functions/api/views-flags.ts";

const flag: FlagView = flagExamples.Flag;
const NOW = flag.clock.now;
const { rollout: running, ...still } = flag;
const one = (name: string, more: Partial<FlagSummary> = {}): FlagSummary => {
  const { rollout: _, ...rest } = flagExamples.Flags.items[0] as FlagSummary;
  return { ...rest, name, ...more };
};
const ran = (more: object) => ({ ...running, ...more }) as NonNullable<FlagSummary["rollout"]>;

describe("flags in words", () => {
  test("what was switched off stands first, then what failed, then what is rolled out", () => {
    const items = [
      one("b"),
      one("a", { status: "disabled" }),
      one("rolls", { rollout: ran({}) }),
      one("failed", { rollout: ran({ status: "failed" }) }),
      one("tied", { status: "tied" }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (given) => {
        expect([...given].sort(byFlagNeed).map(({ name }) => name)).toEqual(["tied", "failed", "rolls", "b", "a"]);
      }),
    );
    expect(flagsLine(items)).toBe(
      "5 flags, 1 off by a breaker or an alert, 1 with a failed roll-out, 1 being rolled out, 1 disabled",
    );
    expect(flagsLine([])).toBe("No flags");
    expect(flagStanding({ status: "killed" })).toMatchObject({ tone: "failing", word: "killed" });
  });

  test("how far a roll-out is says what failed and what is done", () => {
    expect(flagRolloutText(flag)).toBe("on for 25\u00a0%, step 3 of 5");
    expect(flagRolloutText({ rollout: ran({ status: "failed" }) })).toBe("on failed and is back at 0\u00a0%");
    expect(flagRolloutText({ rollout: ran({ status: "paused" }) })).toMatch(/^paused at on for 25/);
    expect(flagRolloutText({})).toBe("");
  });

  test("rules, rest and ties are sentences", () => {
    const config = {
      rules: [
        { name: "staff", if: [{ attribute: "email", op: "ends_with", value: "@x" }], serve: "on" },
        {
          if: [
            {
              any: [
                { attribute: "plan", op: "in", values: ["a", "b"] },
                { attribute: "age", op: "exists" },
              ],
            },
          ],
          serve: { rollout: { on: 30, off: 70 } },
        },
        { if: [], serve: "off" },
      ],
      killWhen: {
        breakers: ["pay/*"],
        alerts: [{ alertname: "High" }, { team: "x", severity: "page" }],
        hold: 300_000,
      },
    };
    expect(ruleTexts(config, NOW).map(({ name, text }) => `${name}: ${text}`)).toEqual([
      "staff: Whose email ends with @x gets on",
      "rule 2: Whose plan is one of a, b or age is there is divided: off 70\u00a0%, on 30\u00a0%",
      "rule 3: Everybody gets off",
    ]);
    expect(tieTexts(config)).toEqual([
      "circuit pay/* is open, and for 5 min after",
      "alert High fires, and for 5 min after",
      'alert {team="x", severity="page"} fires, and for 5 min after',
    ]);
    expect(restText({ shares: { off: 75, on: 25 } })).toMatch(/divided: off 75.%, on 25.%/);
    expect(restText({ shares: { off: 100, on: 0 } })).toBe("Everybody else gets off");
    expect(JSON.parse(exampleContext(config))).toEqual({ targetingKey: "user-17", email: "@x", plan: "a", age: "" });
  });

  test("a configuration of any shape is told, and none throws", () => {
    const names = fc.constantFrom("rules", "if", "any", "attribute", "op", "values", "serve", "killWhen", "alerts");
    fc.assert(
      fc.property(fc.object({ key: names }), (config) => {
        const told = [...ruleTexts(config, NOW).map(({ text }) => text), ...tieTexts(config), exampleContext(config)];
        expect(told.join(" ")).not.toMatch(/\[object/);
      }),
      { numRuns: 50 },
    );
  });

  test("a context is a JSON object or refused", () => {
    expect(readContext(' {"a":1}')).toEqual({ a: 1 });
    expect(readContext("")).toEqual({});
    expect([readContext("[1]"), readContext("1"), readContext("{")]).toEqual([undefined, undefined, undefined]);
  });
});

describe("what can be done to a flag", () => {
  const form = (shares: Record<string, string> = {}, why = "reason"): FlagForm => ({ shares, why, by: "" });

  test.each([
    [flag, ["kill", "pause", "shares", "release"]],
    [{ ...flag, rollout: ran({ status: "paused" }) }, ["kill", "resume", "shares", "release"]],
    [still, ["kill", "start", "shares"]],
    [{ ...still, gated: false, status: "killed" }, ["restore", "shares"]],
    [{ ...still, gated: false, status: "tied" }, ["restore", "kill", "shares"]],
  ] as const)("depends on how it stands: %#", (given, acts) => {
    expect(flagActs(given as FlagView)).toEqual(acts);
  });

  test("percentages are read as typed and have to be 100 together", () => {
    expect(readShares({ on: "12,5", off: " 87.5 " })).toEqual({ on: 12.5, off: 87.5 });
    expect(readShares({ on: "100", off: "" })).toEqual({ on: 100, off: 0 });
    for (const wrong of [{ on: "50" }, { on: "101", off: "-1" }, { on: "x", off: "100" }])
      expect(readShares(wrong as Record<string, string>)).toBeUndefined();
    expect(flagFault("shares", form({ on: "60", off: "30" }))).toMatch(/100 together/);
    expect(flagFault("kill", form({}, " "))).toMatch(/Say why/);
    expect(sharesWanted("shares", form({ on: "60", off: "40" }))).toEqual({ shares: { on: 60, off: 40 } });
    expect(sharesWanted("pause", form())).toEqual({ pause: true });
  });

  test("what will happen is told for each, whatever was typed", () => {
    for (const act of ["kill", "restore", "shares", "release", "start", "pause", "resume"] as const)
      expect(flagConsequences(act, flag, form({ on: "x" })).join(" ")).not.toMatch(/undefined|NaN/);
    expect(flagConsequences("kill", flag, form())[0]).toMatch(/Everybody gets off/);
    expect(flagConsequences("shares", flag, form({ on: "60", off: "40" })).join(" ")).toMatch(
      /then on 60.%, off 40.%.*gated roll-out ends at 25.%/s,
    );
    expect(flagConsequences("restore", { ...flag, causes: ["circuit x is open"] }, form()).join(" ")).toMatch(
      /although what it is tied to is not well: circuit x is open/,
    );
  });
});
