import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { goFloat } from "../../shared/core/go-template/go-float.ts";
import { goUnquote } from "../../shared/core/go-template/go-string.ts";
import { sprintf } from "../../shared/core/go-template/printf.ts";
import { goQuoted } from "../../shared/core/kernel/go-quote.ts";
import {
  expandedText,
  expandTemplate,
  parseTemplate,
  type TemplateData,
} from "../../shared/core/monitoring/templates/expand.ts";
import { BROKEN, EXTERNAL_LABELS, EXTERNAL_URL, LABELS, PEERS, TEMPLATES, VALUE } from "./template-table.ts";

const data: TemplateData = {
  labels: LABELS,
  value: VALUE,
  externalLabels: EXTERNAL_LABELS,
  externalUrl: EXTERNAL_URL,
  now: 0,
  alert: "T",
  query: (expr) => {
    if (expr === "peers")
      return PEERS.map(({ value, ...labels }) => ({ labels: { __name__: "peers", ...labels }, value }));
    return expr === "sum(peers)" ? [{ labels: {}, value: 60 }] : [];
  },
};

describe("a template of a rule", () => {
  it.each(TEMPLATES)("%j expands as in Prometheus: %j", (...row) => {
    const [template, text, value = VALUE] = row as unknown as (typeof TEMPLATES)[number];
    expect(parseTemplate(template)).toMatchObject({ ok: true });
    expect(expandedText(template, { ...data, value }).text).toBe(text);
  });

  it.each([
    ["{{ externalURL }} {{ pathPrefix }}", "http://prometheus.example.org/prom /prom"],
    ["{{ toDuration 90 }} {{ toDuration 0.25 }} {{ toDuration 3661.5 | humanizeDuration }}", "1m30s 250ms 1h 1m 1s"],
    ['{{ urlQueryEscape "a b&c" }}', "a+b%26c"],
    ["{{ now }} {{ (now | toTime).Weekday }} {{ (toTime 86399.0).Hour }}", "0 Thursday 23"],
    ["{{ range 3 }}{{ . }}{{ end }}", "012"],
    ["{{ with $x := print nil }}{{ $x }}{{ end }}", "<nil>"],
    ['{{ printf "%6.2f%%|%-6s|%v" 12.3456 "ab" .Labels.job }}', " 12.35%|ab    |kafka"],
    ["{{ if $labels.nothing }}a{{ else with $labels.job }}{{ . }}{{ end }}", undefined],
  ])("%j of Prometheus 3 gives %j", (template, text) => {
    if (text === undefined) expect(parseTemplate(template)).toMatchObject({ ok: false });
    else expect(expandTemplate(template, data)).toEqual({ ok: true, text });
  });

  it.each(BROKEN)("%j does not parse: %s at %i:%i", (template, message, line, column) => {
    expect(parseTemplate(template)).toMatchObject({
      ok: false,
      message: expect.stringContaining(message),
      line,
      column,
    });
  });

  it("without an evaluator a template that asks fails and says so", () => {
    const { query: _, ...alone } = data;
    expect(expandedText('{{ query "up" | first | value }}', alone)).toMatchObject({
      text: expect.stringMatching(/^<error expanding template: .*error calling query: no query is possible here>$/),
      fault: expect.stringContaining("no query is possible here"),
    });
  });

  it.each([
    [
      "calls itself for ever",
      '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
      "exceeded maximum template depth",
    ],
    ["counts to a billion", "{{ range 1000000000 }}x{{ end }}", "more than 100000 steps"],
    ["loops in loops", `${"{{ range 99 }}".repeat(4)}${"{{ end }}".repeat(4)}`, "more than 100000 steps"],
    ["opens brackets without end", `{{ ${"(".repeat(20_000)}1${")".repeat(20_000)} }}`, "nested more than 100 deep"],
    ["loops round nothing", "{{ range 99999 }}{{ range 99999 }}{{ end }}{{ end }}", "more than 100000 steps"],
    [
      "doubles a text",
      `{{ $a := "0123456789" }}${'{{ $a = printf "%s%s" $a $a }}'.repeat(40)}{{ len $a }}`,
      "the result is longer than 65536 characters",
    ],
    [
      "refers to a text again and again",
      `{{ $a := "${"y".repeat(20_000)}" }}{{ reReplaceAll "(.*)" "${"$1".repeat(20_000)}" $a }}`,
      "20000 references to parts of 20000 characters are too many",
    ],
    ["fills the memory", `{{ range 9999 }}${"x".repeat(1000)}{{ end }}`, "the text is longer than 65536 characters"],
    ["pads for ever", '{{ printf "%99999999d" 1 }}', undefined],
  ])("a template that %s ends", (_what, template, message) => {
    const expanded = expandTemplate(template, data);
    if (message === undefined) expect(expanded).toEqual({ ok: true, text: "%!(BADWIDTH)%!(EXTRA int=1)" });
    else expect(expanded).toMatchObject({ ok: false, message: expect.stringContaining(message) });
  });

  it("never throws, whatever stands in it", () => {
    const piece = fc.constantFrom(
      ..."{{ | }} | {{- | -}} | if | else | end | range | with | define | template | $value | $labels | $x | . | .a | := | = | , | ( | ) | | | 1 | 1.5 | \"a\" | `b` | 'c' | print | printf | index | query | first | eq | /* | */ | \n | nil | true | break".split(
        " | ",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        for (const text of [pieces.join(" "), `{{ ${pieces.join(" ")} }}`]) {
          const parsed = parseTemplate(text);
          const expanded = expandTemplate(text, data);
          if (text.includes("{{") && !parsed.ok) expect(expanded.ok).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("Go's numbers and texts", () => {
  it("the shortest form reads back as the same number, in every form", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        for (const verb of ["e", "f", "g"] as const) expect(Number(goFloat(value, verb))).toBe(value);
      }),
    );
  });

  it("with a precision the error is at most half of the last digit", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: 0, max: 12 }), (value, digits) => {
        const text = goFloat(value, "f", digits);
        expect(text.split(".")[1]?.length ?? 0).toBe(digits);
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(0.5 * 10 ** -digits + Math.abs(value) * 1e-15);
      }),
    );
  });

  it.each([
    [0.5, "f", 0, "0"],
    [1.5, "f", 0, "2"],
    [2.5, "f", 0, "2"],
    [0.125, "f", 2, "0.12"],
    [9.9999, "f", 2, "10.00"],
    [0, "g", 4, "0"],
    [1e21, "f", 1, "1000000000000000000000.0"],
    [5e-324, "g", undefined, "5e-324"],
    [12345, "g", 4, "1.234e+04"],
    [99999, "g", 4, "1e+05"],
    [0.00001234, "g", 2, "1.2e-05"],
    [100, "e", undefined, "1e+02"],
  ] as const)("%d by %%%s with %s digits is %s (halves go to the even digit)", (value, verb, digits, text) => {
    expect(goFloat(value, verb, digits)).toBe(text);
  });

  it("a quoted text reads back", () => {
    fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => goUnquote(goQuoted(text)) === text));
  });

  it("what does not fit a verb is said, as Go says it", () => {
    expect(sprintf("%d|%s|%t|%z|%d", ["x", 5n, 1.5, true])).toBe(
      "%!d(string=x)|%!s(int=5)|%!t(float64=1.5)|%!z(bool=true)|%!d(MISSING)",
    );
  });
});
