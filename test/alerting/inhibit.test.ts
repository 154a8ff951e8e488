import { describe, expect, test } from "vitest";
import { compileInhibit } from "../../shared/core/alerting/inhibit.ts";
import { newRow } from "../../shared/core/alerting/merge.ts";
import type { AlertRow, InhibitRuleSpec, Matcher } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";

const is = (name: string, value: string): Matcher => ({ name, op: "=", value });
const alert = (labels: Labels, endsAt = 1_000, updatedAt = 0): AlertRow =>
  newRow({ labels, annotations: {}, startsAt: 0, endsAt }, updatedAt, 300);

/** Whether an alert is inhibited once the sources have been heard of, in order. */
function inhibited(
  rules: readonly InhibitRuleSpec[],
  sources: readonly AlertRow[],
  target: Labels,
  now = 500,
): boolean {
  const inhibit = compileInhibit(rules);
  const index = new Map<string, readonly AlertRow[]>();
  for (const source of sources)
    for (const at of inhibit.sourceKeys(source.labels))
      index.set(at.key, inhibit.keep(at, index.get(at.key) ?? [], source));
  return inhibit.inhibitedBy(target, ({ key }) => index.get(key), now).length > 0;
}

const rule = (equal: readonly string[] = ["cluster"]): InhibitRuleSpec => ({
  source: [is("severity", "page")],
  target: [is("severity", "warn")],
  equal,
});

describe("inhibition", () => {
  test.each([
    ["equal labels", { severity: "page", cluster: "a" }, { severity: "warn", cluster: "a" }, true],
    ["another value", { severity: "page", cluster: "a" }, { severity: "warn", cluster: "b" }, false],
    ["absent on both sides is equal", { severity: "page" }, { severity: "warn" }, true],
    ["absent on one side is not", { severity: "page", cluster: "a" }, { severity: "warn" }, false],
    ["not a target", { severity: "page", cluster: "a" }, { severity: "info", cluster: "a" }, false],
  ])("%s", (_, source, target, expected) => expect(inhibited([rule()], [alert(source)], target)).toBe(expected));

  test("a source counts until its end, whatever was done about it", () => {
    const source = alert({ severity: "page" }, 500);
    expect(inhibited([rule()], [source], { severity: "warn" }, 499)).toBe(true);
    expect(inhibited([rule()], [source], { severity: "warn" }, 500)).toBe(false);
  });

  test("no rule, no source and no equal labels", () => {
    expect(inhibited([], [alert({ severity: "page" })], { severity: "warn" })).toBe(false);
    expect(inhibited([rule([])], [], { severity: "warn" })).toBe(false);
    expect(inhibited([rule([])], [alert({ severity: "page", x: "1" })], { severity: "warn", y: "2" })).toBe(true);
  });

  describe("an alert on both sides of a rule", () => {
    const both: InhibitRuleSpec = { source: [is("s", "1")], target: [is("t", "1")], equal: ["e"] };
    test("does not inhibit itself, nor another one that is on both sides", () => {
      expect(inhibited([both], [alert({ s: "1", t: "1" })], { s: "1", t: "1" })).toBe(false);
      expect(inhibited([both], [alert({ s: "1", t: "1", n: "2" })], { s: "1", t: "1" })).toBe(false);
    });
    test("inhibits one that is a target only, and is inhibited by one that is a source only", () => {
      expect(inhibited([both], [alert({ s: "1", t: "1" })], { t: "1" })).toBe(true);
      expect(inhibited([both], [alert({ s: "1" })], { s: "1", t: "1" })).toBe(true);
    });
    test("hides no source that ends earlier and is on one side only", () => {
      const sources = [alert({ s: "1" }, 900), alert({ s: "1", t: "1" }, 1_000)];
      expect(inhibited([both], sources, { s: "1", t: "1" })).toBe(true);
      expect(inhibited([both], [...sources].reverse(), { s: "1", t: "1" })).toBe(true);
    });
    test("many of one kind leave room for the other", () => {
      const many = Array.from({ length: 50 }, (_, n) => alert({ s: "1", t: "1", n: `${n}` }, 2_000 + n));
      expect(inhibited([both], [alert({ s: "1" }, 900), ...many], { s: "1", t: "1" })).toBe(true);
    });
  });

  test("of two sources each inhibits until its own end, whichever is resolved first", () => {
    const early = alert({ severity: "page", n: "1" }, 600);
    const late = alert({ severity: "page", n: "2" }, 900);
    const over = alert({ severity: "page", n: "2" }, 450);
    expect(inhibited([rule()], [early, late, over], { severity: "warn" })).toBe(true);
    expect(inhibited([rule()], [early, late, over], { severity: "warn" }, 600)).toBe(false);
  });

  test("the first rule that inhibits names the alert", () => {
    const inhibit = compileInhibit([rule(["cluster"]), rule([])]);
    const source = alert({ severity: "page", cluster: "x" });
    const found = inhibit.inhibitedBy(
      { severity: "warn", cluster: "y" },
      ({ rule: at }) => (at === 1 ? [source] : undefined),
      1,
    );
    expect(found).toEqual([source.fingerprint]);
  });
});
