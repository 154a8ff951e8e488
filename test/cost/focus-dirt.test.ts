import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Decimal, decimal, text } from "../../shared/core/cost/decimal.ts";
import { placeText } from "../../shared/core/cost/focus/fault.ts";
import { type BillReaderOptions, billReader } from "../../shared/core/cost/focus/reader.ts";
import type { Charge } from "../../shared/core/cost/types.ts";

const COLUMNS = [
  "ChargePeriodStart",
  "ChargePeriodEnd",
  "BillingCurrency",
  "ServiceName",
  "ResourceType",
  "BilledCost",
  "EffectiveCost",
];
const GOOD = ["2024-09-01 00:00:00", "2024-09-01 01:00:00", "USD", "Amazon MSK", "broker", "1.50", "1.25"];
const cellOf = (value: string) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
const csv = (...rows: readonly (readonly string[])[]) => rows.map((row) => row.map(cellOf).join(",")).join("\n");
const withCell = (column: string, value: string) => GOOD.map((cell, at) => (COLUMNS[at] === column ? value : cell));

function read(bill: string, options: BillReaderOptions = {}, piece = bill.length || 1) {
  const reader = billReader(options);
  const charges: Charge[] = [];
  for (let at = 0; at < bill.length; at += piece) charges.push(...reader.push(bill.slice(at, at + piece)));
  charges.push(...reader.end());
  return { charges, reader, faults: reader.faults.map((fault) => `${placeText(fault)}: ${fault.message}`) };
}
/** The one amount of a bill whose only row has this for BilledCost, or what was said of it. */
const billedOf = (money: string) => {
  const row = withCell("BilledCost", money).map((cell, at) => (COLUMNS[at] === "EffectiveCost" ? "1" : cell));
  const { charges, faults } = read(csv(COLUMNS, row), { basis: "billed" });
  const [charge] = charges;
  return faults[0] ?? (charge?.billed === undefined ? undefined : text(charge.billed));
};
const dayOf = (...dates: readonly string[]) => {
  const { charges, faults } = read(
    csv(COLUMNS, ...dates.map((date) => withCell("ChargePeriodStart", date).map((c, at) => (at === 1 ? "" : c)))),
  );
  return faults.length > 0 ? faults : charges.map(({ day }) => day);
};

describe("money that people and spreadsheets wrote is made plain", () => {
  it.each([
    ["12.5", "12.5"],
    ["0.00000080000", "0.00000080000"],
    ["-0.30", "-0.30"],
    [" 7 ", "7"],
    [".5", "0.5"],
    ["5.", "5"],
    ["+5", "5"],
    ["1.5E-7", "0.00000015"],
    ["1e3", "1000"],
    ["12345678901234567890.123456789012", "12345678901234567890.123456789012"],
    ["$50,000.00 ", "50000.00"],
    ["$1,234", "1234"],
    ["-$5.00", "-5.00"],
    ["$-5.00", "-5.00"],
    ["US$5.00", "5.00"],
    ["(5.00)", "-5.00"],
    ["($1,250.75)", "-1250.75"],
    ["5.00-", "-5.00"],
    ["\u22125.00", "-5.00"],
    ["1,234,567", "1234567"],
    ["1,234.50", "1234.50"],
    ["1.234,50", "1234.50"],
    ["1.234.567,8", "1234567.8"],
    ["1 234,50", "1234.50"],
    ["1\u00a0234.50", "1234.50"],
    ["1'234.50", "1234.50"],
    ["12,5", "12.5"],
    ["0,123", "0.123"],
    ["USD 5", "5"],
    ["5.10 usd", "5.10"],
    ["0.00", "0"],
  ])("%j is %s", (written, amount) => expect(billedOf(written)).toBe(amount));
});

it("any plain decimal is read to its last digit, however long", () => {
  const digits = (least: number) =>
    fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: least, maxLength: 24 });
  fc.assert(
    fc.property(fc.constantFrom("", "-"), digits(1), digits(0), (sign, whole, fraction) => {
      const written = `${sign}${whole}.${fraction}`;
      fc.pre(!/^-?[1-9]\d{0,2}\.\d{3}$/.test(written));
      expect(billedOf(written)).toBe(text(decimal(written) as Decimal));
    }),
    { numRuns: 300 },
  );
});

describe("what is no amount, or two, is refused with row and column and is never 0 or NaN", () => {
  it.each([
    ["", "is empty: a charge without an amount is not 0"],
    ["NULL", "is empty: a charge without an amount is not 0"],
    ["NaN", "is no amount"],
    ["Infinity", "is no amount"],
    ["-inf", "is no amount"],
    ["N/A", "is no amount"],
    ["-", "is no amount"],
    ["#REF!", "is no amount"],
    ["12.5.1", "is no amount"],
    ["12,34,5", "is no amount"],
    ["1,23.4,5", "is no amount"],
    ["0x10", "is no amount"],
    ["12 apples", "is no amount"],
    ["$$5", "is no amount"],
    ["--5", "is no amount"],
    ["5%", "is no amount"],
    ["1_000", "is no amount"],
    ["\u0665", "is no amount"],
    ["€5.00", "is in EUR, and the row's currency is USD"],
    ["1,234", "is either 1234 or 1.234"],
  ])("%j", (written, why) => expect(billedOf(written)).toBe(`row 1, BilledCost: ${why}`));

  const amountsOf = (...written: readonly string[]) => {
    const bill = csv(["ChargePeriodStart", "BilledCost"], ...written.map((one) => ["2024-09-01", one]));
    const { charges, faults } = read(bill);
    return faults.length > 0 ? faults : charges.map(({ billed }) => billed && text(billed));
  };

  it("what can mean two amounts is read as the rows before it have shown, on either side", () => {
    expect(amountsOf("2.5", "1,234")).toEqual(["2.5", "1234"]);
    expect(amountsOf("2,5", "1,234")).toEqual(["2.5", "1.234"]);
    expect(amountsOf("1.234", "1.234,50")).toEqual([
      expect.stringMatching(/^row 2, BilledCost: is written with a decimal comma, and row 1/),
    ]);
    expect(amountsOf("2,5", "1.234")).toEqual(["row 2, BilledCost: is either 1.234 or 1234"]);
    expect(amountsOf("2,5", "2.5", "1,234")).toEqual(["row 3, BilledCost: is either 1234 or 1.234"]);
  });

  it("a sign of money is the currency where no column has it", () => {
    const bill = csv(
      ["ChargePeriodStart", "BilledCost"],
      ["2024-09-01", "€5"],
      ["2024-09-01", "£5"],
      ["2024-09-01", "$5"],
    );
    expect(read(bill).charges.map(({ currency }) => currency)).toEqual(["EUR", "GBP", undefined]);
  });

  it("one cell of another habit that can mean one thing only is read, and harms no other", () => {
    expect(amountsOf("0.50", "1.234", "1.234,50", "1.234")).toEqual(["0.50", "1.234", "1234.50", "1.234"]);
  });

  it("an amount of the other basis that is empty is unknown; what is no amount is refused on either", () => {
    const empty = read(csv(COLUMNS, withCell("EffectiveCost", "")), { basis: "billed" });
    expect([empty.faults, empty.charges[0]?.effective]).toEqual([[], undefined]);
    expect(read(csv(COLUMNS, withCell("EffectiveCost", "abc")), { basis: "billed" }).faults).toEqual([
      "row 1, EffectiveCost: is no amount",
    ]);
  });
});

describe("dates", () => {
  it.each([
    ["2024-09-30T22:00:00Z", "2024-09-30"],
    ["2024-09-30 22:00:00", "2024-09-30"],
    ["2024-09-30 22:00:00.000 UTC", "2024-09-30"],
    ["2024-09-30T23:30:00-02:00", "2024-10-01"],
    ["2024-09-30", "2024-09-30"],
    ["20240930", "2024-09-30"],
    ["2024/9/30", "2024-09-30"],
    ["9/30/24", "2024-09-30"],
    ["9/30/2024 11:15 PM", "2024-09-30"],
    ["30/09/2024", "2024-09-30"],
    ["30.9.2024", "2024-09-30"],
    ["1.4.2025", "2025-04-01"],
    ["30-Sep-24", "2024-09-30"],
    ["Sep 30, 2024", "2024-09-30"],
    ["4/1/26", "2026-04-01"],
  ])("%s is %s", (written, day) => expect(dayOf(written)).toEqual([day]));

  it.each(["2024-02-30", "2024-13-01", "13/13/2024", "45748", "yesterday", "2024-09", "0000-00-00", "31.2.2024"])(
    "%s is refused",
    (written) => expect(dayOf(written)).toEqual(["row 1, ChargePeriodStart: is no date"]),
  );

  it("with slashes are told by the column as a whole, also by a row far below", () => {
    expect(dayOf("4/1/25", "5/1/25", "13/1/25")).toEqual(["2025-01-04", "2025-01-05", "2025-01-13"]);
    expect(dayOf("4/1/25", "5/1/25", "1/13/25")).toEqual(["2025-04-01", "2025-05-01", "2025-01-13"]);
  });

  it("that contradict each other are refused, with and without leaving bad rows out", () => {
    const bill = csv(COLUMNS, ...["13/1/25", "1/13/25"].map((date) => withCell("ChargePeriodStart", date)));
    for (const skipBad of [false, true]) {
      const { reader, faults } = read(bill, { skipBad });
      expect([reader.fatal, faults[0]]).toEqual([
        true,
        expect.stringMatching(/^row 2, ChargePeriodStart: contradicts row 1/),
      ]);
    }
  });

  it("that could be either are told by the billing period, which begins on the first of a month", () => {
    const columns = [...COLUMNS, "BillingPeriodStart"];
    const at = (start: string, billing: string) => [
      ...withCell("ChargePeriodStart", start).map((c, i) => (i === 1 ? "" : c)),
      billing,
    ];
    const { charges, reader } = read(csv(columns, at("2/4/25", "1/4/25"), at("3/4/25", "1/4/25")));
    expect([charges.map(({ day }) => day), reader.remarks]).toEqual([["2025-04-02", "2025-04-03"], []]);
  });

  it("that nothing tells are read with the month first, which is said; whoever knows better says so", () => {
    const bill = csv(
      COLUMNS,
      withCell("ChargePeriodStart", "2/4/25").map((c, i) => (i === 1 ? "NULL" : c)),
    );
    const { charges, reader } = read(bill);
    expect([charges[0]?.day, reader.remarks[0]?.message]).toEqual([
      "2025-02-04",
      expect.stringContaining("month first"),
    ]);
    expect(read(bill, { dates: "day_first" }).charges[0]?.day).toBe("2025-04-02");
  });

  it("an end before the start is refused; one that no clock shows is left unknown and told", () => {
    expect(read(csv(COLUMNS, withCell("ChargePeriodEnd", "2024-08-31 00:00:00"))).faults).toEqual([
      expect.stringMatching(/^row 1, ChargePeriodEnd: lies before its start/),
    ]);
    const { charges, reader } = read(csv(COLUMNS, withCell("ChargePeriodEnd", "2024-09-01T30:00:00Z")));
    expect([charges[0]?.end, charges[0]?.day, reader.remarks.length]).toEqual([undefined, "2024-09-01", 1]);
  });
});

describe("the shape of a file", () => {
  const plain = csv(COLUMNS, GOOD, withCell("ServiceName", 'a "b", c\nd'));
  const wanted = read(plain).charges;

  it.each([
    ["a byte order mark", `\ufeff${plain}`],
    ["CRLF", plain.replace(/\n/g, "\r\n").replace("c\r\nd", "c\nd")],
    ["CR", plain.replace(/\n/g, "\r").replace("c\rd", "c\nd")],
    ["a line end at the end, and lines with nothing", `\n${plain.replace("\n", "\n\n")}\n\n`],
    [
      "other letters, blanks and underscores in the header",
      plain.replace("BilledCost", "billed_cost").replace("ServiceName", " Service Name "),
    ],
    [
      "every cell in quotes",
      [COLUMNS, GOOD, withCell("ServiceName", 'a "b", c\nd')]
        .map((row) => row.map((c) => `"${c.replaceAll('"', '""')}"`).join(","))
        .join("\n"),
    ],
    [
      "an empty cell more at the end of each row",
      [
        COLUMNS.join(","),
        ...csv(GOOD, withCell("ServiceName", 'a "b", c\nd'))
          .split(/\n(?!d")/)
          .map((row) => `${row},`),
      ].join("\n"),
    ],
  ])("%s changes nothing", (_, bill) => expect(read(bill).charges).toEqual(wanted));

  it("rows of nothing but marks, as spreadsheets end their files, are no rows", () => {
    const { charges, reader } = read(`${COLUMNS.join(",")}\n${GOOD.join(",")}\n,,,,,,\n  \n,,\n`);
    expect([charges.length, reader.rowsRead, reader.faultCount]).toEqual([1, 1, 0]);
  });

  it.each([";", "\t", "|"])("cells parted by %j are told by the header", (mark) => {
    const bill = [COLUMNS, GOOD].map((row) => row.join(mark)).join("\n");
    expect(read(bill).charges).toEqual(wanted.slice(0, 1));
  });

  it("may come in pieces of any size", () => {
    for (const piece of [1, 2, 3, 7, 64]) expect(read(`${plain}\r\n`, {}, piece).charges).toEqual(wanted);
  });

  it("columns may stand in any order, with others between, and those that are optional may be missing", () => {
    const turned = csv([...COLUMNS].reverse().concat("x_Own"), [...GOOD].reverse().concat("z"));
    expect(read(turned).charges).toEqual(wanted.slice(0, 1));
    const bare = read("ChargePeriodStart,BilledCost\n2024-09-01,5");
    expect(bare.charges).toEqual([{ day: "2024-09-01", start: 1_725_148_800_000, billed: { units: 5n, scale: 0 } }]);
  });

  it("NULL, null and empty cells are no value, in any column; N/A is the text that stands there", () => {
    for (const nothing of ["NULL", "null", "", " ", "\\N"])
      expect(read(csv(COLUMNS, withCell("ResourceType", nothing))).charges[0]).not.toHaveProperty("resourceType");
    expect(read(csv(COLUMNS, withCell("ResourceType", "N/A"))).charges[0]?.resourceType).toBe("N/A");
  });

  it.each([
    ["nothing", "", "header: is empty: a bill begins with a row of column names"],
    [
      "no bill",
      "a,b\n1,2",
      [
        "header, ChargePeriodStart: is missing; the columns are a, b",
        "header, BilledCost: is missing, and EffectiveCost too; the columns are a, b",
      ],
    ],
    [
      "a column twice",
      `${COLUMNS.join(",")},billedcost\n${GOOD.join(",")},9`,
      "header, BilledCost: is there twice, as columns 6 and 8: which one holds cannot be told",
    ],
    [
      "a cell too few",
      `${csv(COLUMNS, GOOD)}\n${GOOD.slice(0, -1).join(",")}`,
      "row 2: has 6 cells, the header 7: which amount belongs to what cannot be told",
    ],
    [
      "a cell too many",
      `${csv(COLUMNS, GOOD)},7`,
      "row 1: has 8 cells, the header 7: which amount belongs to what cannot be told",
    ],
    [
      "a quote that never ends",
      `${csv(COLUMNS, GOOD)}\n"2024`,
      "row 2, ChargePeriodStart: a quote is opened and never closed",
    ],
    [
      "text after a quote",
      `${COLUMNS.join(",")}\n"2024-09-01"x,,,,,1,1`,
      "row 1, ChargePeriodStart: text after a closing quote (a quote inside a cell is written twice)",
    ],
    [
      "a currency that is none",
      csv(COLUMNS, withCell("BillingCurrency", "Dollars")),
      "row 1, BillingCurrency: is no currency",
    ],
  ])("%s is refused", (_, bill, why) => expect(read(bill).faults).toEqual([why].flat()));

  it("only a header is a bill without charges", () =>
    expect(read(COLUMNS.join(",")).reader).toMatchObject({ faultCount: 0, rowsRead: 0 }));

  it("a bill without the basis that is asked for names the one it has", () => {
    const bill = "ChargePeriodStart,BilledCost\n2024-09-01,5";
    expect(read(bill, { basis: "effective" }).faults).toEqual([
      "header, EffectiveCost: is missing; it has BilledCost: ask for --basis billed",
    ]);
  });

  it("a cell of a megabyte is a cell; line breaks in cells move the lines, not the rows", () => {
    const huge = `${"x".repeat(1_000_000)}\n\n`;
    const { charges, reader } = read(csv(COLUMNS, withCell("ServiceName", huge), withCell("BilledCost", "zzz")), {
      skipBad: true,
    });
    expect(charges[0]?.service?.length).toBe(1_000_000);
    expect(reader.faults).toMatchObject([{ row: 2, line: 5, column: "BilledCost", columnNumber: 6, found: '"zzz"' }]);
  });

  it("with bad rows left out the others stay, and each that is left out is listed", () => {
    const bill = csv(COLUMNS, GOOD, withCell("BilledCost", "?"), GOOD, GOOD.slice(1), GOOD);
    const { charges, reader } = read(bill, { skipBad: true });
    expect([charges.length, reader.rowsRead, reader.faults.map(({ row }) => row), reader.fatal]).toEqual([
      3,
      5,
      [2, 4],
      false,
    ]);
  });

  it.each([
    ['{"team":"red","size":3,"none":null}', { team: "red", size: "3" }],
    ['[{"key":"team","value":"red"},{"Key":"env","Value":"dev"}]', { team: "red", env: "dev" }],
    ["team=red;env=a=b", { team: "red", env: "a=b" }],
    ['"team": "red"', { team: "red" }],
    ["[]", {}],
    ['["red"]', undefined],
    ["[oops", undefined],
  ])("tags may be written as %s", (text, tags) => {
    const { charges } = read(csv([...COLUMNS, "Tags"], [...GOOD, text]));
    expect(charges[0]?.tags).toEqual(tags);
  });

  it("without it twenty faults are told at once, and reading ends", () => {
    const bill = csv(COLUMNS, ...Array.from({ length: 500 }, () => withCell("BilledCost", "?")));
    const { reader } = read(bill);
    expect([reader.faultCount, reader.stopped]).toEqual([20, true]);
  });

  it("an unknown category, tags that are none and an odd list price are left unknown and told once each with their number", () => {
    const columns = [...COLUMNS, "ChargeCategory", "Tags", "ListCost"];
    const row = [...GOOD, "Refund", "{oops", "n/a"];
    const { charges, reader } = read(csv(columns, row, row));
    expect(charges[0]).not.toHaveProperty("category");
    expect(charges[0]).not.toHaveProperty("list");
    expect(reader.remarks.map(({ column, times }) => [column, times])).toEqual([
      ["ListCost", 2],
      ["ChargeCategory", 2],
      ["Tags", 2],
    ]);
  });
});
