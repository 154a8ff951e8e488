import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseInstant } from "../../shared/core/kernel/instant.ts";
import { iso } from "../../shared/core/kernel/time.ts";
import { parseTrace } from "../../shared/core/kernel/trace.ts";

const HEAD = "timestamp,value\n";
const T0 = "2024-03-01T00:00:00Z";
const T1 = "2024-03-01T00:01:00Z";
const T2 = "2024-03-01T00:02:00Z";

function points(text: string) {
  const result = parseTrace(text);
  if (!result.ok) throw new Error(result.faults.map((fault) => fault.message).join("; "));
  return result.trace.points.map((point) => [iso(point.at), point.value]);
}

function faults(text: string) {
  const result = parseTrace(text);
  expect(result.ok).toBe(false);
  return result.ok ? [] : result.faults;
}

describe("a trace is read", () => {
  const expected = [
    ["2024-03-01T00:00:00.000Z", 1],
    ["2024-03-01T00:01:00.000Z", 2.5],
  ];
  test.each([
    ["plain", `${HEAD}${T0},1\n${T1},2.5\n`],
    ["without a newline at the end", `${HEAD}${T0},1\n${T1},2.5`],
    ["with blank lines at the end", `${HEAD}${T0},1\n${T1},2.5\n\n \n`],
    ["with a byte order mark", `\uFEFF${HEAD}${T0},1\n${T1},2.5\n`],
    ["with CRLF", `timestamp,value\r\n${T0},1\r\n${T1},2.5\r\n`],
    ["with quotes", `"timestamp","value"\n"${T0}","1"\n"${T1}", "2.5" \n`],
    ["with blanks around cells and capitals in the header", ` Timestamp , VALUE\n ${T0} , 1\n${T1},2.5\n`],
    ["with a blank for the T", `${HEAD}2024-03-01 00:00:00Z,1\n2024-03-01 00:01Z,2.5\n`],
    ["with offsets", `${HEAD}2024-03-01T02:00:00+02:00,1\n2024-02-29T19:01:00-0500,2.5\n`],
    ["with epoch seconds", `${HEAD}1709251200,1\n1709251260.0,2.5\n`],
    ["with epoch milliseconds", `${HEAD}1709251200000,1\n1709251260000,2.5\n`],
    ["with numbers in any decimal form", `${HEAD}${T0},+1e0\n${T1},.25E1\n`],
  ])("%s", (_name, text) => {
    expect(points(text)).toEqual(expected);
  });

  test("a measured zero stays a zero, also as -0", () => {
    const result = parseTrace(`${HEAD}${T0},0\n${T1},-0\n`);
    expect(result.ok && result.trace.points.map((point) => Object.is(point.value, 0))).toEqual([true, true]);
  });

  test("the step is the median distance, so that gaps do not stretch it", () => {
    const result = parseTrace(`${HEAD}0,1\n60,1\n120,1\n4000,1\n4060,1\n`);
    expect(result).toMatchObject({ ok: true, trace: { stepMs: 60_000 } });
  });

  test("a gap is allowed and named, and nothing is filled in", () => {
    const result = parseTrace(`${HEAD}${T0},1\n${T1},1\n${T2},1\n2024-03-01T01:02:00Z,7\n`);
    expect(result).toMatchObject({
      ok: true,
      trace: { points: [{}, {}, {}, { value: 7 }] },
      warnings: [
        { path: "timestamp", line: 5, value: "1 h", allowed: "1 min between rows; nothing is known inside the gap" },
      ],
    });
  });

  test("a stamp without zone is read as UTC, and said to be", () => {
    const result = parseTrace(`${HEAD}2024-03-01T00:00:00,1\n2024-03-01T00:01:00,2\n`);
    expect(result).toMatchObject({
      ok: true,
      trace: { points: [{ at: 1_709_251_200_000 }, {}] },
      warnings: [{ line: 2 }],
    });
  });
});

describe("a fault names row, column, value and what is allowed", () => {
  test.each([
    [
      "NaN",
      `${T1},NaN`,
      { path: "value", line: 3, column: 22, value: "NaN" },
      'row 3, column "value": "NaN" is not a number',
    ],
    ["infinity", `${T1},Infinity`, { path: "value", line: 3, value: "Infinity" }, "is not a number"],
    ["text", `${T1},many`, { path: "value", line: 3, value: "many" }, "is not a number"],
    ["hexadecimal", `${T1},0x10`, { path: "value", line: 3, value: "0x10" }, "is not a number"],
    ["an empty value", `${T1},`, { path: "value", line: 3, value: "" }, 'row 3, column "value": is empty'],
    ["a negative value", `${T1},-3`, { path: "value", line: 3, value: "-3" }, "is negative"],
    ["a value too large to add up", `${T1},1e300`, { path: "value", line: 3, value: "1e300" }, "is too large"],
    ["an empty timestamp", ",3", { path: "timestamp", line: 3, column: 1, value: "" }, "is empty"],
    ["a timestamp in words", "yesterday,3", { path: "timestamp", line: 3, value: "yesterday" }, "is not a timestamp"],
    ["a day that does not exist", "2023-02-29T00:00:00Z,3", { path: "timestamp", line: 3 }, "is not a timestamp"],
    ["a repeated timestamp", `${T0},3`, { path: "timestamp", line: 3, value: T0 }, "repeats the stamp of row 2"],
    [
      "a backward timestamp",
      "2024-02-29T00:00:00Z,3",
      { path: "timestamp", line: 3 },
      "goes back behind the stamp of row 2",
    ],
    [
      "another form of timestamp",
      "1709251260,3",
      { path: "timestamp", line: 3 },
      "is in epoch seconds, the rows above are in ISO 8601",
    ],
    ["a column too few", T1, { path: "row", line: 3, value: T1 }, "row 3: 1 column"],
    ["a column too many", `${T1},3,4`, { path: "row", line: 3 }, "row 3: 3 columns"],
    ["a decimal comma", `${T1},3,5`, { path: "row", line: 3 }, "row 3: 3 columns"],
    ["a quote that is not closed", `${T1},"3`, { path: "row", line: 3 }, "a quote is not closed"],
    ["an empty row in the middle", "", { path: "row", line: 3 }, "row 3: the row is empty"],
  ])("%s", (_name, row, fault, message) => {
    const found = faults(`${HEAD}${T0},1\n${row}\n2024-03-01T00:05:00Z,1\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject(fault);
    expect(found[0]?.message).toContain(message);
    expect(found[0]?.allowed).toMatch(/\S/);
  });

  test("a missing header, with the row in its place", () => {
    expect(faults(`${T0},1\n${T1},2\n`)[0]).toMatchObject({
      path: "header",
      line: 1,
      value: `${T0},1`,
      allowed: "timestamp,value",
    });
  });

  test.each([
    ["an empty file", ""],
    ["only blank lines", "\n\n"],
  ])("%s has no header", (_name, text) => {
    expect(faults(text)[0]).toMatchObject({ path: "header", message: "row 1: the header is missing" });
  });

  test.each([
    ["a header alone", HEAD, 0],
    ["one row", `${HEAD}${T0},1\n`, 1],
  ])("%s is no trace", (_name, text, rows) => {
    expect(faults(text)[0]).toMatchObject({ path: "trace", message: `the trace has ${rows} data rows` });
  });

  test("both columns of one row", () => {
    expect(faults(`${HEAD}${T0},1\nsoon,much\n`).map((fault) => [fault.path, fault.line])).toEqual([
      ["value", 3],
      ["timestamp", 3],
    ]);
  });

  test("twenty are spelled out, the rest is counted", () => {
    const found = faults(`${HEAD}${"never,1\n".repeat(57)}`);
    expect(found).toHaveLength(21);
    expect(found.at(-1)?.message).toBe("and 37 more faults");
  });

  test("warnings are cut and counted the same way", () => {
    const stamps = Array.from({ length: 80 }, (_, index) => index * 60 + Math.max(0, index - 49) * 600);
    const result = parseTrace(`${HEAD}${stamps.map((stamp) => `${stamp},1`).join("\n")}`);
    expect(result.ok && result.warnings.length).toBe(21);
    expect(result.ok && result.warnings.at(-1)?.message).toBe("and 10 more warnings");
  });

  test("too many rows are refused before they are read", () => {
    const result = parseTrace(`${HEAD}1,1\n2,1\n3,1\nx,x\n`, { maxRows: 2 });
    expect(result).toMatchObject({ ok: false, faults: [{ path: "trace", line: 4, allowed: "at most 2 rows" }] });
  });

  test("a long value is shortened", () => {
    expect(faults(`${HEAD}${T0},1\n${T1},${"9x".repeat(500)}\n`)[0]?.value).toHaveLength(40);
  });
});

describe("laws", () => {
  test("no text makes the reader throw, and what it accepts is ascending, finite and not negative", () => {
    const cell = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.constantFrom(T0, T1, T2, "1", "", '"', "NaN", "2024-03-01"),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { maxLength: 6 }), (rows) => {
        const result = parseTrace(HEAD + rows.map((row) => row.join(",")).join("\n"));
        if (!result.ok) return result.faults.length > 0;
        return result.trace.points.every((point, index, all) => {
          const before = all[index - 1];
          return Number.isFinite(point.value) && point.value >= 0 && (before === undefined || before.at < point.at);
        });
      }),
      { numRuns: 500 },
    );
  });

  test("a written trace reads back as it was", () => {
    const stamps = fc.uniqueArray(fc.integer({ min: 0, max: 4_102_444_800_000 }), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(stamps, fc.double({ min: 0, max: 1e12, noNaN: true }), (unsorted, value) => {
        const all = unsorted.sort((a, b) => a - b);
        const text = HEAD + all.map((at) => `${iso(at)},${value}`).join("\n");
        expect(points(text)).toEqual(all.map((at) => [iso(at), value === 0 ? 0 : value]));
      }),
      { numRuns: 200 },
    );
  });

  test("an ISO stamp means the instant that the platform's own parser reads", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }),
        (date) => {
          expect(parseInstant(date.toISOString())?.at).toBe(date.getTime());
        },
      ),
      { numRuns: 500 },
    );
  });
});
