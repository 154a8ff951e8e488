import { describe, expect, test } from "vitest";
import { openWindow } from "../../local/monitoring/window.ts";
import { type Labels, labelOf, setLabel } from "../../shared/core/kernel/labels.ts";
import { type EvalOptions, evaluateInstant, evaluateRange } from "../../shared/core/monitoring/promql/evaluate.ts";
import { memorySource } from "../../shared/core/monitoring/promql/memory-source.ts";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import type { SeriesSource } from "../../shared/core/monitoring/promql/source.ts";

const AT = 3_600_000;
const exprOf = (text: string) => {
  const parsed = parsePromql(text);
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.expr;
};
const ask = (source: SeriesSource, text: string, options?: EvalOptions) => {
  const value = evaluateInstant(exprOf(text), source, AT, options);
  return value.type === "vector" ? value.samples : [];
};
/** Labels with names that objects of the language have as well; `toEqual` alone would take a prototype for a label. */
const set = (...pairs: readonly (readonly [string, string])[]): Labels => Object.fromEntries(pairs);
const told = (samples: readonly { labels: Labels; value: number }[]) =>
  samples.map(({ labels, value }) => [Object.entries(labels).sort(), value]);
const one = (value: number, ...pairs: readonly (readonly [string, string])[]) => [[...pairs].sort(), value];

const plain = set(["__name__", "m"], ["a", "1"]);
const hostile = set(["__name__", "m"], ["a", "2"], ["constructor", "x"], ["__proto__", "y"], ["toString", "z"]);
const windowed = (): SeriesSource => {
  const window = openWindow({ keepMs: 2 * AT, maxBytes: 1e6, now: () => AT });
  window.append("given", AT, [
    { labels: plain, value: 1 },
    { labels: hostile, value: 2 },
  ]);
  return window;
};
const inMemory = (): SeriesSource =>
  memorySource([
    { labels: plain, points: [{ at: AT, value: 1 }] },
    { labels: hostile, points: [{ at: AT, value: 2 }] },
  ]);

describe.each([
  ["in memory", inMemory],
  ["in the window", windowed],
])("a label named as what every object of the language has, %s", (_, open) => {
  const source = open();
  const sorted = (text: string) => told(ask(source, text)).sort((a, b) => Number(a[1]) - Number(b[1]));

  test.each(["constructor", "__proto__", "toString", "valueOf", "hasOwnProperty"])(
    "%s is absent where it is not set",
    (name) => {
      expect(sorted(`m{a="1",${name}=""}`)).toEqual([one(1, ["__name__", "m"], ["a", "1"])]);
      expect(sorted(`m{a="1",${name}!=""}`)).toEqual([]);
      expect(sorted(`sum by (${name}) (m{a="1"})`)).toEqual([one(1)]);
      expect(sorted(`m{a="1"} * on(a, ${name}) m`)).toEqual([one(1, ["a", "1"])]);
      expect(sorted(`m{a="1"} * on(a) group_left(${name}) m`)).toEqual([one(1, ["a", "1"])]);
      expect(sorted(`label_replace(m{a="1"}, "b", "[$1]", "${name}", "(.*)")`)).toEqual([
        one(1, ["__name__", "m"], ["a", "1"], ["b", "[]"]),
      ]);
      expect(sorted(`label_join(m{a="1"}, "b", "-", "a", "${name}")`)).toEqual([
        one(1, ["__name__", "m"], ["a", "1"], ["b", "1-"]),
      ]);
    },
  );

  test("is a label like any other where it is set", () => {
    expect(sorted('m{constructor="x"}')).toEqual([one(2, ...Object.entries(hostile))]);
    expect(sorted('m{__proto__=~"y|z"}')).toEqual([one(2, ...Object.entries(hostile))]);
    expect(sorted("sum by (__proto__, constructor) (m)")).toEqual([
      one(1),
      one(2, ["__proto__", "y"], ["constructor", "x"]),
    ]);
    expect(sorted("sum without (a, toString, constructor) (m)")).toEqual([one(1), one(2, ["__proto__", "y"])]);
    expect(sorted('label_replace(m{a="1"}, "__proto__", "new", "a", "1")')).toEqual([
      one(1, ["__name__", "m"], ["a", "1"], ["__proto__", "new"]),
    ]);
    expect(sorted('absent(none{__proto__="v", constructor="w"})')).toEqual([
      one(1, ["__proto__", "v"], ["constructor", "w"]),
    ]);
    expect(sorted('count_values("__proto__", m)').map(([labels]) => labels)).toEqual(
      expect.arrayContaining([[["__proto__", "1"]], [["__proto__", "2"]]]),
    );
    expect(sorted('sort_by_label(m, "constructor")').map(([, value]) => value)).toEqual([1, 2]);
  });
});

test("labelOf and setLabel know only what was set", () => {
  const labels: Record<string, string> = {};
  for (const name of ["__proto__", "constructor", "a"]) expect(labelOf(labels, name)).toBe("");
  for (const name of ["__proto__", "constructor", "a"]) setLabel(labels, name, `of ${name}`);
  for (const name of ["__proto__", "constructor", "a"]) expect(labelOf(labels, name)).toBe(`of ${name}`);
  expect(Object.getPrototypeOf(labels)).toBe(Object.prototype);
});

describe("a query that would take the process with it is refused", () => {
  const wide = memorySource(
    Array.from({ length: 2_000 }, (_, index) => ({
      labels: { __name__: "m", i: String(index), path: "p".repeat(50) },
      points: Array.from({ length: 60 }, (_, minute) => ({ at: (minute + 1) * 60_000, value: minute })),
    })),
  );
  const nested = (depth: number, wrap: (inner: string) => string) => {
    let text = "m";
    for (let level = 0; level < depth; level += 1) text = wrap(text);
    return text;
  };

  test.each([
    ["a text that doubles at each call", nested(40, (inner) => `label_join(${inner}, "path", "", "path", "path")`)],
    [
      "a text of references to itself",
      nested(12, (inner) => `label_replace(${inner}, "path", "$1$1$1$1$1$1$1$1", "path", "(.*)")`),
    ],
    ["a long constant in every series", `label_replace(m, "path", "${"z".repeat(90_000)}", "path", ".*")`],
    ["many sources of one label", `label_join(m, "d", "", ${'"path",'.repeat(5_000)}"path")`],
  ])("%s", (_, text) => {
    expect(() => ask(wide, text, { limitSamples: 5_000_000 })).toThrow("too many samples into memory");
  });

  // Without the limit this one looks at two billion samples, and its big brother (1 ms for a day) never ends.
  test("a subquery of a subquery, by the samples it looks at", () => {
    const text = "sum_over_time(sum_over_time(vector(1)[1h:50ms])[30m:50ms])";
    expect(() => ask(wide, text, { limitWork: 5_000_000 })).toThrow(
      "takes too long: it would look at more than 5000000 samples",
    );
  });

  test("windows that are sorted cost more than windows of which one end is read", () => {
    const limits = { limitWork: 200_000 };
    expect(() => ask(wide, "quantile_over_time(0.5, m[1h])", limits)).toThrow("takes too long");
    expect(ask(wide, "last_over_time(m[1h])", { limitWork: 400_000 })).toHaveLength(2_000);
  });

  test("a range query by the points of its answer, before they are made", () => {
    const range = (stepMs: number) => evaluateRange(exprOf("m"), wide, 0, AT, stepMs, { limitPoints: 200_000 });
    expect(() => range(10_000)).toThrow("points, more than the 200000 that are allowed: ask for a longer step");
    expect(range(60_000)).toHaveLength(2_000);
  });

  test.each([
    ["a{1000}{1000}", "invalid nested repetition"],
    ["(a{1000}){1000}", "invalid repeat count"],
    ["((a{100}){100}){100}", "invalid repeat count"],
    [`${"(".repeat(5_000)}a${")".repeat(5_000)}`, "is no RE2 expression"],
  ])("an expression of regular expressions that explodes: %s", (regex, message) => {
    expect(() => exprOf(`m{path=~"${regex}"}`)).toThrow(message);
  });

  test.each([
    ["parentheses", `${"(".repeat(10_000)}1${")".repeat(10_000)}`],
    ["signs", `${"-".repeat(50_000)}1`],
    ["operators", `1${"^1".repeat(49_000)}`],
    ["brackets", "[".repeat(99_000)],
  ])("%s that nest without end", (_, text) => {
    expect(() => exprOf(text)).toThrow("nested too deeply");
  });
});
