import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileSums } from "../functions/cost/file-report.ts";
import { add, compare, type Decimal, decimal, sum, ZERO } from "../shared/core/cost/decimal.ts";
import type { GroupKey } from "../shared/core/cost/report/group.ts";
import { sums } from "../shared/core/cost/report/sum.ts";
import type { Basis } from "../shared/core/cost/types.ts";
import { seeded } from "../test/cost/made-series.ts";
import { processCost } from "./cost/process-cost.ts";
import { focusData, writeRows } from "./cost/sample-rows.ts";
import { withFolder } from "./parts.ts";
import { type Row, row } from "./row.ts";
import { median } from "./timing.ts";

const NOUN = "cost-bill";
const ROWS = 100_000;
const MANY = 1_000_000;
const RUNS = 5;
const BILLS = 2_000;

const of = (exact: string): Decimal => decimal(exact) ?? ZERO;
const isSame = (a: string | undefined, b: string): boolean => a !== undefined && compare(of(a), of(b)) === 0;

/** A wide bill, every group of it: how many sums are not those others computed; and how many of a sum of floats are not. */
async function sampleSums(data: string): Promise<readonly Row[]> {
  const path = join(data, "focus_1.0_sample_a.csv");
  const expected = JSON.parse(readFileSync(path.replace(/\.csv$/, ".expected.json"), "utf8"));
  let [wrong, drifted, groups] = [0, 0, 0];
  const look = async (basis: Basis, groupBy: readonly GroupKey[], wanted: ReadonlyMap<string, string>) => {
    const { sums: found } = await fileSums({ paths: [path], basis, groupBy });
    const id = (keys: object) => JSON.stringify(Object.values(keys));
    const got = new Map(found.rows.map(({ keys, cost }) => [id(keys), cost]));
    for (const [key, amount] of wanted) {
      groups += 1;
      const mine = got.get(key);
      if (mine === undefined || compare(mine, of(amount)) !== 0) wrong += 1;
    }
    if (got.size !== wanted.size) wrong += Math.abs(got.size - wanted.size);
  };
  const byName = (member: Record<string, string>) =>
    new Map(Object.entries(member).map(([name, amount]) => [JSON.stringify([name]), amount]));
  await look("billed", ["day"], byName(expected.billedByDay));
  await look("billed", ["service"], byName(expected.billedByService));
  await look("billed", ["provider"], byName(expected.billedByProvider));
  await look("effective", ["service"], byName(expected.effectiveByService));
  const triples = expected.billedByDayServiceResourceType as {
    day: string;
    service: string;
    resourceType: string | null;
    billed: string;
  }[];
  await look(
    "billed",
    ["day", "service", "resource_type"],
    new Map(triples.map(({ billed, ...keys }) => [JSON.stringify(Object.values(keys)), billed])),
  );
  // The same rows by a tool that adds floats up.
  const floats = new Map<string, number>();
  const { readBill } = await import("../functions/cost/read-bill.ts");
  const { text } = await import("../shared/core/cost/decimal.ts");
  for await (const charges of readBill(path, { basis: "billed" }))
    for (const { day, billed } of charges) floats.set(day, (floats.get(day) ?? 0) + Number(text(billed ?? ZERO)));
  for (const [day, amount] of Object.entries(expected.billedByDay as Record<string, string>))
    if (!isSame(String(floats.get(day)), amount)) drifted += 1;
  const { examples, examplesWrong } = await exampleSums(join(data, "spec-examples"));
  return [
    row(NOUN, {
      measure: `sums of the sample bill that differ from the expected decimals, of ${groups} groups`,
      value: wrong,
      unit: "groups",
      bar: 0,
      peer: { name: "float sums that differ, of 30 days", value: drifted },
    }),
    row(NOUN, {
      measure: `example bills of the specification whose sums differ, of ${examples} on two bases`,
      value: examplesWrong,
      unit: "bills",
      bar: 0,
    }),
  ];
}

async function exampleSums(folder: string): Promise<{ readonly examples: number; readonly examplesWrong: number }> {
  const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
  const files = readdirSync(folder).filter((name) => name.endsWith(".csv"));
  let examplesWrong = 0;
  for (const file of files)
    for (const [basis, member] of [
      ["billed", "BilledCost"],
      ["effective", "EffectiveCost"],
    ] as const) {
      const { sums: found, info } = await fileSums({ paths: [join(folder, file)], basis, groupBy: ["day"] });
      if (compare(found.total, of(expected[file][member])) !== 0 || info.rowsRead !== expected[file].rows)
        examplesWrong += 1;
    }
  return { examples: files.length * 2, examplesWrong };
}

/** The command as a user types it, on a file of so many rows; against DuckDB on the same file. */
async function speed(folder: string): Promise<readonly Row[]> {
  const path = join(folder, "bill.csv");
  const exact = writeRows(path, ROWS, 300);
  const command = ["cli/main.ts", "cost", "report", "--focus", path, "--basis", "billed", "--json"];
  const mine = [];
  const peers = [];
  let wrong = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const one = await processCost(command);
    mine.push(one);
    if (
      !isSame(
        (JSON.parse(one.stdout) as { total: string }).total,
        (await import("../shared/core/cost/decimal.ts")).text(exact),
      )
    )
      wrong += 1;
    const peer = await processCost(["bench/cost/duckdb-sum.ts", path]);
    peers.push(peer);
    if (compare(of((JSON.parse(peer.stdout) as [string])[0]), exact) !== 0) wrong += 1;
  }
  const many = join(folder, "many.csv");
  writeRows(many, MANY);
  const large = await processCost(["cli/main.ts", "cost", "report", "--focus", many, "--basis", "billed", "--json"]);
  return [
    row(NOUN, {
      measure: `report of ${ROWS} rows of 700 bytes, the whole process`,
      value: median(mine.map(({ ms }) => ms)) / 1000,
      unit: "s",
      bar: 2,
      peer: { name: "DuckDB, the same sums, s", value: median(peers.map(({ ms }) => ms)) / 1000 },
    }),
    row(NOUN, {
      measure: `report of ${ROWS} rows: memory at the most`,
      value: Math.max(...mine.map(({ megabytes }) => megabytes)),
      unit: "MB",
      bar: 300,
      peer: { name: "DuckDB, MB", value: Math.max(...peers.map(({ megabytes }) => megabytes)) },
    }),
    row(NOUN, {
      measure: "totals that differ from a sum added up apart, here and in DuckDB",
      value: wrong,
      unit: "runs",
      bar: 0,
    }),
    row(NOUN, { measure: `report of ${MANY} rows`, value: large.ms / 1000, unit: "s" }),
    row(NOUN, { measure: `report of ${MANY} rows: memory at the most`, value: large.megabytes, unit: "MB", bar: 300 }),
  ];
}

/** Bills of any signs, scales and names: rows and what is unallocated against the total. */
function partsAgainstTotal(): Row {
  let wrong = 0;
  for (let seed = 1; seed <= BILLS; seed += 1) {
    const random = seeded(seed);
    const pick = (names: readonly (string | undefined)[]) => names[Math.floor(random() * names.length)];
    const made = sums({ basis: "billed", groupBy: ["day", "service", "resource_type"] });
    let total = ZERO;
    for (let at = 0; at < 50; at += 1) {
      const billed = { units: BigInt(Math.floor((random() - 0.4) * 1e15)), scale: Math.floor(random() * 18) };
      const [service, resourceType] = [pick(["a", "b", undefined]), pick(["x", undefined])];
      total = add(total, billed);
      made.add({
        day: `2024-09-0${1 + Math.floor(random() * 9)}`,
        billed,
        ...(service === undefined ? {} : { service }),
        ...(resourceType === undefined ? {} : { resourceType }),
      });
    }
    const found = made.result();
    const parts = add(sum(found.rows.map(({ cost }) => cost)), found.unallocated);
    if (compare(parts, total) !== 0 || compare(found.total, total) !== 0) wrong += 1;
  }
  return row(NOUN, {
    measure: `bills whose parts do not sum to the total, of ${BILLS}`,
    value: wrong,
    unit: "bills",
    bar: 0,
  });
}

/** Bills in files: the sums, and what a large one takes. */
export async function bench(): Promise<readonly Row[]> {
  const data = focusData();
  if (data === undefined) process.stderr.write("cost-bill: the sample bill is not there; its sums are not measured\n");
  return [...(data === undefined ? [] : await sampleSums(data)), partsAgainstTotal(), ...(await withFolder(speed))];
}
