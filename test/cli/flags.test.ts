import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Answer, type World, world } from "../api/kit.ts";
import { headgate, listen } from "./kit.ts";

const CONFIG = `version: 1
flags:
  checkout:
    rules: [{ name: staff, if: [{ attribute: team, op: eq, value: core }], serve: on }]
    rollout: { to: on, steps: [10, 100] }
  search: { rollout: { percent: 50 } }
`;
let w: World;
let url: string;
let close: () => Promise<void>;
let dir: string;
let file: string;
beforeAll(async () => {
  w = await world({ config: CONFIG });
  ({ url, close } = await listen((request) => w.app.fetch(request)));
  dir = mkdtempSync(join(tmpdir(), "headgate-flags-"));
  file = join(dir, "headgate.yaml");
  writeFileSync(file, CONFIG);
});
afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await close();
});

const flags = (...args: readonly string[]) => headgate(["flags", ...args, "--url", url]);
const told = async (...args: readonly string[]): Promise<Answer> => {
  const ran = await flags(...args, "--json");
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
};

test("flags are listed, shown, killed, restored, set and released, each with what came of it", async () => {
  expect((await flags("list")).stdout).toMatch(
    /checkout +boolean +on +off 100 % +1\nsearch +boolean +on +on 50 %, off 50 % +0/,
  );
  expect(await flags("kill", "search", "--why", "slow", "--by", "ada")).toEqual({
    status: 0,
    stdout: "search: killed: ada (local) switched it off: slow; it serves off\nserves off 100 %\n",
    stderr: "",
  });
  expect(await told("kill", "search", "--why", "again")).toMatchObject({ status: "unchanged", reason: "held_killed" });
  expect((await flags("show", "search")).stdout).toMatch(
    /status: +killed\nwhy: +ada \(local\): slow[\s\S]*serves: +off 100 %/,
  );
  expect((await flags("restore", "search")).status).toBe(0);
  expect(await told("set", "search", "--percent", "12.5", "--why", "careful")).toMatchObject({
    flag: { shares: { on: 12.5, off: 87.5 } },
  });
  expect((await flags("set", "search", "on=70", "off=30")).stdout).toContain("serves on 70 %, off 30 %");
  expect((await flags("set", "search", "--release")).stdout).toContain("shares released");
  expect((await flags("set", "checkout", "--start")).stdout).toContain("checkout: rollout started");
  expect((await flags("set", "checkout", "--pause")).status).toBe(0);
  expect((await flags("set", "checkout", "--pause")).status).toBe(1);
  expect((await flags("exposures", "search")).stdout).toBe("nobody has reported anything yet\n");
  const report = {
    source: "a",
    seq: 1,
    items: [{ flag: "search", variant: "on", exposed: 3, requests: 2, errors: 1 }],
  };
  await w.post("/api/v1/flags/exposures", report);
  expect((await flags("exposures", "search")).stdout).toMatch(/on +3 +2 +1 +- +50 %/);
});

test("an evaluation answers value, variant and reason; explain says why; the exit status is whether there is a value", async () => {
  const staff = '{"team":"core"}';
  expect(await flags("eval", "checkout", "--context", staff)).toMatchObject({
    status: 0,
    stdout: "true  (on, TARGETING_MATCH)\n",
  });
  expect((await flags("explain", "checkout", "--context", staff)).stdout).toBe(
    'staff: served: team ("core") eq "core": yes; serves on\ncheckout serves on (TARGETING_MATCH)\n',
  );
  const missing = await flags("eval", "search");
  expect(missing.status).toBe(1);
  expect(missing.stdout).toContain("TARGETING_KEY_MISSING");
  expect(await told("eval", "search", "--key", "user-17")).toMatchObject({
    reason: "SPLIT",
    bucket: expect.any(Number),
  });
});

test("a file is evaluated without a server, also many contexts at once, and gives the same", async () => {
  const alone = (...args: readonly string[]) => headgate(["flags", ...args]);
  const local = JSON.parse((await alone("eval", "search", "--key", "user-17", "--file", file, "--json")).stdout);
  const { variant, bucket } = await told("eval", "search", "--key", "user-17");
  expect(local).toMatchObject({ variant, bucket });
  const contexts = join(dir, "contexts.jsonl");
  writeFileSync(contexts, '{"targetingKey":"user-17"}\n\n{"plan":"pro"}\n');
  const ran = await alone("eval", "search", "--file", file, "--contexts", contexts);
  expect(ran.status).toBe(1);
  const lines = ran.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([{ variant, reason: "SPLIT" }, { errorCode: "TARGETING_KEY_MISSING" }]);
  expect(await alone("eval", "nothing", "--file", file)).toMatchObject({ status: 1 });
  expect((await alone("check", file)).stdout).toBe(`${file}: no faults, 2 flags\n`);
  const bad = join(dir, "bad.yaml");
  writeFileSync(bad, "version: 1\nflags:\n  a: { rollout: { percent: 101 } }\n");
  const checked = await alone("check", bad, "--json");
  expect(checked.status).toBe(2);
  expect(JSON.parse(checked.stdout).faults[0]).toMatchObject({
    path: "flags.a.rollout.percent",
    line: 3,
    allowed: "number 0..100",
  });
});

test("what cannot be is told with its usage, and an unknown flag with its code", async () => {
  for (const args of [
    ["kill", "search"],
    ["set", "search"],
    ["set", "search", "--percent", "101"],
    ["set", "search", "--percent", "1", "--release"],
    ["set", "search", "on"],
    ["eval", "search", "--context", "{"],
    ["eval", "search", "--context", "[]"],
    ["eval", "search", "--type", "text"],
    ["eval", "search", "--at", "tomorrow"],
    ["show", "nothing"],
  ])
    expect([args, (await flags(...args)).status]).toEqual([args, 2]);
  expect((await flags("show", "nothing")).stderr).toContain('no flag "nothing" is configured');
});
