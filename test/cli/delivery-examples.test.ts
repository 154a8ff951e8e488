import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { headgate } from "./kit.ts";

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "examples", "delivery");
const file = (name: string): string => join(folder, name);
const run = async (...args: string[]) => {
  const { status, stdout } = await headgate([...args, "--json"]);
  return {
    status,
    told: () => JSON.parse(stdout),
    lines: () =>
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line)),
  };
};

describe("the files of examples/delivery do what their README says", () => {
  it("good.jsonl passes at 90 s, and stays so", async () => {
    const { status, lines } = await run("canary", "gate", file("good.jsonl"));
    expect(status).toBe(0);
    expect(lines().find(({ verdict }) => verdict === "pass").t).toBe(90);
    expect(lines().at(-1)).toMatchObject({ t: 600, verdict: "pass" });
  });

  it("bad.jsonl passes at 90 s and fails at 390 s, with the reason of that tick in the last line for people", async () => {
    const { status, lines } = await run("canary", "gate", file("bad.jsonl"));
    expect(status).toBe(1);
    expect(lines().find(({ verdict }) => verdict === "pass").t).toBe(90);
    expect(lines().find(({ verdict }) => verdict === "fail")).toMatchObject({ t: 390, reason: "more_errors" });
    const { stdout } = await headgate(["canary", "gate", file("bad.jsonl")]);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(
      /^fail at 390 s \(tick 13\): the release is worse: errors .* evidence \d+ of 20$/,
    );
  });

  it("deploys.jsonl: the ratios fail all twelve, the sequential test the three bad ones and no other", async () => {
    const { status, told } = await run(
      "canary",
      "backtest",
      "--deploys",
      file("deploys.jsonl"),
      "--baseline-rule",
      "threshold",
    );
    expect(status).toBe(0);
    const { deploys, summary, baseline } = told();
    expect(baseline.summary).toMatchObject({ deploys: 12, failed: 12 });
    expect(summary).toMatchObject({ deploys: 12, failed: 3, falseAlarms: 0, missed: 0, insufficient: 1 });
    const failed = deploys.filter(({ verdict }: { verdict: string }) => verdict === "fail");
    expect(failed.map(({ id }: { id: string }) => id)).toEqual(["v44", "v49", "v51"]);
    expect(deploys[0]).toMatchObject({ id: "v41", verdict: "insufficient" });
  });

  it("kayenta-request.json has a p99 that is High, and fails with 70 points", async () => {
    const { status, told } = await run("canary", "judge", file("kayenta-request.json"));
    expect(status).toBe(1);
    expect(told().score).toMatchObject({ score: 70, classification: "Fail" });
    expect(told().results.map(({ classification }: { classification: string }) => classification)).toEqual([
      "Pass",
      "High",
      "Pass",
    ]);
  });

  it("flags.yaml has no faults; who has no targetingKey gets an error, and an account one button", async () => {
    expect((await run("flags", "check", file("flags.yaml"))).status).toBe(0);
    const asked = (flag: string) =>
      run("flags", "eval", flag, "--file", file("flags.yaml"), "--contexts", file("people.jsonl"));
    const checkout = await asked("checkout");
    expect(checkout.status).toBe(1);
    expect(checkout.lines().map(({ variant, errorCode }) => variant ?? errorCode)).toEqual([
      ...["off", "off", "off", "on", "off", "off"],
      "TARGETING_KEY_MISSING",
    ]);
    const button = await asked("button");
    expect(button.status).toBe(0);
    const [one, two, three, four, five, six] = button.lines().map(({ variant }) => variant);
    expect([one, three, five]).toEqual([two, four, six]);
  });

  it("each file is told of in the README", () => {
    const readme = readFileSync(file("README.md"), "utf8");
    for (const name of readdirSync(folder)) if (name !== "README.md") expect(readme).toContain(`\`${name}\``);
  });
});
