import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { faultText, TemplateFault } from "../../shared/core/go-template/ast.ts";
import { COMPARISONS } from "../../shared/core/go-template/compare.ts";
import { execute } from "../../shared/core/go-template/execute.ts";
import type { Engine, Limits, TemplateFunction } from "../../shared/core/go-template/function-types.ts";
import { functionTable, isFunction } from "../../shared/core/go-template/functions.ts";
import { GO_FUNCTIONS } from "../../shared/core/go-template/functions-go.ts";
import { goJson } from "../../shared/core/go-template/go-json.ts";
import { parseText } from "../../shared/core/go-template/parse.ts";
import { anyList, type MapValue, type StructValue, textMap, type Value } from "../../shared/core/go-template/values.ts";
import { weightOf } from "../../shared/core/go-template/weight.ts";

const LIMITS: Limits = { chars: 10_000, made: 50_000, steps: 20_000, depth: 20 };

/** Functions and methods are whatever the user of the engine hands in. */
const OWN: Readonly<Record<string, TemplateFunction<{ readonly greeting: string }>>> = {
  greet: { params: ["string"], call: ([name], { greeting }) => `${greeting}, ${name as string}` },
  list: { params: [], rest: "any", call: anyList },
};

const engine: Engine<{ readonly greeting: string }> = {
  functions: functionTable(LIMITS, GO_FUNCTIONS, COMPARISONS, OWN),
  methods: (value, name) =>
    typeof value === "object" && value.kind === "map" && name === "Size"
      ? {
          params: ["int"],
          call: ([self, more]) => BigInt((self as MapValue).entries.size) + (more as bigint),
        }
      : undefined,
  limits: LIMITS,
};

const data: StructValue = {
  kind: "struct",
  type: "main.Data",
  fields: new Map<string, Value>([
    ["Name", "x"],
    ["Labels", textMap({ b: "2", a: "1" })],
    ["Count", 3n],
  ]),
};

function expanded(text: string): string {
  try {
    const set = parseText(text, "t", (name) => isFunction(engine.functions, name));
    const start = set.get("t");
    return start ? execute(set, start, data, engine, { greeting: "hi" }) : "";
  } catch (error) {
    if (error instanceof TemplateFault) return faultText(error, "t", text);
    throw error;
  }
}

describe("the template language", () => {
  it.each([
    ['{{ greet "you" }} {{ .Name | greet }}', "hi, you hi, x"],
    ["{{ .Labels.Size 2 }} {{ 5 | .Labels.Size }} {{ .Labels.b }}", "4 7 2"],
    ["{{ .Labels.Size }}", 't:1:10: executing "t" at <.Labels.Size>: wrong number of args for Size: want 1 got 0'],
    ['{{ .Labels.Size "a" }}', 't:1:16: executing "t" at <"a">: expected integer; found "a"'],
    ["{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ $x = 3 }}{{ $x }}{{ end }}{{ $x }}", "31"],
    ["{{ with .Labels }}{{ $.Name }}{{ .a }}{{ end }}", "x1"],
    ['{{ define "d" }}[{{ . }}]{{ end }}{{ template "d" .Name }}{{ template "d" }}', "[x][<no value>]"],
    ['{{ block "d" .Count }}({{ . }}){{ end }}', "(3)"],
    ["{{ range $i := .Count }}{{ $i }}{{ end }}", "012"],
    [
      '{{ printf "%x %X %b %.3x" 1.5 0.1 1e3 123456.789 }}',
      "0x1.8p+00 0X1.999999999999AP-04 8796093022208000p-43 0x1.e24p+16",
    ],
    ["a {{- /* gone */ -}} b {{- 1 -}} c", "ab1c"],
    ["line\n  {{ .Nope }}", 't:2:5: executing "t" at <.Nope>: can\'t evaluate field Nope in type main.Data'],
    ['{{ template "d" . }}', 't:1:12: executing "t" at <{{template "d" .}}>: template "d" not defined'],
    ["{{ nope }}", 't:1: function "nope" not defined'],
    ['{{ define "a" }}1{{ end }}\n{{ define "a" }}2{{ end }}', 't:2: template: multiple definition of template "a"'],
  ])("%j gives %j", (text, answer) => {
    expect(expanded(text).replace(/^template: /, "")).toBe(answer);
  });

  it.each([
    [
      "calls itself for ever",
      '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}',
      "maximum template depth (20)",
    ],
    ["loops in loops", `${"{{ range 99 }}".repeat(3)}${"{{ end }}".repeat(3)}`, "more than 20000 steps"],
    ["writes for ever", `{{ range 9999 }}${"x".repeat(500)}{{ end }}`, "the text is longer than 10000 characters"],
    [
      "doubles a text",
      `{{ $a := "0123456789" }}${"{{ $a = print $a $a }}".repeat(60)}`,
      "the result is longer than 10000",
    ],
    [
      "doubles a list",
      `{{ $a := list 1 2 }}${"{{ $a = list $a $a }}".repeat(60)}{{ $a }}`,
      "the result is longer than 10000",
    ],
    [
      "keeps what it makes",
      `{{ $a := slice "${"x".repeat(9000)}" 0 }}${'{{ $b := print $a "1" }}'.repeat(10)}`,
      "more than 50000 characters have been made",
    ],
    [
      "goes through a text again and again",
      `{{ $a := "${"x".repeat(9000)}" }}{{ range 1000 }}{{ if eq (len $a) 1 }}{{ end }}{{ end }}`,
      "more than 20000 steps",
    ],
    ["is nested too deep", `{{ ${"(".repeat(5000)}1${")".repeat(5000)} }}`, "nested more than 100 deep"],
    ["has deep blocks", `${"{{ if 1 }}".repeat(5000)}${"{{ end }}".repeat(5000)}`, "nested more than 100 deep"],
  ])("a template that %s ends with a message", (_what, text, message) => {
    expect(expanded(text)).toContain(message);
  });

  it("never throws anything but its own faults, whatever stands in it", () => {
    const piece = fc.constantFrom(
      ..."{{ }} {{- -}} if else end range with define template block break continue . .Name .Labels $ $x := = , ( ) | 1 1.5 -1 0x1p4 \"a\" `b` 'c' print printf index slice list len eq and or not call html js urlquery nil true /* */ .. - # { \\ \u00e9".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(typeof expanded(pieces.join(" "))).toBe("string");
        expect(typeof expanded(`{{ ${pieces.join(" ")} }}`)).toBe("string");
      }),
      { numRuns: 1500 },
    );
  });
});

describe("values as JSON", () => {
  it.each<[string, Value, string]>([
    ["nil", null, "null"],
    ["a map never made", { ...textMap({}), nil: true }, "null"],
    ["an empty map", textMap({}), "{}"],
    ["a list never made", { ...anyList([]), nil: true }, "null"],
    ["an empty list", anyList([]), "[]"],
    [
      "a list",
      anyList([1n, 1.5, 1e21, 1e-7, true, "<&>\u2028"]),
      '[1,1.5,1e+21,1e-7,true,"\\u003c\\u0026\\u003e\\u2028"]',
    ],
    ["a map", textMap({ b: "1", a: "2", "10": "3" }), '{"10":"3","a":"2","b":"1"}'],
  ])("%s is %s", (_what, value, json) => {
    expect(goJson(value)).toBe(json);
  });

  it("texts read back as they were", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(JSON.parse(goJson(text))).toBe(text);
      }),
    );
  });

  it("parts that stand in a whole twice count twice", () => {
    let value: Value = "0123456789";
    for (let at = 0; at < 100; at += 1) value = anyList([value, value]);
    expect(weightOf(value)).toBeGreaterThan(2 ** 100);
  });
});
