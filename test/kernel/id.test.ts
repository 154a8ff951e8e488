import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { acted } from "../../shared/core/kernel/acted.ts";
import { decisionId, idTime, timeId } from "../../shared/core/kernel/id.ts";

const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const draws = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), { minLength: 16, maxLength: 16 });
const from = (numbers: readonly number[]) => {
  let index = 0;
  return () => numbers[index++ % numbers.length] ?? 0;
};

describe("ids", () => {
  test("sort as text by time, whatever their random part", () => {
    fc.assert(
      fc.property(instant, instant, draws, draws, (a, b, one, two) => {
        fc.pre(a < b);
        return decisionId(a, from(one)) < decisionId(b, from(two));
      }),
    );
  });

  test("carry their time", () => {
    fc.assert(fc.property(instant, draws, (at, numbers) => idTime(timeId("alr", at, from(numbers))) === at));
  });

  test("have 80 random bits: the same instant drawn twice gives two ids", () => {
    const ids = Array.from({ length: 10_000 }, () => decisionId(1_700_000_000_000, Math.random));
    expect(new Set(ids).size).toBe(10_000);
    expect(new Set(ids.map((id) => id.slice(-16).length))).toEqual(new Set([16]));
    expect(new Set(ids.flatMap((id) => [...id.slice(-16)])).size).toBe(32);
  });

  test("any other text carries no time", () => {
    for (const text of [
      "",
      "dec_",
      "dec_1",
      "01hf7yat00",
      "dec_01HF7YAT000000000000000000",
      `dec_z${"0".repeat(25)}`,
      `dec_${"0".repeat(27)}`,
    ]) {
      expect(idTime(text)).toBeUndefined();
    }
  });

  test("an instant outside of 48 bits is refused", () => {
    for (const at of [-1, 2 ** 48, Number.NaN]) expect(() => decisionId(at, () => 0)).toThrow(RangeError);
  });
});

describe("a decision acted", () => {
  const cases: readonly (readonly [string, { reason: string; actions: { type: string; key: string }[] }, boolean])[] = [
    ["when it has an action", { reason: "scaled_out", actions: [{ type: "scale", key: "k" }] }, true],
    ["when it proposes one", { reason: "would_scale_in", actions: [] }, true],
    ["not when it holds", { reason: "held_cooldown", actions: [] }, false],
    [
      "not when it only notes an outcome",
      { reason: "within_target", actions: [{ type: "record_outcome", key: "k" }] },
      false,
    ],
  ];
  for (const [name, record, wanted] of cases) test(name, () => expect(acted(record)).toBe(wanted));
});
