import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileMatchers, matcherText, sameMatchers } from "../../shared/core/alerting/matchers/match.ts";
import { type MatcherMode, parseMatcher, parseMatchers } from "../../shared/core/alerting/matchers/parse.ts";
import { MAX_EXPRESSION, wholeValue } from "../../shared/core/alerting/matchers/regex.ts";
import { simpleTest } from "../../shared/core/alerting/matchers/simple.ts";
import type { Matcher, MatchOp } from "../../shared/core/alerting/types.ts";

const read = (text: string, mode?: MatcherMode): string => {
  const parsed = parseMatchers(text, mode);
  return parsed.ok
    ? parsed.matchers.map(({ name, op, value }) => JSON.stringify([name, op, value])).join(" ")
    : parsed.message;
};
const one = (name: string, op: MatchOp, value: string): string => JSON.stringify([name, op, value]);
const holds = (matcher: Matcher, value: string): boolean => compileMatchers([matcher])({ a: value });

describe("the classic syntax", () => {
  it.each([
    ["foo=bar", one("foo", "=", "bar")],
    ["foo=", one("foo", "=", "")],
    ['{ foo = "b, c" , d!~e }', `${one("foo", "=", "b, c")} ${one("d", "!~", "e")}`],
    ["foo=a b", one("foo", "=", "a b")],
    ["foo=a{b}c", one("foo", "=", "a{b}c")],
    ['foo="a\\qb"', one("foo", "=", "a\\qb")],
    ['foo="a\\nb\\"c\\\\"', one("foo", "=", 'a\nb"c\\')],
    ["foo=bar,", one("foo", "=", "bar")],
    ["a:b=1", one("a:b", "=", "1")],
    ["", ""],
    ["é=1", "bad matcher format: é=1"],
    ["a=b,,c=d", "bad matcher format: "],
    ['foo=b"a', 'matcher value contains unescaped double quote: b"a'],
    ['foo="a', 'matcher value contains unescaped double quote: "a'],
    ["foo=~(", "error parsing regexp: missing closing ): `^(?:()$`"],
  ])("reads %j", (text, expected) => {
    expect(read(text, "classic")).toBe(expected);
  });
});

describe("the UTF-8 syntax", () => {
  it.each([
    ['{"é x"="😀",b=~c.*}', `${one("é x", "=", "😀")} ${one("b", "=~", "c.*")}`],
    ['a="\\x41\\u00e9\\U0001f600\\101"', one("a", "=", "Aé😀A")],
    ['a="\\xc3\\xa9"', one("a", "=", "é")],
    ["{}", ""],
    ["a=b,", one("a", "=", "b")],
    ['""=x', one("", "=", "x")],
    ["a=", "end of input: expected label value"],
    ['a="\\q"', '2:6: "\\q": invalid input'],
    ['a="\\xff"', '2:8: "\\xff": invalid input'],
    ["{a=b", "0:4: end of input: expected close brace"],
    ["a=b}", "0:4: }: expected opening brace"],
    ["a!b", "1:2: !: expected one of '=~': expected an operator such as '=', '!=', '=~' or '!~'"],
    ["a=b c=d", "4:5: unexpected c: expected a comma or close brace"],
    ["a='b'", "2:3: ': invalid input: expected label value"],
    ['a="b', '2:4: "b: missing end ": expected label value'],
    ["{a=b}x", "5:6: x: expected end of input"],
  ])("reads %j", (text, expected) => {
    expect(read(text, "utf8")).toBe(expected);
  });
});

describe("fallback", () => {
  it("takes the classic reading where the two differ (an escaped byte is one letter to UTF-8 and four to the classic syntax)", () => {
    expect(read('a="\\x41"', "utf8")).toBe(one("a", "=", "A"));
    expect(read('a="\\x41"')).toBe(one("a", "=", "\\x41"));
  });

  it("takes the only reading there is, and the classic message where there is none", () => {
    expect(read('{"é"=x}')).toBe(one("é", "=", "x"));
    expect(read("a=b c")).toBe(one("a", "=", "b c"));
    expect(read("=")).toBe("bad matcher format: =");
  });

  it("refuses braces around a single matcher, and more than one", () => {
    expect(parseMatcher("{a=b}")).toEqual({ ok: false, message: "unexpected open or close brace: {a=b}" });
    expect(parseMatcher('a="b","c"=d', "utf8")).toEqual({ ok: false, message: "expected 1 matcher, found 2" });
    expect(parseMatcher("", "utf8")).toEqual({ ok: false, message: "no matchers" });
  });
});

describe("matching", () => {
  it.each<[string, string, boolean]>([
    ["foo.bar", "foo\nbar", false],
    ["(?s)foo.bar", "foo\nbar", true],
    ["(?i)page", "PAGE", true],
    ["a|b", "ab", false],
    ["a|b", "b", true],
    ["foo", "xfoo", false],
    [".*", "", true],
    [".+", "", false],
    ["é{2}", "éé", true],
    ["\\d+", "１", false],
    ["(?P<x>a)(?P<x>b)", "ab", true],
  ])("the expression %j on %j: %j", (value, text, expected) => {
    expect(holds({ name: "a", op: "=~", value }, text)).toBe(expected);
    expect(holds({ name: "a", op: "!~", value }, text)).toBe(!expected);
  });

  it("counts an absent label as empty", () => {
    expect(compileMatchers([{ name: "baz", op: "=", value: "" }])({})).toBe(true);
    expect(compileMatchers([{ name: "baz", op: "!=", value: "" }])({})).toBe(false);
    expect(compileMatchers([{ name: "constructor", op: "=", value: "" }])({})).toBe(true);
    expect(compileMatchers([])({ a: "b" })).toBe(true);
  });

  it("refuses what RE2 does not know, and expressions past the limit", () => {
    for (const value of ["(?=a)", "(a)\\1", "a{1001}", "[", `${"a".repeat(MAX_EXPRESSION + 1)}`])
      expect(parseMatchers(`x=~"${value.replaceAll("\\", "\\\\")}"`).ok, value.slice(0, 20)).toBe(false);
  });

  it("does not hang on an expression that backtracking engines die of", () => {
    const started = performance.now();
    expect(holds({ name: "a", op: "=~", value: "(a+)+b" }, "a".repeat(50_000))).toBe(false);
    expect(read(`a=${" ".repeat(200_000)}x`, "classic")).toBe(one("a", "=", "x"));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("printing", () => {
  it.each([
    [{ name: "a", op: "=", value: 'b"\\\n\t' }, 'a="b\\"\\\\\\n\t"'],
    [{ name: "a b", op: "=~", value: "é\t\u0001" }, '"a b"=~"é\\t\\x01"'],
    [{ name: "é", op: "!~", value: "😀" }, 'é!~"😀"'],
  ] as const)("%j as upstream does", (matcher, expected) => {
    expect(matcherText(matcher)).toBe(expected);
  });

  it("prints what reads as the same matcher", () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/);
    const value = fc.string({ unit: "grapheme", maxLength: 12 });
    fc.assert(
      fc.property(name, fc.constantFrom<MatchOp>("=", "!="), value, (label, op, text) => {
        expect(read(matcherText({ name: label, op, value: text }), "classic")).toBe(one(label, op, text));
      }),
    );
  });

  it("compares lists whatever their order", () => {
    const [a, b] = [{ name: "a", op: "=", value: "1" } as const, { name: "b", op: "=~", value: "2" } as const];
    expect(sameMatchers([a, b], [b, a])).toBe(true);
    expect(sameMatchers([a], [{ ...a, op: "!=" }])).toBe(false);
    expect(sameMatchers([a], [a, a])).toBe(false);
  });
});

describe("expressions that need no engine", () => {
  it("match what the engine matches", () => {
    const piece = fc.constantFrom("a", "b", "ab", ".*", ".+", "|", "-", "é", "*", ".", "");
    const letter = fc.constantFrom("a", "b", "-", "é", "\n", "😀");
    const expression = fc.array(piece, { maxLength: 7 }).map((parts) => parts.join(""));
    const value = fc.array(letter, { maxLength: 6 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(expression, value, (written, text) => {
        const engine = wholeValue(written);
        const simple = simpleTest(written);
        if (!engine.ok || !simple || text.includes("\n")) return;
        expect(simple(text)).toBe(engine.matches(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(["a|b", "web-.*", ".+", ".*x.+y|z", "", "a||b"])("%j is one", (expression) => {
    expect(simpleTest(expression)).toBeDefined();
  });

  it.each(["a.b", "(a)", "a*", "a.*?", "\\d", "[a]", "a{2}", ".*.+", "^a"])("%j is none", (expression) => {
    expect(simpleTest(expression)).toBeUndefined();
  });
});
