import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePromql } from "../../shared/core/monitoring/promql/parse.ts";
import { printPromql } from "../../shared/core/monitoring/promql/print.ts";
import { selectorsOf } from "../../shared/core/monitoring/promql/selectors.ts";
import { question } from "../peers/promql-queries.ts";
import { MINUTE, read } from "./promql-ask.ts";
import { INVALID } from "./promql-invalid.ts";

describe("an expression is read as Prometheus reads it", () => {
  test.each([
    // Postfixes belong to the operand they follow, signs bind like multiplications, powers to the right.
    ["a + b offset 5m * c", "a + b offset 5m * c", "(a + (b offset 5m * c))"],
    ["-1 ^ 2", "-1 ^ 2", "-(1 ^ 2)"],
    ["2 ^ 3 ^ 2", "2 ^ 3 ^ 2", "(2 ^ (3 ^ 2))"],
    ["2 ^ -1 ^ 2", "2 ^ -1 ^ 2", "(2 ^ -(1 ^ 2))"],
    ["-a * b", "-a * b", "(-a * b)"],
    ["a - b - c", "a - b - c", "((a - b) - c)"],
    ["a or b and c unless d", "a or b and c unless d", "(a or ((b and c) unless d))"],
    ["a > b + c", "a > b + c", "(a > (b + c))"],
    ["a atan2 b % c", "a atan2 b % c", "((a atan2 b) % c)"],
  ])("%s", (text, printed, shape) => {
    const expr = read(text);
    expect(printPromql(expr)).toBe(printed);
    const shapeOf = (node: typeof expr): string => {
      if (node.type === "binary") return `(${shapeOf(node.left)} ${node.op} ${shapeOf(node.right)})`;
      if (node.type === "unary") return `${node.op}${shapeOf(node.expr)}`;
      return printPromql(node);
    };
    expect(shapeOf(expr)).toBe(shape);
  });

  test.each([
    ['up{job="kafka"} == 0', 'up{job="kafka"} == 0'],
    ["SUM(up) BY (job)", "sum by (job) (up)"],
    ["sum without()(up)", "sum without () (up)"],
    ["topk(3, up)", "topk(3, up)"],
    ["a * on(x,) group_left b", "a * on (x) group_left () b"],
    ["a == bool ignoring() b", "a == bool b"],
    ["rate(a[90s] offset -1h @ end())", "rate(a[1m30s] @ end() offset -1h)"],
    ["a[1h:]", "a[1h:]"],
    ["a[300:1m] @ 1.5", "a[5m:1m] @ 1.500"],
    ["{'a.b', \"c d\"='\\x41'}", '{"c d"="A",__name__="a.b"}'],
    ["a{b=`\\n`} # why\n", 'a{b="\\\\n"}'],
    ['a{b # why\n="c"}', 'a{b="c"}'],
    ["0x1F + 010 + 1e3 + 5m + 1_000 + Inf + nan", "31 + 8 + 1000 + 300 + 1000 + +Inf + NaN"],
    ["holt_winters(a[5m], 0.5, 0.1)", "holt_winters(a[5m], 0.5, 0.1)"],
    ['label_replace(a, "b", "holt_winters()", "c", "")', 'label_replace(a, "b", "holt_winters()", "c", "")'],
    ["sum", "sum"],
    ["a{on='1',by='2'}", 'a{by="2",on="1"}'],
  ])("%s prints as %s", (text, printed) => {
    expect(printPromql(read(text))).toBe(printed);
  });

  test("what is printed reads as the same again, for any expression", () => {
    fc.assert(
      fc.property(fc.gen(), (draw) => {
        const { query } = question(draw);
        const printed = printPromql(read(query));
        expect(printPromql(read(printed))).toBe(printed);
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe("what is no expression is refused with its place", () => {
  test.each(INVALID)("%s", (text) => {
    const parsed = parsePromql(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    for (const { line, column, message } of parsed.faults) {
      expect(line).toBeGreaterThan(0);
      expect(column).toBeGreaterThan(0);
      expect(message).not.toBe("");
    }
  });

  test.each([
    ["rate(up)", 1, 6, "expected type range vector in call to function"],
    ["sum(\n  rate(up[5m]\n)", 3, 2, "unexpected end"],
    ["up +\n  foo(bar)", 2, 6, 'unknown function "foo"'],
    ['up{job=~"("}', 1, 1, "no RE2 expression"],
    ['label_replace(up, "a", "b", "c", "(")', 1, 34, "no RE2 expression"],
    ["1 == 1", 1, 3, "must use BOOL"],
    ['up{a="b" c="d"}', 1, 10, 'unexpected "c"'],
  ])("%j: line %i, column %i", (text, line, column, message) => {
    const parsed = parsePromql(text);
    expect(parsed).toMatchObject({ ok: false, faults: [{ line, column }] });
    if (!parsed.ok) expect(parsed.faults[0]?.message).toContain(message);
  });
});

describe("what is not supported is a fault, never an expression that is not firing", () => {
  test.each([
    ["histogram_avg(a)", 'function "histogram_avg" is not supported'],
    ["histogram_count(a)", "native histograms"],
    ["info(a)", 'function "info" is not supported'],
    ["limit_ratio(0.5, a)", 'aggregation "limit_ratio" is not supported'],
    ["a </ 1", "native histograms"],
    ["rate(a[5m] anchored)", "anchored and smoothed"],
    ["a smoothed", "anchored and smoothed"],
    ["a + fill(0) b", "fill modifiers"],
    ["a[5m * 2]", "duration expressions"],
    ["a[step()]", "duration expressions"],
    ["a offset (5m)", "duration expressions"],
    ["start()", "is not supported"],
    ["range()", "is not supported"],
  ])("%s", (text, message) => {
    const parsed = parsePromql(text);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.faults.map((fault) => fault.message).join()).toContain(message);
  });
});

describe("no text is too much", () => {
  test.each([
    ["parentheses", `${"(".repeat(40_000)}1${")".repeat(40_000)}`],
    ["signs", `${"-".repeat(90_000)}1`],
    ["a sum", `1${"+1".repeat(40_000)}`],
    ["a long text", `a{b="${"c".repeat(200_000)}"}`],
    ["brackets", "[".repeat(50_000)],
  ])("%s", (_, text) => {
    expect(parsePromql(text).ok).toBe(false);
  });

  test("five hundred terms are not", () => expect(parsePromql(`1${"+1".repeat(500)}`).ok).toBe(true));
});

test("selectors tell what an expression reads, and how far back", () => {
  const found = selectorsOf(
    read('sum(rate(a{b="c"}[5m] offset 1h)) / d + max_over_time((e + rate(f[1m]))[1h:] offset 2m) > g @ 10'),
  );
  const [b, d, e, f, g] = found.map(({ matchers, ...rest }) => ({ name: matchers[0]?.value, ...rest }));
  expect(b).toEqual({ name: "a", rangeMs: 5 * MINUTE, offsetMs: 60 * MINUTE });
  expect(d).toEqual({ name: "d", rangeMs: 5 * MINUTE, offsetMs: 0 });
  expect(e).toEqual({ name: "e", rangeMs: 65 * MINUTE, offsetMs: 2 * MINUTE });
  expect(f).toEqual({ name: "f", rangeMs: 61 * MINUTE, offsetMs: 2 * MINUTE });
  expect(g).toEqual({ name: "g", rangeMs: 5 * MINUTE, offsetMs: 0, at: { kind: "time", at: 10_000 } });
  expect(found[0]?.matchers).toContainEqual({ label: "b", op: "=", value: "c" });
});
