import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { world } from "../api/kit.ts";
import { headgate, listen } from "./kit.ts";

const root = mkdtempSync(join(tmpdir(), "headgate-cost-"));
const file = (name: string, body: string | Uint8Array): string => {
  const path = join(root, name);
  writeFileSync(path, body);
  return path;
};
const HEAD = "ChargePeriodStart,BillingCurrency,ServiceName,ResourceType,ResourceId,BilledCost,EffectiveCost\n";
const days = (from: number, count: number) =>
  Array.from({ length: count }, (_, at) => `2024-09-${String(from + at).padStart(2, "0")}`);
const BILL = `${HEAD}${days(1, 14)
  .flatMap((day, at) => [
    `${day},USD,Amazon MSK,broker,kafka-1,${at < 7 ? "10.00" : "12.50"},9.5`,
    `${day},USD,,NULL,,0.10,0.10`,
  ])
  .join("\n")}\n`;
const bill = file("bill.csv", BILL);
const bad = file("bad.csv", `${BILL}2024-09-15,USD,Amazon MSK,broker,kafka-1,oops,1\n`);
afterAll(() => rmSync(root, { recursive: true }));

const cli = (...args: readonly string[]) => headgate(["cost", ...args]);
const told = async (...args: readonly string[]) => JSON.parse((await cli(...args, "--json")).stdout);
const failed = async (...args: readonly string[]) => {
  const { status, stderr, stdout } = await cli(...args, "--json");
  return { status, stderr, error: JSON.parse(stdout).error };
};

describe("headgate cost report --focus", () => {
  it("answers with rows, their sum and what is nobody's, all as exact text", async () => {
    const view = await told("report", "--focus", bill, "--basis", "billed");
    expect(view).toMatchObject({
      basis: "billed",
      currency: "USD",
      from: "2024-09-01",
      to: "2024-09-14",
      total: "158.90",
      unallocated: "1.40",
    });
    expect(view.rows[0]).toEqual({
      day: "2024-09-14",
      service: "Amazon MSK",
      resourceType: "broker",
      cost: "12.50",
      utilization: null,
    });
    expect(view.rows).toHaveLength(14);
  });

  it("takes effective money where no basis is named, and the days that are asked for, both included", async () => {
    const view = await told("report", "--focus", bill, "--from", "2024-09-02", "--to", "2024-09-03");
    expect(view).toMatchObject({
      basis: "effective",
      total: "19.20",
      from: "2024-09-02",
      to: "2024-09-03",
      rowsRead: 28,
      rejected: 0,
    });
  });

  it.each([
    ["gzip", gzipSync(BILL), "b.csv.gz"],
    ["zstd", zstdCompressSync(BILL), "b.csv.zst"],
    ["UTF-16", Buffer.from(`\ufeff${BILL}`, "utf16le"), "utf16.csv"],
    ["a name that does not say what it is", gzipSync(BILL), "bill.bin"],
  ])("reads %s", async (_, bytes, name) => {
    expect(await told("report", "--focus", file(name, bytes))).toMatchObject({ total: "134.40" });
  });

  it("reads folders, patterns, several files and standard input; each file once", async () => {
    const folder = join(root, "folder");
    mkdirSync(join(folder, "sub"), { recursive: true });
    writeFileSync(join(folder, "a.csv"), `${HEAD}2024-09-01,USD,a,,,1,1\n`);
    writeFileSync(join(folder, "sub", "b.csv.gz"), gzipSync(`${HEAD}2024-09-01,USD,b,,,2,2\n`));
    writeFileSync(join(folder, "manifest.json"), "{}");
    const total = async (...paths: readonly string[]) =>
      (await told("report", ...paths.flatMap((one) => ["--focus", one]))).total;
    expect(await total(folder)).toBe("3");
    expect(await total(join(folder, "*.csv"))).toBe("1");
    expect(await total(folder, join(folder, "a.csv"), bill)).toBe("137.40");
    const piped = await headgate(["cost", "report", "--focus", "-", "--json"], { stdin: BILL });
    expect(JSON.parse(piped.stdout).total).toBe("134.40");
  });

  it("counts a file once by whatever name, and nothing that lies in hidden folders or those of a writer that is at it", async () => {
    const folder = join(root, "once");
    for (const sub of [".hidden", "_temporary"]) mkdirSync(join(folder, sub), { recursive: true });
    const one = join(folder, "a.csv");
    for (const path of [one, join(folder, ".hidden", "a.csv"), join(folder, "_temporary", "a.csv")])
      writeFileSync(path, `${HEAD}2024-09-01,USD,a,,,1,1\n`);
    symlinkSync(one, join(root, "link-to-a.csv"));
    const names = [
      one,
      `${root}/once/../once/a.csv`,
      relative(process.cwd(), one),
      join(root, "link-to-a.csv"),
      folder,
    ];
    expect((await told("report", ...names.flatMap((name) => ["--focus", name]))).total).toBe("1");
    // A copy under another name is the same bill, and that is said; another bill of the same length is another one.
    const copy = file("copy-of-a.csv", `${HEAD}2024-09-01,USD,a,,,1,1\n`);
    const other = file("as-long-as-a.csv", `${HEAD}2024-09-01,USD,b,,,2,2\n`);
    const both = await headgate(["cost", "report", "--focus", one, "--focus", copy, "--focus", other, "--json"]);
    expect(JSON.parse(both.stdout).total).toBe("3");
    expect(both.stderr).toMatch(/copy-of-a\.csv.* has the very bytes of .*a\.csv: counted once/);
  });

  it("reads all frames of a file packed by zstd in parts, with what lies between them", async () => {
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = [`${HEAD}2024-09-01,USD,a,,,1,1\n2024-09-`, "01,USD,b,,,2,2\n", "", "2024-09-01,USD,c,,,4,4\n"];
    const packed = Buffer.concat(frames.flatMap((text) => [zstdCompressSync(text), skipped]));
    expect((await told("report", "--focus", file("frames.csv.zst", packed))).total).toBe("7");
    const { error } = await failed("report", "--focus", file("cut-frames.csv.zst", packed.subarray(0, -16)));
    expect(error.message).toContain("is cut short");
    const { error: foreign } = await failed(
      "report",
      "--focus",
      file("tail.csv.zst", Buffer.concat([packed, Buffer.from("no frame")])),
    );
    expect(foreign.message).toContain("is damaged");
  });

  it.each([
    [
      "a truncated file",
      "cut.csv.gz",
      gzipSync(BILL).subarray(0, 80),
      "is cut short: its compressed data ends in the middle",
    ],
    ["a workbook", "bill.xlsx", Buffer.from("PK\u0003\u0004xxxx"), "is a ZIP archive or an Excel workbook"],
    ["JSON", "bill.json", '{"a":1}', "is JSON"],
    ["an error page", "page.csv", "<html>", "is HTML or XML"],
    ["an empty file", "empty.csv", "", "is empty"],
    ["bytes that are no text", "noise.csv", Buffer.from([1, 0, 2, 0, 3]), "is no text"],
  ])("refuses %s and says what it is", async (_, name, bytes, why) => {
    const { status, error } = await failed("report", "--focus", file(name, bytes));
    expect([status, error.code, error.message]).toEqual([2, "bill.invalid", expect.stringContaining(why)]);
  });

  it("refuses a bill with a malformed row, naming file, row, line and column; --skip-bad leaves it out and lists it", async () => {
    const { status, error, stderr } = await failed("report", "--focus", bad);
    expect([status, error.code]).toEqual([2, "bill.invalid"]);
    expect(error.faults).toEqual([
      {
        file: bad,
        path: "row 29, BilledCost",
        line: 30,
        column: 6,
        value: '"oops"',
        message: "is no amount",
        allowed: 'a decimal number such as 12.50 or "$1,250.00"',
      },
    ]);
    expect(stderr).toContain(`${bad}: row 29, BilledCost (line 30): "oops" is no amount`);
    const { stdout, stderr: notes, status: done } = await cli("report", "--focus", bad, "--skip-bad", "--json");
    const view = JSON.parse(stdout);
    expect([done, view.total, view.rejected, view.rejectedRows[0].row]).toEqual([0, "134.40", 1, 29]);
    expect(notes).toContain("left out:");
  });

  it("refuses mixed currencies, counts them by a rate that is given, or reports one alone", async () => {
    const mixed = file("mixed.csv", `${HEAD}2024-09-01,USD,a,,,1,1\n2024-09-01,EUR,a,,,2,2\n`);
    const { status, error } = await failed("report", "--focus", mixed);
    expect([status, error.code, error.message]).toEqual([
      2,
      "bill.currency",
      expect.stringContaining("--rate EUR=1.08"),
    ]);
    expect(await told("report", "--focus", mixed, "--rate", "EUR=1.08")).toMatchObject({
      total: "3.16",
      currency: "USD",
    });
    expect(await told("report", "--focus", mixed, "--currency", "eur")).toMatchObject({ total: "2", currency: "EUR" });
  });

  it("a bill with one kind of money is told in it where no basis is asked for, and the other one is refused", async () => {
    const billed = file("billed.csv", "ChargePeriodStart,BilledCost\n2024-09-01,5\n");
    expect(await told("report", "--focus", billed)).toMatchObject({
      basis: "billed",
      total: "5",
      unallocated: "5",
      rows: [],
      currency: null,
    });
    expect((await failed("report", "--focus", billed, "--basis", "effective")).error.message).toContain(
      "ask for --basis billed",
    );
  });

  it("a Cost and Usage Report is told as such", async () => {
    const cur = file("cur.csv", "identity/LineItemId,lineItem/UnblendedCost\n1,5\n");
    expect((await failed("report", "--focus", cur)).error.message).toContain("Cost and Usage Report");
    expect((await failed("report", "--focus", "s3://bucket/prefix")).error.message).toContain("cost.sources");
  });

  it("stands utilisation beside what was measured, and null beside what was not", async () => {
    const used = file(
      "metrics.csv",
      "timestamp,service_name,resource_type,cost_usd,utilization_percent\n2024-09-14T10:00:00Z,Amazon MSK,broker,1,30\n2024-09-14T11:00:00Z,Amazon MSK,broker,1,50\n",
    );
    const { rows } = await told("report", "--focus", bill, "--utilization", used);
    expect(rows.slice(0, 2).map((row: { utilization: number }) => row.utilization)).toEqual([40, null]);
  });

  it("groups by tenants by the rules of a configuration", async () => {
    const config = file(
      "tenants.yaml",
      'version: 1\nservices: {}\ncost: { tenants: { rules: [{ tenant: stream, services: ["Amazon MSK"] }] } }\n',
    );
    const { rows, unallocated } = await told("report", "--focus", bill, "--config", config, "--group-by", "tenant");
    expect([rows, unallocated]).toEqual([[{ tenant: "stream", cost: "133.0", utilization: null }], "1.40"]);
    expect((await failed("report", "--focus", bill, "--group-by", "tenant")).error.message).toContain("--config FILE");
  });

  it("is written as a table, CSV, Markdown and a page, by --format or what --out ends in", async () => {
    const { stdout } = await cli("report", "--focus", bill, "--group-by", "service");
    expect(stdout).toMatch(/Cost report: .*\n[\s\S]*SERVICE +COST USD\nAmazon MSK +133\.00/);
    expect((await cli("report", "--focus", bill, "--format", "csv")).stdout).toContain("Amazon MSK");
    const page = join(root, "report.html");
    expect((await cli("report", "--focus", bill, "--out", page)).stderr).toContain("written to");
    expect(readFileSync(page, "utf8")).toMatch(/^<!doctype html>/i);
    const out = join(root, "report.json");
    await cli("report", "--focus", bill, "--out", out);
    expect(JSON.parse(readFileSync(out, "utf8")).total).toBe("134.40");
  });

  it.each([
    [["--basis", "list"], "--basis"],
    [["--from", "2024-9-1"], "no day such as"],
    [["--from", "2024-09-02", "--to", "2024-09-01"], "lies before"],
    [["--group-by", "colour"], "none of day, month"],
    [["--rate", "EUR"], "no rate such as"],
    [["--format", "pdf"], "none of table"],
    [["--dates", "us"], "none of month-first"],
    [["--currency", "dollars"], "no code of three letters"],
  ])("tells %j apart from what is allowed, with exit 2", async (args, why) => {
    const { status, stderr } = await cli("report", "--focus", bill, ...args);
    expect([status, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(stderr).toContain("headgate cost report --help");
  });

  it("a file that is not there, and a folder without bills, are told as such", async () => {
    expect((await failed("report", "--focus", join(root, "nope.csv"))).error.message).toContain("does not exist");
    mkdirSync(join(root, "none"));
    expect((await failed("report", "--focus", join(root, "none"))).error.message).toContain("no bill in");
  });
});

describe("other questions to files", () => {
  it("drivers sum to the difference exactly; the last week stands against the one before where nothing is said", async () => {
    const { drivers, from, to, against } = await told("drivers", "--focus", bill, "--basis", "billed");
    expect([from, to, against]).toEqual(["2024-09-08", "2024-09-14", { from: "2024-09-01", to: "2024-09-07" }]);
    expect([drivers.before.total, drivers.after.total, drivers.difference]).toEqual(["70.70", "88.20", "17.50"]);
    expect((await cli("drivers", "--focus", bill, "--basis", "billed")).stdout).toContain("17.50");
  });

  it("a forecast is of the month of the last day, with an interval", async () => {
    const view = await told("forecast", "--focus", bill);
    expect(view).toMatchObject({ from: "2024-09-01", to: "2024-09-30", spent: "134.40", through: "2024-09-14" });
    expect(Number(view.expected)).toBeCloseTo(288, 0);
    expect(Number(view.low)).toBeLessThanOrEqual(Number(view.expected));
    expect((await cli("forecast", "--focus", bill)).stdout).toMatch(/expected, between/);
  });

  it("utilisation of seven days is classified; exactly 20 and 80 are Optimized, few samples are told as such", async () => {
    const row = (id: string, at: string, used: string) => `2024-09-${at}T00:00:00Z,${id},broker,0.21,${used}`;
    const used = file(
      "resources.csv",
      [
        "timestamp,resource_id,resource_type,cost_per_hour,avg_utilization",
        row("a", "10", "20"),
        row("b", "10", "80"),
        row("c", "10", "19.9"),
        row("d", "10", "80.1"),
        row("e", "01", "5"),
      ].join("\n"),
    );
    const found = await told(
      "opportunities",
      "--utilization",
      used,
      "--now",
      "2024-09-11T00:00:00Z",
      "--minimum-samples",
      "1",
    );
    const by = (id: string) => found.rows.find((one: { resourceId: string }) => one.resourceId === id);
    expect(["a", "b", "c", "d"].map((id) => by(id).optimizationOpportunity)).toEqual([
      "Optimized",
      "Optimized",
      "Underutilized",
      "Overutilized",
    ]);
    expect([by("c").aws, by("c").costPerHour, by("e"), found.outside]).toEqual([
      "OVER_PROVISIONED",
      "0.21",
      undefined,
      1,
    ]);
    const few = await told("opportunities", "--utilization", used);
    expect([few.to, few.rows[0].optimizationOpportunity, few.rows[0].byRule]).toEqual([
      "2024-09-10T00:00:00.000Z",
      "InsufficientData",
      expect.any(String),
    ]);
    expect((await cli("opportunities", "--utilization", used)).stdout).toMatch(/RESOURCE +TYPE +AN HOUR/);
  });

  it("files that a verb needs are asked for", async () => {
    expect((await cli("query", "SELECT 1", "--basis", "billed")).stderr).toContain("--basis is for files");
    expect((await cli("opportunities", "--now", "2024-09-11")).stderr).toContain("give --utilization PATH too");
    expect((await cli("drivers", "--basis", "billed")).stderr).toContain("give --focus PATH too");
  });
});

describe("without a server, by a configuration", () => {
  const config = file(
    "headgate.yaml",
    "version: 1\nservices: {}\ncost: { sources: [{ name: bill, focus: bill.csv }] }\n",
  );
  it("the same questions are answered in this process", async () => {
    const span = ["--config", config, "--from", "2024-09-01", "--to", "2024-09-14"];
    expect(await told("report", ...span)).toMatchObject({ status: "known", total: "134.40" });
    expect((await told("sources", ...span)).items).toMatchObject([{ source: "bill", status: "read" }]);
    expect(await told("forecast", "--config", config, "--month", "2024-09")).toMatchObject({
      status: "known",
      spent: "134.40",
    });
    expect((await cli("report", "--config", config, "--skip-bad")).stderr).toContain("give --focus too");
  });

  it("no data is not 0: the answer is no, with the reason", async () => {
    const { status, stdout } = await cli("forecast", "--config", config);
    expect([status, stdout]).toEqual([1, expect.stringContaining("have no charge for these days")]);
  });
});

describe("against the API of a headgate that runs", () => {
  let api: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    const { app } = await world({
      access: "loopback",
      config: 'version: 1\nservices: {}\ncost: { budgets: { all: { amount: "5" } } }\n',
    });
    api = await listen(app.fetch);
  });
  afterAll(() => api.close());
  const ask = (...args: readonly string[]) => headgate(["cost", ...args], { env: { HEADGATE_URL: api.url } });
  const asked = async (...args: readonly string[]) => JSON.parse((await ask(...args, "--json")).stdout);

  it("a bill is sent, is in the report, and changes nothing when it is sent again", async () => {
    expect((await asked("import", bill, "--source", "aws")).items[0].exports).toMatchObject([
      { outcome: "added", rows: 28 },
    ]);
    expect((await asked("import", bill, "--source", "aws")).items[0].exports).toMatchObject([{ outcome: "same" }]);
    const span = ["--from", "2024-09-01", "--to", "2024-09-14"];
    expect(await asked("report", ...span, "--basis", "billed")).toMatchObject({ total: "158.90", unallocated: "1.40" });
    expect((await ask("report", ...span)).stdout).toContain("Amazon MSK");
    expect((await ask("import", bad)).stderr).toContain("row 29, BilledCost");
    expect((await ask("import", bad)).status).toBe(2);
  });

  it("parts of one export are taken in at once: none replaces the days of another, and a fault is told by its part", async () => {
    const folder = join(root, "parts");
    mkdirSync(folder);
    const part = (number: number, cost: string) =>
      writeFileSync(join(folder, `p-0000${number}.csv`), `${HEAD}2025-03-01,USD,part,,,${cost},${cost}`);
    part(1, "1");
    part(2, "2.5");
    expect((await asked("import", folder, "--source", "parts")).items).toMatchObject([
      { parts: 2, exports: [{ rows: 2, replaced: [] }] },
    ]);
    const march = ["report", "--from", "2025-03-01", "--to", "2025-03-01"];
    expect((await asked(...march)).total).toBe("3.5");
    expect((await asked("import", folder, "--source", "parts")).items[0].exports).toMatchObject([{ outcome: "same" }]);
    part(2, "oops");
    expect((await ask("import", folder, "--source", "parts")).stderr).toContain("p-00002.csv: row 1, BilledCost");
    expect((await asked(...march)).total).toBe("3.5");
  });

  it("every verb that only reads answers", async () => {
    for (const verb of [
      "sources",
      "budgets",
      "opportunities",
      "retention",
      "changes",
      "tenants",
      "allocate",
      "anomalies",
      "self",
      "forecast",
      "drivers",
    ]) {
      const { status, stdout, stderr } = await ask(verb, "--json");
      expect([verb, status === 2, stderr]).toEqual([verb, false, expect.any(String)]);
      expect(JSON.parse(stdout)).not.toHaveProperty("error");
    }
  });

  it("a change that is not there is unknown, and a word needs its reason", async () => {
    expect((await ask("apply", "opp_none", "--why", "x")).stderr).toContain("opp_none");
    expect((await ask("revert", "opp_none", "--why", "x")).status).toBe(2);
    expect((await ask("apply", "opp_none")).stderr).toContain("--why TEXT is missing");
    expect((await ask("dismiss", "opp_none", "--why", "x", "--for", "soon")).stderr).toContain(
      "no duration such as 90d",
    );
  });
});

describe("help", () => {
  it("every verb has an example that begins with its own name", async () => {
    const { cost } = await import("../../cli/cost.ts");
    for (const verb of cost.verbs) {
      expect(verb.example).toMatch(new RegExp(`^headgate cost ${verb.name}( |$)`));
      expect((await cli(verb.name, "--help")).stdout).toContain(verb.example);
    }
  });
});
