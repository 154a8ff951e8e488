import fc from "fast-check";
import { expect, test } from "vitest";
import { floatText } from "../../shared/core/kernel/float.ts";
import { METRIC_NAME } from "../../shared/core/kernel/labels.ts";
import { acceptHeader, formatOf } from "../../shared/core/monitoring/exposition/format.ts";
import { knownSeries } from "../../shared/core/monitoring/exposition/known-series.ts";
import { readNumber } from "../../shared/core/monitoring/exposition/number.ts";
import { parseExposition } from "../../shared/core/monitoring/exposition/parse.ts";
import { type ExpositionFormat, scanExposition } from "../../shared/core/monitoring/exposition/scan.ts";
import {
  contentType,
  negotiate,
  type WrittenFamily,
  writeExposition,
} from "../../shared/core/monitoring/exposition/write.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const parse = (text: string, format: ExpositionFormat = "text") => parseExposition(text, { format });
const open = (text: string) => parse(text, "openmetrics");
const one = (name: string, value: number, labels = {}, at?: number) => ({
  labels: { [METRIC_NAME]: name, ...labels },
  value,
  ...(at === undefined ? {} : { at }),
});

test.each<[string, string, readonly unknown[]]>([
  ["a name and a value", "a 1", [one("a", 1)]],
  ["colons in names", "a:b_c9 -1.5e3\n", [one("a:b_c9", -1500)]],
  [
    "labels, trailing comma, blanks anywhere between",
    'a { x = "1" ,  y="2", }  7\n',
    [one("a", 7, { x: "1", y: "2" })],
  ],
  ["an empty label set", "a{} 1", [one("a", 1)]],
  ["a value directly after the brace", 'a{x="1"}3', [one("a", 3, { x: "1" })]],
  [
    "timestamps are milliseconds and may be negative",
    "a 1 1500\na 2 -3 \n",
    [one("a", 1, {}, 1500), one("a", 2, {}, -3)],
  ],
  ["escapes; others stay as they are", 'a{x="q\\"b\\\\n\\nz\\t"} 1', [one("a", 1, { x: 'q"b\\n\nz\\t' })]],
  ["braces, commas and hashes inside values", 'a{x="},{ # =\\"",y="1"} 1', [one("a", 1, { x: '},{ # ="', y: "1" })]],
  ["empty labels are absent", 'a{x="",y="1"} 1', [one("a", 1, { y: "1" })]],
  ["UTF-8 values", 'a{x="größe🚀"} 1', [one("a", 1, { x: "größe🚀" })]],
  ["a quoted name", '{"my.metric", a="b"} 1', [one("my.metric", 1, { a: "b" })]],
  [
    "a quoted name alone, and quoted labels",
    '{"my \\" metric"} 1\n{"b","c.d"="e"} 2',
    [one('my " metric', 1), one("b", 2, { "c.d": "e" })],
  ],
  ["tabs as blanks, leading blanks, empty lines", "\n  \t\n\ta\t1\t\n\n", [one("a", 1)]],
  [
    "Inf and NaN in any case",
    "a +Inf\nb -inf\nc Infinity\nd NAN",
    [one("a", Infinity), one("b", -Infinity), one("c", Infinity), one("d", Number.NaN)],
  ],
  ["comments of all kinds", "#\n#no\n# HELPER x\n# TYPE\n# anything \u0000\na 1", [one("a", 1)]],
  [
    "labels called like a prototype's fields",
    'a{constructor="1",__proto__="2"} 1',
    [one("a", 1, { constructor: "1", ["__proto__"]: "2" })],
  ],
])("text: %s", (_name, text, samples) => {
  expect(parse(text)).toEqual({ samples, metadata: new Map(), faults: [] });
});

test.each<[string, number, string]>([
  ["a", 1, "expected value after metric"],
  ["a 1\nb x", 2, "the value is no number"],
  ["a 0x1p-2", 1, "the value is no number"],
  ["a 1_000", 1, "the value is no number"],
  ["a 1 2 3", 1, "expected next entry after timestamp"],
  ["a 1 2.5", 1, "expected next entry after timestamp"],
  ["a 1 now", 1, "expected timestamp or new record"],
  ["a 1\r\n", 1, "the value is no number"],
  ["9a 1", 1, "expected a valid start token"],
  ["\u0000", 1, "expected a valid start token"],
  ["a{b} 1", 1, "expected equal"],
  ["a{b=c} 1", 1, "expected label value"],
  ['a{b="c} 1\n', 1, "expected label value"],
  ['a{b="c" d="e"} 1', 1, "expected comma or brace close"],
  ['a{"b"} 1', 1, "metric name already set"],
  ['{"b","c"} 1', 1, "metric name already set"],
  ['{a="b"} 1', 1, "metric name is missing"],
  ['a{b="c"', 1, "expected comma or brace close"],
  ["a{", 1, "label set is not closed"],
  ['a{b="1",b="2"} 1', 1, 'label name "b" is not unique'],
  ["# TYPE a kounter", 1, 'invalid metric type "kounter"'],
  ["# TYPE a counter ", 1, 'invalid metric type "counter "'],
  ["# HELP 9 x", 1, "expected metric name after HELP"],
  ["ok 1\n\n<html>", 3, "expected a valid start token"],
])("text %j is wrong in line %d: %s", (text, line, message) => {
  expect(parse(text).faults).toEqual([{ line, message }]);
});

test("invalid UTF-8 in a label is a fault", () => {
  const bytes = encode('a{b="x"} 1');
  bytes[5] = 0xff;
  expect(parseExposition(bytes, { format: "text" }).faults).toEqual([{ line: 1, message: "invalid UTF-8 in a label" }]);
});

test("metadata: type, help with its escapes, and names in quotes", () => {
  const { metadata, faults } = parse('# HELP a one\\ntwo \\\\ "x"\n# TYPE a counter\n# TYPE "b.c" gauge\n# HELP d\ta');
  expect(faults).toEqual([]);
  expect([...metadata]).toEqual([
    ["a", { help: 'one\ntwo \\ "x"', type: "counter" }],
    ["b.c", { type: "gauge" }],
    ["d", { help: "a" }],
  ]);
});

test("OpenMetrics: seconds, units, exemplars left out, # EOF", () => {
  const text = `# HELP foo_seconds Time, \\"really\\"
# TYPE foo_seconds counter
# UNIT foo_seconds seconds
foo_seconds_total{a="b"} 17.0 1520879607.789 # {id="counter-test"} 5 1.5
foo_seconds_total{a="c"} 4 # {} 2
{"my.metric",x="1"} +Inf
# EOF
`;
  const { samples, metadata, faults } = open(text);
  expect(faults).toEqual([]);
  expect(samples).toEqual([
    one("foo_seconds_total", 17, { a: "b" }, 1_520_879_607_789),
    one("foo_seconds_total", 4, { a: "c" }),
    one("my.metric", Infinity, { x: "1" }),
  ]);
  expect(metadata.get("foo_seconds")).toEqual({ help: 'Time, "really"', type: "counter", unit: "seconds" });
  expect(open(text.trimEnd()).faults).toEqual([]);
});

test.each<[string, number, string]>([
  ["", 1, "data does not end with # EOF"],
  ["a 1\n", 2, "data does not end with # EOF"],
  ["a 1", 1, "expected next entry"],
  ["# EOF\na 1", 2, "unexpected data after # EOF"],
  ["# EOFx", 1, "unexpected data after # EOF"],
  ["a  1\n# EOF\n", 1, "the value is no number"],
  ["\n# EOF", 1, "expected a valid start token"],
  ["# comment\n# EOF", 1, "expected HELP, TYPE, UNIT or EOF after #"],
  ["a 1 x\n# EOF", 1, "invalid timestamp"],
  ["a 1 NaN\n# EOF", 1, "invalid timestamp"],
  ["a 1 2 3\n# EOF", 1, "expected next entry"],
  ['a{b = "c"} 1\n# EOF', 1, "expected equal"],
  ['a 1 # {b="c"}\n# EOF', 1, "expected value of an exemplar"],
  ['a 1 # {b="c"} x\n# EOF', 1, "no number in an exemplar"],
  ["# TYPE a untyped\n# EOF", 1, 'invalid metric type "untyped"'],
  ["# UNIT a_seconds bytes\n# EOF", 1, "unit bytes not a suffix of metric a_seconds"],
  ["# HELP a\n# EOF", 1, "expected text in HELP"],
])("OpenMetrics %j is wrong in line %d: %s", (text, line, message) => {
  expect(open(text).faults).toEqual([{ line, message }]);
});

test("a limit of samples is a fault, and nothing beyond it is kept", () => {
  expect(parseExposition("a 1\nb 2\nc 3", { format: "text", limits: { samples: 2 } })).toMatchObject({
    samples: [{ value: 1 }, { value: 2 }],
    faults: [{ line: 3, message: "sample limit exceeded" }],
  });
});

test("every double is read as it was written, to the last bit", () => {
  const cell = new Float64Array(1);
  const read = (text: string) => (readNumber(encode(text), 0, text.length, cell) ? cell[0] : undefined);
  const number = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.double({ min: -1e6, max: 1e6 }).map((n) => Math.round(n * 1000) / 1000),
  );
  fc.assert(
    fc.property(number, (value) => {
      expect(read(floatText(value))).toBe(value);
      if (Number.isFinite(value) && value !== 0) expect(read(value.toExponential())).toBe(value);
    }),
    { numRuns: 2_000 },
  );
  for (const text of ["1e", "e5", ".", "", "+", "-", "1e+", "1.2.3", "1,5", "--1", "+-1", "in", "nano", "1 "])
    expect(read(text), text).toBeUndefined();
  for (const [text, value] of [
    [".5", 0.5],
    ["5.", 5],
    ["+7", 7],
    ["1E3", 1000],
    ["1e400", Infinity],
    ["0.1e-400", 0],
  ] as const)
    expect(read(text), text).toBe(value);
  expect(read("-0")).toBe(-0);
});

const label = fc.stringMatching(/^[a-z_][a-z0-9_]{0,6}$/).filter((name) => name !== METRIC_NAME);
const anything = fc.string({ unit: "grapheme", maxLength: 8 });
const family: fc.Arbitrary<WrittenFamily> = fc.record({
  name: fc.oneof(
    fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,8}$/),
    anything.filter((name) => name !== ""),
  ),
  type: fc.constantFrom("counter", "gauge", "info", "unknown"),
  help: anything,
  samples: fc.array(
    fc.record({
      labels: fc.dictionary(
        fc.oneof(
          label,
          anything.filter((name) => name !== "" && name !== METRIC_NAME),
        ),
        anything,
        { maxKeys: 3 },
      ),
      value: fc.double(),
    }),
    { maxLength: 3 },
  ),
});

test.each(["text", "openmetrics"] as const)(
  "%s: what is written is read again, whatever names, labels and values",
  (format) => {
    fc.assert(
      fc.property(fc.array(family, { maxLength: 3 }), (families) => {
        const { samples, faults } = parseExposition(writeExposition(families, format), { format });
        expect(faults).toEqual([]);
        const expected = families.flatMap(({ name, type, samples: written }) => {
          const suffix = type === "counter" ? "_total" : type === "info" ? "_info" : "";
          return written.map(({ labels, value }) => ({
            labels: {
              ...Object.fromEntries(Object.entries(labels).filter(([, text]) => text !== "")),
              [METRIC_NAME]: `${name}${suffix}`,
            },
            value,
          }));
        });
        expect(samples).toEqual(expected);
      }),
    );
  },
);

test("whatever bytes come, reading ends, does not throw, and says a line within the body", () => {
  const pieces = fc.constantFrom(
    "a",
    "{",
    "}",
    '"',
    "=",
    ",",
    " ",
    "\n",
    "\\",
    "# ",
    "HELP ",
    "TYPE ",
    "UNIT ",
    "# EOF",
    "1",
    "-",
    ".",
    "e",
    "+Inf",
    " # {",
    "\u0000",
  );
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.array(pieces, { maxLength: 30 }).map((parts) => encode(parts.join(""))),
  );
  fc.assert(
    fc.property(bodies, fc.constantFrom<ExpositionFormat>("text", "openmetrics"), (body, format) => {
      const { faults } = parseExposition(body, { format });
      const lines = body.reduce((count, byte) => count + (byte === 10 ? 1 : 0), 1);
      for (const fault of faults) expect(fault.line).toBeLessThanOrEqual(lines);
    }),
    { numRuns: 3_000 },
  );
});

/** Reads bodies one after the other through the memory, and tells for each the items in order and how many were made. */
function remembering() {
  const known = knownSeries<string>();
  return (body: string, abort = false) => {
    const bytes = encode(body);
    const items: string[] = [];
    let made = 0;
    known.begin();
    const fault = scanExposition(bytes, "text", {
      expected: known.expected,
      sample: (all, start, end) => {
        const found = known.find(all, start, end);
        if (found === undefined) made += 1;
        items.push(found ?? known.add(all, start, end, (text) => text));
        return undefined;
      },
    });
    if (fault || abort) known.abort();
    else known.commit(bytes);
    return { items, made, size: known.size() };
  };
}

test("series are remembered in order: inserted, lost, moved and returning ones are told apart", () => {
  const read = remembering();
  expect(read('a 1\nb{x="1"} 2\nc 3')).toEqual({ items: ["a", 'b{x="1"}', "c"], made: 3, size: 3 });
  expect(read('a 1\nb{x="1"} 2\nc 3')).toMatchObject({ made: 0 });
  expect(read('a 9\nnew 1\nb{x="1"} 2\nc 3')).toEqual({ items: ["a", "new", 'b{x="1"}', "c"], made: 1, size: 4 });
  expect(read("c 3\na 9")).toEqual({ items: ["c", "a"], made: 0, size: 2 });
  expect(read('c 3\na 9\nb{x="1"} 2')).toMatchObject({ made: 1, size: 3 });
  expect(read("c 3\na x")).toMatchObject({ size: 3 });
  expect(read("new2 3\na 1", true)).toMatchObject({ made: 1, size: 3 });
  expect(read('c 3\na 9\nb{x="1"} 2')).toMatchObject({ made: 0, size: 3 });
});

test("a name that only begins like the expected one is another", () => {
  const read = remembering();
  read("a 1\nb 2");
  expect(read('ab 1\na {x="1"} 2\na{x="2"} 2\na\t3\nb 1').items).toEqual(["ab", 'a {x="1"}', 'a{x="2"}', "a", "b"]);
});

test("reading through the memory is the same as reading afresh, whatever the bodies", () => {
  const line = fc.constantFrom(
    "a 1",
    "b 2",
    'a{x="1"} 1',
    'a{x="1",y="2"} 1',
    'a {x="1"} 2',
    "ab 1",
    "# c",
    "",
    '{"q.r"} 1',
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.array(line, { maxLength: 8 }), fc.boolean()), { maxLength: 8 }), (bodies) => {
      const read = remembering();
      for (const [lines, abort] of bodies) {
        const body = lines.join("\n");
        expect(read(body, abort).items).toEqual(remembering()(body).items);
      }
    }),
    { numRuns: 500 },
  );
});

test("content types decide the format; what is foreign is refused unless there is a fallback", () => {
  expect(formatOf("text/plain; version=0.0.4; charset=utf-8")).toEqual({ format: "text" });
  expect(formatOf("Application/OpenMetrics-Text;version=1.0.0")).toEqual({ format: "openmetrics" });
  expect(formatOf("text/html")).toEqual({
    fault: 'the target sends Content-Type "text/html" and no fallback_scrape_protocol is set',
  });
  expect(formatOf(undefined)).toEqual({
    fault: "the target sends no Content-Type and no fallback_scrape_protocol is set",
  });
  expect(formatOf("text/html", "PrometheusText0.0.4")).toEqual({ format: "text" });
  expect(formatOf(undefined, "OpenMetricsText1.0.0")).toEqual({ format: "openmetrics" });
});

test("the Accept header is Prometheus's, and our own endpoint understands it", () => {
  const header = acceptHeader([
    "OpenMetricsText1.0.0",
    "OpenMetricsText0.0.1",
    "PrometheusText1.0.0",
    "PrometheusText0.0.4",
  ]);
  expect(header).toBe(
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  );
  expect(negotiate(header)).toBe("openmetrics");
  expect(negotiate("text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.5")).toBe("text");
  expect(negotiate(undefined)).toBe("text");
  expect(formatOf(contentType("text"))).toEqual({ format: "text" });
  expect(formatOf(contentType("openmetrics"))).toEqual({ format: "openmetrics" });
});

test("written text: counters end in _total, OpenMetrics names the family without it and ends in # EOF", () => {
  const families: WrittenFamily[] = [
    {
      name: "requests",
      type: "counter",
      help: 'of "all"\n',
      samples: [{ labels: { code: "200" }, value: 3, at: 1500 }],
    },
    {
      name: "size_bytes",
      type: "histogram",
      unit: "bytes",
      samples: [
        { suffix: "_bucket", labels: { le: "+Inf" }, value: 1 },
        { suffix: "_sum", labels: {}, value: 2.5 },
        { suffix: "_count", labels: {}, value: 1 },
      ],
    },
  ];
  expect(writeExposition(families, "text")).toBe(`# HELP requests_total of "all"\\n
# TYPE requests_total counter
requests_total{code="200"} 3 1500
# TYPE size_bytes histogram
size_bytes_bucket{le="+Inf"} 1
size_bytes_sum 2.5
size_bytes_count 1
`);
  expect(writeExposition(families, "openmetrics")).toBe(`# HELP requests of \\"all\\"\\n
# TYPE requests counter
requests_total{code="200"} 3 1.5
# TYPE size_bytes histogram
# UNIT size_bytes bytes
size_bytes_bucket{le="+Inf"} 1
size_bytes_sum 2.5
size_bytes_count 1
# EOF
`);
});
