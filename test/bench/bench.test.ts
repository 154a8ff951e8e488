import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { claimSettleRates } from "../../bench/claims.ts";
import { row } from "../../bench/row.ts";
import { table } from "../../bench/table.ts";

describe("a bar of a bench can be missed", () => {
  test.each([
    ["lower is better: at the bar", { value: 20, bar: 20 }, true],
    ["lower is better: above the bar", { value: 20.1, bar: 20 }, false],
    ["higher is better: at the bar", { value: 4000, bar: 4000, better: "higher" as const }, true],
    ["higher is better: below the bar", { value: 3999, bar: 4000, better: "higher" as const }, false],
    ["near: 3 % above", { value: 2.0599, bar: 2, better: "near" as const }, true],
    ["near: more than 3 % above", { value: 2.061, bar: 2, better: "near" as const }, false],
    ["near: more than 3 % below", { value: 1.939, bar: 2, better: "near" as const }, false],
    ["not a number", { value: Number.NaN, bar: 20 }, false],
    ["no bar", { value: 1e9 }, true],
  ])("%s", (_name, figure, ok) => {
    expect(row("kernel", { measure: "m", unit: "u", ...figure }).ok).toBe(ok);
  });
});

test("a row has exactly the promised fields, and the ratio to a peer of the same run", () => {
  expect(
    row("kernel", {
      measure: "m",
      value: 28_653.2,
      unit: "/s",
      bar: 4000,
      better: "higher",
      peer: { name: "naive", value: 4217 },
    }),
  ).toEqual({
    measure: "m",
    value: 28_650,
    unit: "/s",
    bar: 4000,
    ok: true,
    peer: "naive",
    peerValue: 4217,
    ratio: 6.795,
    command: "npm run bench -- kernel",
  });
});

test("a peer that is not installed reads null, and so does its ratio", () => {
  const absent = row("kernel", { measure: "m", value: 1, unit: "u", peer: { name: "other", value: null } });
  expect(absent).toMatchObject({ peer: "other", peerValue: null, ratio: null });
  expect(table([absent])).toContain("other: not installed");
});

test("the table marks a missed bar", () => {
  expect(table([row("kernel", { measure: "m", value: 30, unit: "µs", bar: 20 })])).toContain("MISS");
});

test.each([
  ["an unknown bench", ["nothing"], 'unknown bench "nothing"'],
  ["an unknown option", ["--fast"], "--fast"],
])("%s ends with 2 and the usage", (_name, args, message) => {
  const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
  const result = spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });
  expect(result.status).toBe(2);
  expect(result.stderr).toContain(message);
  expect(result.stderr).toContain("usage: npm run bench -- ");
  expect(result.stdout).toBe("");
});

test("the store's bench runs against the store as it is, several rounds over the same aggregates", async () => {
  const rates = await claimSettleRates(20, 3);
  expect(rates.ours).toBeGreaterThan(0);
  expect(rates.naive).toBeGreaterThan(0);
});
