import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../cli/run.ts";
import { headgate } from "./kit.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-canary-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const file = (name: string, lines: readonly unknown[]): string => {
  const path = join(dir, name);
  writeFileSync(path, lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`).join(""));
  return path;
};

const arm = (errors: number, p99Ms = 180) => ({ requests: 1000, errors, slow: 10, p99Ms });
const history = Array.from({ length: 60 }, (_, index) => arm(index % 4 < 2 ? 8 : 12));
const ticks = (errors: number, count = 20) =>
  Array.from({ length: count }, (_, index) => ({
    t: 30 * (index + 1),
    canary: arm(errors + (index % 2 ? -1 : 1)),
    baseline: arm(index % 2 ? 9 : 11),
  }));

const parsed = (stdout: string) =>
  stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("canary gate", () => {
  it("answers a JSON line a tick; a bad release ends in 1, a good one in 0", async () => {
    const bad = await headgate(["canary", "gate", file("bad.jsonl", [{ history }, ...ticks(30)]), "--json"]);
    expect(bad.status).toBe(1);
    const told = parsed(bad.stdout);
    expect(told.map(({ t }) => t)).toEqual(ticks(30).map(({ t }) => t));
    expect(told.find(({ verdict }) => verdict === "fail")).toMatchObject({
      reason: "more_errors",
      text: expect.stringContaining("errors"),
      evidence: { rule: "sequential", limit: 20, historyTicks: 60, joint: expect.any(Number) },
    });
    expect(told.at(-1)).toMatchObject({ verdict: "fail", reason: "failed_before" });
    const good = await headgate([
      "canary",
      "gate",
      file("good.jsonl", [{ history }, ...ticks(10)]),
      "--json",
      "--require",
      "pass",
    ]);
    expect(good.status).toBe(0);
    expect(parsed(good.stdout).at(-1)).toMatchObject({ verdict: "pass", reason: "not_worse" });
    expect(good.stderr).toBe("");
  });

  it("an answer comes with its line, while standard input is still open", async () => {
    const lines = ticks(10, 3).map((tick) => `${JSON.stringify(tick)}\n`);
    const answered: number[] = [];
    let stdout = "";
    const status = await run(["canary", "gate", "--json"], {
      env: {},
      stdin: (async function* () {
        for (const line of lines) {
          yield new TextEncoder().encode(line.slice(0, 20));
          yield new TextEncoder().encode(line.slice(20));
          answered.push(stdout.split("\n").length - 1);
        }
      })(),
      stdout: (text) => void (stdout += text),
      stderr: () => {},
      terminal: false,
    });
    expect(status).toBe(0);
    expect(answered).toEqual([1, 2, 3]);
  });

  it("undecided is no failure unless a pass is required", async () => {
    const path = file("short.jsonl", [{ history }, ...ticks(10, 2)]);
    expect((await headgate(["canary", "gate", path, "--json"])).status).toBe(0);
    expect((await headgate(["canary", "gate", path, "--json", "--require", "pass"])).status).toBe(1);
  });

  it("no data of the canary is never a pass: 0 with a warning, 1 where a pass is required", async () => {
    const none = file(
      "none.jsonl",
      ticks(10).map(({ t, baseline }) => ({ t, canary: null, baseline })),
    );
    const told = await headgate(["canary", "gate", none, "--json"]);
    expect(told.status).toBe(0);
    expect(told.stderr).toMatch(/^warning: nothing was shown of this release/);
    expect(new Set(parsed(told.stdout).map(({ verdict }) => verdict))).toEqual(new Set(["insufficient"]));
    expect((await headgate(["canary", "gate", none, "--require", "pass"])).status).toBe(1);
  });

  it.each([
    ["no JSON", "nope", /line 4: is no JSON \(found "nope"; allowed: one JSON object a line\)/],
    [
      "more errors than requests",
      { t: 90, canary: { requests: 5, errors: 6 } },
      /line 4: canary.errors: is more than the 5 requests \(found 6; allowed: integer 0..5\)/,
    ],
    ["history that comes late", { history }, /line 4: history: comes after ticks/],
  ])(
    "%s ends it with 2, the line's number and what is allowed; lines before it were answered",
    async (_, bad, message) => {
      const [first, second] = ticks(10, 2);
      const told = await headgate(["canary", "gate", file("fault.jsonl", [first, "", second, bad, first]), "--json"]);
      expect(told.status).toBe(2);
      expect(told.stderr).toMatch(message);
      const lines = parsed(told.stdout);
      expect(lines.map(({ t, error }) => t ?? error.code)).toEqual([30, 60, "input.invalid"]);
      expect(lines[2].error.faults[0]).toMatchObject({ line: 4 });
    },
  );

  it("nothing to judge is a fault, not a pass", async () => {
    for (const lines of [[], [{ history }], ["", ""]]) {
      const told = await headgate(["canary", "gate", file("empty.jsonl", lines)]);
      expect([told.status, told.stderr]).toEqual([2, expect.stringContaining("there was no tick to judge")]);
    }
  });

  it("the platform's rule fails at one look, and tells what it compared", async () => {
    const one = [...ticks(10, 3), { t: 120, canary: arm(10, 300), baseline: arm(10) }];
    const told = await headgate(["canary", "gate", file("p99.jsonl", one), "--rule", "threshold", "--json"]);
    expect(told.status).toBe(1);
    expect(parsed(told.stdout).at(-1)).toMatchObject({ t: 120, reason: "above_p99_threshold" });
  });

  it("people get a line a tick and a summary", async () => {
    const { status, stdout } = await headgate(["canary", "gate", file("bad.jsonl", [{ history }, ...ticks(30, 5)])]);
    expect(status).toBe(1);
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(7);
    expect(lines[0]).toMatch(/^T +VERDICT +REASON +WHY$/);
    expect(lines.at(-1)).toMatch(/^fail at \d+ s \(tick \d+\): /);
  });

  it.each([
    [["--rule", "best"], '--rule "best" is none of sequential, threshold, kayenta'],
    [["--alpha", "2"], '--alpha "2" is no number 0.000001..0.5'],
    [["--every", "often"], '--every "often" is no duration'],
    [["--require", "fail"], '--require "fail": only a pass can be required'],
    [["--ticks", "0"], '--ticks "0" is no whole number 1..10000'],
  ])("%j is refused by name", async (args, message) => {
    const told = await headgate(["canary", "gate", ...args]);
    expect([told.status, told.stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe("canary judge", () => {
  const request = (factor: number) => ({
    canaryConfig: { metrics: [{ name: "errors", groups: ["g"] }], classifier: { groupWeights: { g: 100 } } },
    scoreThresholds: { pass: 95, marginal: 75 },
    metricSetPairList: [
      {
        name: "errors",
        id: "1",
        tags: {},
        values: {
          control: [1, 2, 1.5, 1.2, 1.8, 1.1, 1.9, 1.4],
          experiment: [1.1, 2.1, 1.3, 1.6, 1.7, 1.05, 1.2, 1.45].map((value) => value * factor),
        },
      },
    ],
  });

  it("answers Kayenta's result as JSON, with --json and without; 1 where the score fails", async () => {
    const stdin = JSON.stringify(request(3));
    const [plain, json] = [
      await headgate(["canary", "judge"], { stdin }),
      await headgate(["canary", "judge", "-", "--json"], { stdin }),
    ];
    expect(plain.stdout).toBe(json.stdout);
    expect([plain.status, json.status]).toEqual([1, 1]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      judgeName: "NetflixACAJudge-v1.0",
      results: [{ name: "errors", classification: "High", resultMetadata: { ratio: expect.closeTo(2.9, 1) } }],
      groupScores: [{ name: "g", score: 0 }],
      score: { score: 0, classification: "Fail" },
    });
    const passed = await headgate(["canary", "judge", file("judge.json", [request(1)])]);
    expect([passed.status, JSON.parse(passed.stdout).score.score]).toEqual([0, 100]);
  });

  it("tells the numbers of the test where they are asked for, and a table for people", async () => {
    const stdin = JSON.stringify(request(3));
    const { results } = JSON.parse((await headgate(["canary", "judge", "--explain"], { stdin })).stdout);
    expect(results[0].resultMetadata.test).toMatchObject({
      pValue: expect.any(Number),
      effect: expect.closeTo(2.9, 1),
    });
    const table = (await headgate(["canary", "judge", "--mended", "--table"], { stdin })).stdout;
    expect(table).toContain("errors was classified as High");
    expect(table.trimEnd().split("\n").at(-1)).toBe("Fail, score 0");
  });

  it("names every fault of a request", async () => {
    const told = await headgate(["canary", "judge"], { stdin: '{"canaryConfig":{"metrics":[]}}' });
    expect(told.status).toBe(2);
    expect(told.stderr).toContain("scoreThresholds: is missing (allowed: a map)");
    expect(told.stderr).toContain("metricSetPairList: is missing (allowed: a list)");
    expect((await headgate(["canary", "judge"], { stdin: "{" })).stderr).toContain("standard input is no JSON");
  });
});

describe("canary backtest", () => {
  const deploys = [
    { id: "v1", history, ticks: ticks(10), bad: false },
    { id: "v2", history, ticks: ticks(30), bad: true },
    { id: "v3", history, ticks: [...ticks(10, 5), { t: 180, canary: arm(17), baseline: arm(10) }] },
  ];

  it("tells who would have been failed, when, and how often wrongly; beside another rule", async () => {
    const path = file("deploys.jsonl", ["", ...deploys]);
    const told = await headgate(["canary", "backtest", "--deploys", path, "--baseline-rule", "threshold", "--json"]);
    expect(told.status).toBe(0);
    const { deploys: each, summary, baseline, changed } = JSON.parse(told.stdout);
    expect(each).toMatchObject([
      { id: "v1", verdict: "pass", reason: "not_worse", bad: false },
      { id: "v2", verdict: "fail", reason: "more_errors", bad: true },
      { id: "v3", verdict: "continue", t: 180, baseline: { verdict: "fail", t: 180, reason: "above_error_threshold" } },
    ]);
    expect(summary).toMatchObject({ deploys: 3, failed: 1, falseAlarmRate: 0, missed: 0, medianT: each[1].t });
    expect(baseline).toMatchObject({ rule: "threshold", summary: { failed: 2, falseAlarmRate: 0.5 } });
    expect(changed).toBe(1);
    expect(told.stderr).toContain("1 of 3 deploys are not marked good or bad");
    const people = (await headgate(["canary", "backtest", "--deploys", path])).stdout;
    expect(people).toMatch(/v2 +bad +fail \d+ s +more_errors/);
  });

  it("a line that is no deploy is named", async () => {
    const path = file("broken.jsonl", [deploys[0], { id: "v9" }]);
    const told = await headgate(["canary", "backtest", "--deploys", path]);
    expect([told.status, told.stderr]).toEqual([2, expect.stringContaining("line 2: ticks: is missing")]);
    expect((await headgate(["canary", "backtest"])).stderr).toContain("--deploys FILE is missing");
    expect((await headgate(["canary", "backtest", "--deploys", file("no.jsonl", [])])).status).toBe(2);
  });

  it("a line may be long: a day of history", async () => {
    const day = Array.from({ length: 2880 }, (_, index) => arm(8 + (index % 4)));
    const told = await headgate([
      "canary",
      "backtest",
      "--deploys",
      file("day.jsonl", [{ history: day, ticks: ticks(30) }]),
      "--json",
    ]);
    expect(JSON.parse(told.stdout).deploys).toMatchObject([{ id: "line 1", verdict: "fail" }]);
  });
});

describe("canary plan", () => {
  it("tells what is seen when, at little traffic and at much", async () => {
    const plan = async (canary: string, baseline: string) => {
      const told = await headgate(["canary", "plan", "--canary", canary, "--baseline", baseline, "--json"]);
      return { ...told, plan: JSON.parse(told.stdout) };
    };
    const [little, much] = [await plan("100", "900"), await plan("1000", "9000")];
    expect(little.status).toBe(0);
    expect(little.plan).toMatchObject({
      canary: 100,
      baseline: 900,
      errorRate: 0.01,
      ticks: 20,
      minutes: 10,
      enough: false,
    });
    expect(much.plan).toMatchObject({ enough: true });
    expect(much.plan.visible.at(-1).errors).toBeLessThan(little.plan.visible.at(-1).errors);
    expect(little.stderr).toContain("1.5 × the errors cannot be seen in 10 min at this traffic");
  });

  it("shares may be percent; what is none is refused", async () => {
    const args = ["canary", "plan", "--canary", "100", "--baseline", "900"];
    const told = await headgate([...args, "--errors", "5%", "--slow", "0.02", "--jitter", "30%", "--json"]);
    expect(JSON.parse(told.stdout)).toMatchObject({ errorRate: 0.05, slowRate: 0.02, jitter: 0.3 });
    expect((await headgate([...args, "--errors", "few"])).stderr).toContain(
      '--errors "few" is no share such as 0.01 or 1%',
    );
    expect((await headgate(args)).stdout).toMatch(/a good release passes after about/);
  });
});
