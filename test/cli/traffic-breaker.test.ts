import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headgate } from "./kit.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-breaker-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const simulate = async (...args: readonly string[]) => {
  const ran = await headgate(["traffic", "breaker", "simulate", ...args, "--json"]);
  expect(ran.stderr).toBe("");
  return JSON.parse(ran.stdout);
};

describe("traffic breaker simulate", () => {
  it("tells whether it opens and when, by simulation and by formula", async () => {
    const told = await simulate("--failure", "0.5", "--calls", "1000", "--runs", "200");
    expect(told).toMatchObject({
      policy: "consecutive",
      failure: 0.5,
      calls: 1000,
      runs: 200,
      opened: true,
      openedShare: 1,
    });
    expect(told.expectedCallsUntilOpen).toBeCloseTo(30, 9);
    expect(told.expectedOpenShare).toBeCloseTo(1, 9);
    expect(told.openedAtCall).toBe(told.changes[0].call);
    expect(told.changes[0]).toMatchObject({ from: "closed", to: "open", reason: "opened_consecutive" });
    const healthy = await simulate("--failure", "5%", "--calls", "200", "--runs", "50");
    expect(healthy).toMatchObject({ opened: false, openedAtCall: null, changes: [] });
  });

  it("takes settings as in headgate.yaml, in the platform's names, and as words", async () => {
    const told = await simulate(
      "--failure",
      "1",
      "--calls",
      "10",
      "--runs",
      "1",
      "--set",
      "failure_threshold=3,recovery_timeout=30",
      "jitter=0",
    );
    expect(told.settings).toMatchObject({ failures: 3, recovery: 30_000, jitter: 0 });
    expect(told.openedAtCall).toBe(3);
    const rate = await simulate(
      "--failure",
      "1",
      "--calls",
      "50",
      "--runs",
      "1",
      "--policy",
      "rate",
      "--set",
      "window=20,failure-rate=25",
    );
    expect(rate.settings).toMatchObject({ rule: "rate", window: { calls: 20 }, failureRate: 25 });
    expect(rate.openedAtCall).toBe(20);
  });

  it("settings that other breakers have are brought over in their units; the platform's recovery is exceeded", async () => {
    const settings = async (policy: string, set: string) =>
      (await simulate("--failure", "1", "--calls", "5", "--runs", "1", "--policy", policy, "--set", set)).settings;
    const opossum = "errorThresholdPercentage=25,resetTimeout=30000,volumeThreshold=5,rollingCountTimeout=20000";
    expect(await settings("rate", opossum)).toMatchObject({
      failureRate: 25,
      recovery: 30_000,
      minimumCalls: 5,
      window: { time: 20_000 },
    });
    const resilience4j = "slidingWindowSize=50,failureRateThreshold=40,waitDurationInOpenState=15s";
    expect(await settings("rate", resilience4j)).toMatchObject({
      window: { calls: 50 },
      failureRate: 40,
      recovery: 15_000,
    });
    const polly = "failureRatio=0.1,minimumThroughput=100,samplingDuration=30,breakDuration=5";
    expect(await settings("rate", polly)).toMatchObject({ failureRate: 10, window: { time: 30_000 }, recovery: 5_000 });
    expect(await settings("consecutive", "halfOpenAfter=10000")).toMatchObject({ recovery: 10_000 });
    expect(await settings("seed", "recovery_timeout=30")).toMatchObject({ recovery: 30_001, probes: "all" });
  });

  it("an outage in the middle, several rules, for people", async () => {
    const ran = await headgate([
      "traffic",
      "breaker",
      "simulate",
      "--failure",
      "0.01,1@30s,0.01@60s",
      "--calls",
      "12000",
      "--policy",
      "all",
      "--runs",
      "3",
    ]);
    expect(ran.stdout).toMatch(/^\nconsecutive \(.*opens at call 30\d\d in a typical run$/m);
    expect(ran.stdout).toMatch(/^rate \(/m);
    expect(ran.stdout).toMatch(/half_open -> closed/);
  });

  it.each([
    [["simulate"], "--failure SHARE is missing"],
    [["simulate", "--failure", "2"], "no share 0..1"],
    [["simulate", "--failure", "0.1,0.5"], "has no time"],
    [["simulate", "--failure", "0.1", "--policy", "nope"], "none of consecutive, rate, seed"],
    [["simulate", "--failure", "0.1", "--set", "failures=0"], "integer 1..1000000"],
    [["simulate", "--failure", "0.1", "--set", "nope=1"], "has no setting nope"],
    [["simulate", "--failure", "0.1", "--set", "nope"], "no KEY=VALUE"],
    [["replay"], "--outcomes FILE is missing"],
    [["simulat"], "neither simulate nor replay"],
  ])("%j is told what is wrong", async (args, message) => {
    const ran = await headgate(["traffic", "breaker", ...args]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(message);
  });
});

describe("traffic breaker replay", () => {
  it("shows several rules side by side over recorded calls", async () => {
    const path = join(dir, "calls.csv");
    const rows = Array.from(
      { length: 2_000 },
      (_, index) => `${1_700_000_000_000 + index * 100},${index < 100 || index >= 900},5`,
    );
    writeFileSync(path, `at,ok,ms\n${rows.join("\n")}\n`);
    const ran = await headgate(["traffic", "breaker", "replay", "--outcomes", path, "--json"]);
    expect(ran.status).toBe(0);
    const told = JSON.parse(ran.stdout);
    expect(told).toMatchObject({ calls: 2_000, failures: 800 });
    expect(told.policies.map((one: { policy: string }) => one.policy)).toEqual(["consecutive", "rate", "seed"]);
    for (const one of told.policies) expect(one.doomed + one.refusedBad).toBe(800);
    expect(told.policies[2]).toMatchObject({ openings: 2, doomed: 6 });
    const text = await headgate(["traffic", "breaker", "replay", "--outcomes", path, "--policy", "seed"]);
    expect(text.stdout).toMatch(/^POLICY +OPENINGS +FAILURES LET THROUGH/m);
  });

  it("a bad file is told row by row", async () => {
    const path = join(dir, "bad.csv");
    writeFileSync(path, "at,ok\nnever,true\n");
    const ran = await headgate(["traffic", "breaker", "replay", "--outcomes", path]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('row 2: at "never" cannot be read');
  });
});
