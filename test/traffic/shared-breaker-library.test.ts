import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildBreaker } from "../../scripts/build.ts";
import { dynamodbCircuits } from "../../shared/edge/dynamodb-circuits.ts";
import { dynamodbJournal } from "../../shared/edge/dynamodb-journal.ts";
import { type Dynalite, startDynalite } from "../contract/dynalite.ts";

const root = join(import.meta.dirname, "..", "..");

/** A Node 20 of this machine: what the functions of others may run on. */
const old = (process.env["PATH"] ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .find((path) => /^v20\./.test(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout ?? ""));

const PROGRAM = `
  import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
  import { createBreakers } from "./breaker.js";
  const [endpoint, table, circuit] = process.argv.slice(2);
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const client = new DynamoDBClient({ endpoint, region: "eu-central-1", credentials });
  const make = (environment) => createBreakers({ table, client, environment, policy: { rule: "consecutive", storeTimeout: "5s" } });
  const [a, b] = [make("a"), make("b")];
  const seen = [];
  for (let nth = 0; nth < 6; nth += 1)
    await a.run(circuit, () => Promise.reject(new Error("503"))).catch((error) => seen.push(error.code ?? error.message));
  const admission = await b.admit(circuit);
  const answered = await b.run(circuit, () => "reached", { fallback: (error) => error.code });
  console.log(JSON.stringify({ node: process.version, seen, admission, answered, state: a.state(circuit).status, stats: b.stats() }));
  try { createBreakers({ table, client, policy: { rule: "consecutive", failures: 0 } }); } catch (error) { console.log(error.code + " " + error.message); }
  client.destroy();
`;

describe("headgate/breaker as it is published", () => {
  let dir: string;
  let dynalite: Dynalite;
  let table: string;
  beforeAll(async () => {
    // Below the repository, so that what is left outside of the bundle is found.
    mkdirSync(join(root, ".cache"), { recursive: true });
    dir = mkdtempSync(join(root, ".cache", "breaker-"));
    [dynalite] = await Promise.all([startDynalite(), buildBreaker(root, dir)]);
    table = await dynalite.table();
    writeFileSync(join(dir, "program.mjs"), PROGRAM);
  });
  afterAll(async () => {
    await dynalite.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const run = async (node: string, circuit: string) => {
    const child = spawn(node, [join(dir, "program.mjs"), dynalite.endpoint, table, circuit], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const wrong: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => wrong.push(chunk));
    const status = await new Promise((resolve) => child.on("close", resolve));
    expect(Buffer.concat(wrong).toString()).not.toMatch(/headgate|Error/);
    expect(status).toBe(0);
    return Buffer.concat(out).toString().trim().split("\n");
  };
  const proves = async (node: string, version: RegExp, circuit: string) => {
    const [said = "", fault] = await run(node, circuit);
    const seen = JSON.parse(said);
    expect(seen.node).toMatch(version);
    expect(seen).toMatchObject({
      seen: ["503", "503", "503", "503", "503", "circuit.open"],
      admission: { admitted: false, reason: "open", retryAt: expect.any(Number) },
      answered: "circuit.open",
      state: "open",
      stats: { read: 1, write: 0 },
    });
    expect(fault).toMatch(/^config\.invalid policy\.failures: integer 1\.\./);
    const { client } = dynalite;
    const circuits = dynamodbCircuits({ client, table, now: Date.now });
    expect((await circuits.load({ tenant: "default", circuit }))?.circuit).toMatchObject({ status: "open", epoch: 1 });
    const { items } = await dynamodbJournal({ client, table }).list({
      tenant: "default",
      subject: `circuit:${circuit}`,
    });
    expect(items.map((record) => record.reason)).toEqual(["opened_consecutive"]);
  };

  test("on the Node it is made with: five failures of one caller stop the other one", () =>
    proves(process.execPath, /^v24\./, "orders/a 🎈"));

  test.skipIf(old === undefined)(`on Node 20${old === undefined ? " [skipped: there is none on the PATH]" : ""}`, () =>
    proves(old as string, /^v20\./, "orders/b"),
  );

  test("its declarations stand alone", () => {
    const types = readFileSync(join(dir, "breaker.d.ts"), "utf8");
    expect(types).toContain("export declare const createBreakers: CreateBreakers;");
    expect(types).not.toMatch(/\bfrom "|import\(/);
  });
});
