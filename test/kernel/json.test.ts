import fc from "fast-check";
import { expect, it } from "vitest";
import { canonical, type Json, sameJson } from "../../shared/core/kernel/json.ts";

const json = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>;
const copy = (value: Json): Json => structuredClone(value) as Json;

it("law: two values are the same exactly when their canonical text is, also where they share parts", () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      expect(sameJson(a, b)).toBe(canonical(a) === canonical(b));
      expect(sameJson({ a, b }, { b: copy(b), a, c: undefined })).toBe(true);
      expect(sameJson({ a, b }, { a: copy(a) })).toBe(false);
      expect(sameJson([a, { b }], [a, { b: a }])).toBe(canonical(a) === canonical(b));
    }),
  );
});

it("a member that is undefined is no member; null is one", () => {
  expect(sameJson({ a: undefined }, {})).toBe(true);
  expect(sameJson({}, { a: undefined })).toBe(true);
  expect(sameJson({ a: null }, {})).toBe(false);
  expect(sameJson({ a: undefined }, { b: undefined })).toBe(true);
  expect(sameJson({ a: 1 }, { b: 1 })).toBe(false);
  expect(sameJson([], {})).toBe(false);
  expect(sameJson(null, {})).toBe(false);
});

it.each(["constructor", "toString", "__proto__", "hasOwnProperty"])(
  "a member called %s is one like any other",
  (name) => {
    const one = JSON.parse(`{"${name}":{"at":1}}`) as Json;
    expect(sameJson(one, {})).toBe(false);
    expect(sameJson({}, one)).toBe(false);
    expect(sameJson(one, JSON.parse(JSON.stringify(one)) as Json)).toBe(true);
  },
);
