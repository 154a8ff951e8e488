import { expect, test } from "vitest";
import { parseConfig } from "../../shared/shell/config.ts";

const faultsOf = (flag: string, more = "") => {
  const parsed = parseConfig(`version: 1\nflags:\n  checkout: ${flag}\n${more}`);
  return parsed.ok ? { faults: [], warnings: parsed.warnings } : { faults: parsed.faults, warnings: [] };
};
const placesOf = (flag: string, more = "") =>
  faultsOf(flag, more).faults.map(({ path, message }) => `${path}: ${message}`);

test.each([
  ["{}"],
  [
    "{ rollout: { percent: 12.5 }, killWhen: { breakers: ['payments/*'], alerts: [HighErrors, { alertname: X, job: y }] } }",
  ],
  ["{ variants: { a: { x: 1 }, b: [1] }, default: a, rules: [{ serve: { rollout: { a: 50, b: 50 } } }] }"],
  [
    "{ rollout: { schedule: [{ at: '2027-01-01T00:00:00Z', percent: 5 }, { at: '2027-01-02T00:00:00+02:00', percent: 50 }] } }",
  ],
  ["{ rollout: { steps: [1, 10, 50, 100], every: 10s, hold: 2m, gate: { alpha: 0.01, insufficient: continue } } }"],
  ["{ rules: [{ if: [{ any: [{ attribute: a, op: exists }, { attribute: b, op: gt, value: 3 }] }], serve: on }] }"],
])("%s is good", (flag) => {
  expect(faultsOf(flag)).toEqual({ faults: [], warnings: [] });
});

test.each([
  ["{ variants: { on: true, off: 'no' } }", "flags.checkout.variants.off: is string, the flag is boolean"],
  ["{ variants: { a: 1, b: 2 } }", "flags.checkout.default: is missing"],
  ["{ default: maybe }", "flags.checkout.default: is no variant of the flag"],
  ["{ off: maybe }", "flags.checkout.off: is no variant of the flag"],
  ["{ variants: {} }", "flags.checkout.variants: there is no variant"],
  ["{ rules: [{ serve: maybe }] }", "flags.checkout.rules[0].serve: is no variant of the flag"],
  [
    "{ rules: [{ serve: { rollout: { on: 10, off: 80 } } }] }",
    "flags.checkout.rules[0].serve.rollout: the shares are 90 % together",
  ],
  [
    "{ rules: [{ serve: { rollout: { on: 10, of: 90 } } }] }",
    "flags.checkout.rules[0].serve.rollout.of: is no variant of the flag",
  ],
  [
    "{ rules: [{ if: [{ attribute: a, op: gt, value: x }], serve: on }] }",
    "flags.checkout.rules[0].if[0]: gt compares numbers",
  ],
  [
    "{ rules: [{ if: [{ attribute: a, op: semver_lt, values: [x] }], serve: on }] }",
    "flags.checkout.rules[0].if[0]: semver_lt compares versions",
  ],
  [
    "{ rules: [{ if: [{ attribute: a, op: in }], serve: on }] }",
    "flags.checkout.rules[0].if[0]: exactly one of value and values (exists and not_exists: neither)",
  ],
  [
    "{ rollout: { percent: 10, shares: { on: 100 } } }",
    "flags.checkout.rollout: exactly one of percent, shares, schedule and steps",
  ],
  ["{ rollout: { percent: 101 } }", "flags.checkout.rollout.percent: is not allowed"],
  [
    "{ variants: { a: 1, b: 2, c: 3 }, default: a, rollout: { percent: 5 } }",
    "flags.checkout.rollout.to: has to say which variant is rolled out",
  ],
  [
    "{ rollout: { to: off, percent: 5 } }",
    "flags.checkout.rollout.to: is the default variant, which everybody has already",
  ],
  ["{ rollout: { steps: [10, 10] } }", "flags.checkout.rollout.steps[1]: steps rise"],
  ["{ from: '2027-01-01' }", "flags.checkout.from: instant with a zone, such as 2027-03-01T08:00:00Z"],
  ["{ from: '2027-01-02T00:00:00Z', until: '2027-01-01T00:00:00Z' }", "flags.checkout.until: is not after from"],
  [
    "{ requires: [{ flag: checkout, variants: [on] }] }",
    "flags.checkout.requires[0].flag: requires this flag itself, directly or through others",
  ],
  ["{ requires: [{ flag: nothing, variants: [on] }] }", "flags.checkout.requires[0].flag: there is no such flag"],
  ["{ killWhen: {} }", "flags.checkout.killWhen: a breaker or an alert"],
  ["{ rule: [] }", 'flags.checkout.rule: unknown key "rule"'],
])("%s is told by its place", (flag, fault) => {
  expect(placesOf(flag)).toEqual([fault]);
});

test("a circle of flags is found wherever it begins, and a name that is an address is refused", () => {
  const found = placesOf(
    "{ requires: [{ flag: b, variants: [on] }] }",
    "  b: { requires: [{ flag: checkout, variants: [on] }] }\n  snapshot: {}\n",
  );
  expect(found).toEqual([
    "flags.checkout.requires[0].flag: requires this flag itself, directly or through others",
    "flags.b.requires[0].flag: requires this flag itself, directly or through others",
    "flags.snapshot: this name is an address of the API",
  ]);
});

test("what works and is probably not meant is a warning", () => {
  const { faults, warnings } = faultsOf(
    "{ variants: { a: 1, b: 2 }, default: a, rules: [{ serve: b }, { serve: a }], killWhen: { alerts: [X] } }",
  );
  expect(faults).toEqual([]);
  expect(warnings.map(({ path }) => path)).toEqual(["flags.checkout.off", "flags.checkout.rules[0].if"]);
});
