import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFlag } from "../../shared/core/delivery/flags/compile.ts";
import { evaluate, evaluateAs } from "../../shared/core/delivery/flags/evaluate.ts";
import { explainEvaluation } from "../../shared/core/delivery/flags/explain-evaluation.ts";
import { compileSnapshot, snapshotOf } from "../../shared/core/delivery/flags/snapshot.ts";
import { segmentsOf } from "../../shared/core/delivery/flags/split.ts";
import type { FlagContext } from "../../shared/core/delivery/flags/types.ts";
import { evaluated, flagOf, NOW, users } from "./flags-kit.ts";

const HOUR = 3_600_000;
const at = (offset: number) => new Date(NOW + offset).toISOString();
const rule = (condition: object, serve: unknown = "on") => ({ rules: [{ if: [condition], serve }] }) as never;
const matches = (condition: object, context: FlagContext): boolean =>
  evaluated(rule(condition), context).reason === "TARGETING_MATCH";

describe("reasons", () => {
  test.each([
    ["nothing but a default is STATIC", {}, {}, "off", "STATIC"],
    ["rules that do not apply leave the default", rule({ attribute: "a", op: "eq", value: 1 }), {}, "off", "DEFAULT"],
    ["a rule that applies", rule({ attribute: "a", op: "eq", value: 1 }), { a: 1 }, "on", "TARGETING_MATCH"],
    ["a share of all", { rollout: { percent: 50 } }, { targetingKey: "user-0" }, undefined, "SPLIT"],
    ["disabled", { enabled: false, default: "on" }, {}, "off", "DISABLED"],
    ["before its time", { default: "on", from: at(HOUR) }, {}, "off", "DISABLED"],
    ["in its time", { default: "on", from: at(-HOUR), until: at(HOUR) }, {}, "on", "DEFAULT"],
    ["its end is out of its time", { default: "on", until: at(0) }, {}, "off", "DISABLED"],
    [
      "required flag that is not there",
      { default: "on", requires: [{ flag: "x", variants: ["on"] }] },
      {},
      "off",
      "DISABLED",
    ],
  ] as const)("%s", (_, flag, context, variant, reason) => {
    const result = evaluated(flag as never, context);
    expect(result.reason).toBe(reason);
    if (variant !== undefined) expect(result).toMatchObject({ variant, value: variant === "on" });
  });

  test("killed serves off above rules, shares and times, and says why", () => {
    const live = { killed: { cause: "tie", why: "circuit payments is open", at: NOW } } as const;
    const flag = {
      ...(rule({ attribute: "a", op: "exists" }) as object),
      default: "on",
      rollout: { to: "on", percent: 100 },
    };
    expect(evaluated({ ...flag, default: "off" } as never, { a: 1, targetingKey: "x" }, { live })).toEqual({
      value: false,
      variant: "off",
      reason: "DISABLED",
      metadata: { cause: "tie", why: "circuit payments is open" },
    });
  });

  test("what it is asked as must be what it is; an unknown flag is not found; no map is no context", () => {
    const find = compileSnapshot(snapshotOf({ text: { spec: flagOf({ variants: { a: "x" }, default: "a" }) } }));
    expect(evaluateAs(find, "text", "string", {}, NOW)).toMatchObject({ value: "x", reason: "STATIC" });
    expect(evaluateAs(find, "text", "boolean", {}, NOW)).toMatchObject({ errorCode: "TYPE_MISMATCH", reason: "ERROR" });
    expect(evaluateAs(find, "texts", "string", {}, NOW)).toMatchObject({ errorCode: "FLAG_NOT_FOUND" });
    expect(evaluateAs(find, "constructor", "string", {}, NOW)).toMatchObject({ errorCode: "FLAG_NOT_FOUND" });
    expect(evaluateAs(find, "text", "string", null as never, NOW)).toMatchObject({ errorCode: "INVALID_CONTEXT" });
  });

  test("a result cannot be changed, so that it may be given out again", () => {
    const result = evaluated({ variants: { a: { deep: [1] } }, default: "a" });
    expect(() => void ((result.value as { deep: number[] }).deep[0] = 2)).toThrow(TypeError);
    expect(() => void ((result as { reason: string }).reason = "SPLIT")).toThrow(TypeError);
  });
});

describe("conditions", () => {
  test.each([
    ["eq", { value: "pro" }, { a: "pro" }, true],
    ["eq takes no other type", { value: 5 }, { a: "5" }, false],
    ["in", { values: ["x", "pro"] }, { a: "pro" }, true],
    ["in, of a list: any member", { values: ["x", "pro"] }, { a: ["free", "pro"] }, true],
    ["not_in", { values: ["x"] }, { a: "pro" }, true],
    ["neq", { value: "pro" }, { a: "pro" }, false],
    ["gt", { value: 3 }, { a: 4 }, true],
    ["gte", { value: 4 }, { a: 4 }, true],
    ["lt", { value: 4 }, { a: 4 }, false],
    ["lte", { value: 4 }, { a: 4 }, true],
    ["gt of a text is unknown", { value: 3 }, { a: "4" }, false],
    ["starts_with", { values: ["x", "ad"] }, { a: "ada" }, true],
    ["ends_with", { value: "@example.org" }, { a: "ada@example.org" }, true],
    ["contains", { value: "da" }, { a: "ada" }, true],
    ["contains, of a list: a member", { value: "da" }, { a: ["ada"] }, false],
    ["semver_gte", { value: "2.10.0" }, { a: "2.9.3" }, false],
    ["semver_gt", { value: "2.9" }, { a: "v2.10.0" }, true],
    ["semver_lt", { value: "3.0.0" }, { a: "3.0.0-rc.1" }, true],
    ["semver_eq", { value: "1.2.3" }, { a: "1.2.3+build.7" }, true],
    ["semver_lte of no version is unknown", { value: "9.0.0" }, { a: "latest" }, false],
    ["exists", {}, { a: 0 }, true],
    ["exists, of null", {}, { a: null }, false],
    ["not_exists", {}, {}, true],
    ["not_exists, of an inherited name", {}, {}, true],
  ])("%s", (name, values, context, expected) => {
    const op = name.split(/[ ,]/)[0];
    expect(matches({ attribute: "a", op, ...values }, context as FlagContext)).toBe(expected);
  });

  test("an absent attribute is neither true nor false: not even its negation applies, unless the rule says so", () => {
    for (const op of ["not_in", "neq"]) {
      expect(matches({ attribute: "plan", op, value: "free" }, {})).toBe(false);
      expect(matches({ attribute: "plan", op, value: "free", absent: true }, {})).toBe(true);
    }
    expect(matches({ attribute: "age", op: "lt", value: 18, absent: true }, { age: "unknown" })).toBe(true);
    expect(
      matches(
        {
          any: [
            { attribute: "a", op: "eq", value: 1 },
            { attribute: "b", op: "eq", value: 1 },
          ],
        },
        { b: 1 },
      ),
    ).toBe(true);
  });

  test("a dotted attribute is a member, unless one is so named", () => {
    expect(matches({ attribute: "user.plan", op: "eq", value: "pro" }, { user: { plan: "pro" } })).toBe(true);
    expect(matches({ attribute: "user.plan", op: "eq", value: "x" }, { user: { plan: "pro" }, "user.plan": "x" })).toBe(
      true,
    );
    expect(matches({ attribute: "user.constructor.name", op: "exists" }, { user: { plan: "pro" } })).toBe(false);
  });

  test("the first rule that applies is served; all of its conditions have to hold; its time counts", () => {
    const flag = {
      variants: { a: 1, b: 2, c: 3 },
      default: "c",
      rules: [
        {
          if: [
            { attribute: "x", op: "exists" },
            { attribute: "y", op: "exists" },
          ],
          serve: "a",
        },
        { if: [{ attribute: "x", op: "exists" }], until: at(0), serve: "a" },
        { if: [{ attribute: "x", op: "exists" }], serve: "b" },
      ],
    } as never;
    expect(evaluated(flag, { x: 1, y: 1 }).variant).toBe("a");
    expect(evaluated(flag, { x: 1 }).variant).toBe("b");
    expect(evaluated(flag, { x: 1 }, { now: NOW - 1 }).variant).toBe("a");
    expect(evaluated(flag, { y: 1 }).variant).toBe("c");
  });
});

describe("shares", () => {
  const share = (percent: number) => {
    const flag = compileFlag("flag", flagOf({ rollout: { percent } }));
    return users(20_000).filter((user) => evaluate(flag, user, NOW).variant === "on").length / 20_000;
  };

  test("so many percent get it", () => {
    for (const percent of [1, 10, 50, 99]) expect(Math.abs(share(percent) * 100 - percent)).toBeLessThan(1);
  });

  test("nobody without a key is given a variant by chance; whoever everybody is gets theirs without one", () => {
    expect(evaluated({ rollout: { percent: 50 } })).toMatchObject({
      errorCode: "TARGETING_KEY_MISSING",
      reason: "ERROR",
    });
    expect(evaluated({ rollout: { percent: 50 } }, { targetingKey: "" })).toMatchObject({
      errorCode: "TARGETING_KEY_MISSING",
    });
    const byAccount = { bucketBy: "account", rollout: { percent: 50 } };
    expect(evaluated(byAccount, { targetingKey: "x" })).toMatchObject({ errorCode: "INVALID_CONTEXT" });
    expect(evaluated({ rollout: { percent: 100 } })).toMatchObject({ variant: "on", reason: "DEFAULT" });
    expect(evaluated({ rollout: { percent: 0 } })).toMatchObject({ variant: "off", reason: "DEFAULT" });
  });

  test("another attribute decides where the flag says so: one account, one variant", () => {
    const flag = { bucketBy: "account", rollout: { percent: 50 } };
    const variants = users(50).map((user) => evaluated(flag, { ...user, account: 42 }).variant);
    expect(new Set(variants).size).toBe(1);
    expect(evaluated(flag, { account: "42" }).variant).toBe(variants[0]);
  });

  const percent = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => thousandths / 1_000);
  const key = fc.string({ minLength: 1, maxLength: 20 });

  test("growing never moves anybody who had it already", () => {
    fc.assert(
      fc.property(percent, percent, key, fc.string({ maxLength: 5 }), (one, other, targetingKey, salt) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const has = (share: number) =>
          evaluated({ salt, rollout: { percent: share } }, { targetingKey }).variant === "on";
        if (has(less)) expect(has(more)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("two variants that both grow keep everybody they had, in whatever order they are written", () => {
    const part = fc.integer({ min: 0, max: 50_000 });
    fc.assert(
      fc.property(part, part, part, part, key, (a1, a2, b1, b2, targetingKey) => {
        const [aLess, aMore, bLess, bMore] = [Math.min(a1, a2), Math.max(a1, a2), Math.min(b1, b2), Math.max(b1, b2)];
        const variant = (a: number, b: number, turned: boolean) => {
          const parts: [string, number][] = [
            ["a", a / 1_000],
            ["b", b / 1_000],
            ["c", (100_000 - a - b) / 1_000],
          ];
          const shares = Object.fromEntries(turned ? parts.reverse() : parts);
          return evaluated({ variants: { c: 0, b: 2, a: 1 }, default: "c", rollout: { shares } }, { targetingKey })
            .variant;
        };
        const before = variant(aLess, bLess, false);
        expect(variant(aLess, bLess, true)).toBe(before);
        if (before !== "c") expect(variant(aMore, bMore, true)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  test("each bucket belongs to exactly one variant, and shares are kept to a thousandth of a percent", () => {
    const parts = fc.array(fc.integer({ min: 0, max: 1_000 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(parts, fc.nat({ max: 5 }), (given, rest) => {
        const sum = given.reduce((total, one) => total + one, 0);
        if (sum === 0) return;
        const names = given.map((_, index) => `v${index}`);
        const shares = Object.fromEntries(given.map((one, index) => [`v${index}`, (100 * one) / sum]));
        const segments = segmentsOf(shares, names, names[rest % names.length]);
        expect(segments.at(-1)?.end).toBe(100_000);
        const widths = new Map<string, number>();
        segments.forEach(({ end, variant }, index) => {
          const from = segments[index - 1]?.end ?? 0;
          expect(end).toBeGreaterThan(from);
          widths.set(variant, (widths.get(variant) ?? 0) + end - from);
        });
        for (const name of names)
          expect(Math.abs((widths.get(name) ?? 0) / 1_000 - (shares[name] ?? 0))).toBeLessThan(0.0021);
      }),
      { numRuns: 300 },
    );
  });

  test("a schedule goes by its last phase, and is a step function of time", () => {
    const flag = {
      rollout: {
        schedule: [
          { at: at(0), percent: 30 },
          { at: at(HOUR), percent: 100 },
        ],
      },
    };
    const served = (offset: number) =>
      users(400).filter((user) => evaluated(flag, user, { now: NOW + offset }).variant === "on").length;
    expect(served(-1)).toBe(0);
    expect(served(0)).toBe(served(HOUR - 1));
    expect(Math.abs(served(0) - 120)).toBeLessThan(40);
    expect(served(HOUR)).toBe(400);
  });

  test("shares set above the configuration are served instead of its own", () => {
    const live = { shares: { on: 100 } };
    expect(evaluated({ rollout: { percent: 0 } }, {}, { live })).toMatchObject({ variant: "on", reason: "DEFAULT" });
    expect(evaluated({ rollout: { steps: [5, 100] } }, { targetingKey: "a" })).toMatchObject({ variant: "off" });
  });

  test("a rule's own split has its own attribute", () => {
    const flag = rule({ attribute: "plan", op: "exists" }, { rollout: { on: 50, off: 50 }, bucketBy: "org" });
    expect(evaluated(flag, { plan: 1, org: "a" }).reason).toBe("SPLIT");
    expect(evaluated(flag, { plan: 1 }).errorCode).toBe("INVALID_CONTEXT");
  });
});

test("whatever the context is, it ends in a variant of the flag with its value, or in an error without one", () => {
  const spec = flagOf({
    variants: { a: 1, b: 2, c: 3 },
    default: "c",
    bucketBy: "key",
    rules: [
      { if: [{ attribute: "key", op: "gt", value: 3 }], serve: "a" },
      {
        if: [
          {
            any: [
              { attribute: "x.y", op: "semver_lt", value: "1.0" },
              { attribute: "x", op: "contains", value: "a" },
            ],
          },
        ],
        serve: "b",
      },
      { if: [{ attribute: "x", op: "neq", value: "q", absent: false }], serve: { rollout: { a: 50, b: 50 } } },
    ],
    rollout: { shares: { a: 20, b: 20, c: 60 } },
  });
  const flag = compileFlag("flag", spec);
  const one = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom("0.9.1", "abc", 7, Number.NaN, undefined));
  const contexts = fc.record({ key: one, x: fc.oneof(one, fc.record({ y: one })) }, { requiredKeys: [] });
  fc.assert(
    fc.property(contexts, (context) => {
      const found = evaluate(flag, context, NOW);
      if (found.errorCode === undefined) expect(found.value).toBe({ a: 1, b: 2, c: 3 }[found.variant as "a"]);
      else expect(found).toMatchObject({ reason: "ERROR", errorMessage: expect.any(String) });
      expect(explainEvaluation("flag", { spec }, context, NOW, () => undefined).evaluation).toEqual(found);
    }),
    { numRuns: 200 },
  );
});

test("a flag that requires others goes by what they serve to the same context", () => {
  const find = compileSnapshot(
    snapshotOf({
      base: { spec: flagOf({ rules: [{ if: [{ attribute: "beta", op: "eq", value: true }], serve: "on" }] }) },
      top: { spec: flagOf({ default: "on", requires: [{ flag: "base", variants: ["on"] }] }) },
    }),
  );
  expect(evaluateAs(find, "top", "boolean", { beta: true }, NOW).value).toBe(true);
  expect(evaluateAs(find, "top", "boolean", {}, NOW)).toMatchObject({ value: false, reason: "DISABLED" });
});

test("an explanation ends in what the evaluation is, and tells of each rule", () => {
  const spec = flagOf({
    rules: [
      { name: "staff", if: [{ attribute: "team", op: "in", values: ["core"] }], serve: "on" },
      { name: "beta", if: [{ attribute: "plan", op: "eq", value: "pro" }], serve: { rollout: { on: 50, off: 50 } } },
      { name: "never", if: [{ attribute: "x", op: "exists" }], serve: "on" },
    ],
    rollout: { percent: 10 },
  });
  const context = { targetingKey: "user-17", plan: "pro" };
  const why = explainEvaluation("flag", { spec }, context, NOW, () => undefined);
  expect(why.evaluation).toEqual(evaluate(compileFlag("flag", spec), context, NOW));
  expect(why.rules.map(({ rule: name, outcome }) => [name, outcome])).toEqual([
    ["staff", "unknown"],
    ["beta", "served"],
    ["never", "passed_over"],
  ]);
  expect(why.steps[0]).toBe('staff: unknown: team (absent) in "core": cannot be told');
  expect(why.steps.at(-1)).toMatch(/^flag serves (on|off) \(SPLIT\)$/);
  const none = explainEvaluation("flag", { spec }, {}, NOW, () => undefined);
  expect(none.steps.at(-1)).toContain("TARGETING_KEY_MISSING");
});
