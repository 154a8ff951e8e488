import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../functions/api/app.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import type { Answer } from "../api/kit.ts";
import { alerting, group, rulesWorld, sample, tenant } from "../monitoring/given-world.ts";
import { headgate, listen } from "./kit.ts";

const PLATFORM = "examples/rules/platform.yml";
const TESTS = "examples/rules/platform.test.yml";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-rules-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const document = (stdout: string): Answer => JSON.parse(stdout);

describe("rules check", () => {
  it("counts the rules of good files", async () => {
    const ran = await headgate(["rules", "check", PLATFORM, TESTS]);
    expect(ran).toEqual({
      status: 0,
      stdout: `${PLATFORM}: 5 rules in 2 groups, no faults\n${TESTS}: 7 tests\n`,
      stderr: "",
    });
  });

  it("names file, line and column of every fault, also inside of an expression, and exits 2", async () => {
    const path = file(
      "bad.yml",
      "groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: |\n          up\n            == bool[5m]\n        sumary: x\n",
    );
    const ran = await headgate(["rules", "check", path, PLATFORM]);
    expect(ran.status).toBe(2);
    expect(ran.stderr.split("\n").map((line) => line.replace(path, "FILE"))).toEqual([
      expect.stringMatching(/^FILE:7:20 groups\[0\]\.rules\[0\]\.expr: unexpected "\["/),
      'FILE:8:9 groups[0].rules[0].sumary: unknown key "sumary"',
      "FILE: 2 faults",
      "",
    ]);
    expect(ran.stdout).toBe(`${PLATFORM}: 5 rules in 2 groups, no faults\n`);
    const { ok, files } = document((await headgate(["rules", "check", path, "--json"])).stdout);
    expect(ok).toBe(false);
    expect(files[0].faults.map(({ line, column, path: where }: Answer) => [line, column, where])).toContainEqual([
      7,
      20,
      "groups[0].rules[0].expr",
    ]);
  });

  it("follows prometheus.yml to its rule files, tells those that are missing and patterns that match nothing", async () => {
    file("one.rules.yml", "groups:\n  - name: a\n    rules: [{ record: r, expr: up }, { record: r, expr: up }]\n");
    file("empty.rules.yml", "# nothing yet\n");
    const path = file("prometheus.yml", "rule_files: ['*.rules.yml', 'none/*.yml', missing.yml]\nscrape_configs: []\n");
    const ran = await headgate(["rules", "check", path]);
    expect(ran.status).toBe(2);
    expect(ran.stdout).toContain("one.rules.yml: 2 rules in 1 group, no faults\n");
    expect(ran.stdout).toContain("empty.rules.yml: 0 rules in 0 groups, no faults\n");
    expect(ran.stderr).toContain('rule_files[2]: no such file (found "missing.yml")');
    expect(ran.stderr).toMatch(/warning: .*prometheus\.yml:1:29 rule_files\[1\]: matches no file \(found "none/);
    expect(ran.stderr).toMatch(/warning: .*one\.rules\.yml:3:38 groups\[0\]\.rules\[1\]: duplicate rule/);
  });

  it.each([
    [["rules", "check"], "FILE... is missing"],
    [["rules", "check", "no-such.yml"], "no-such.yml does not exist"],
    [["rules", "test", TESTS, "--semantics", "v4"], "--semantics v4 is not v3 or v2"],
  ])("%j exits 2 and says why", async (args, message) => {
    const ran = await headgate(args);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(`headgate: ${message}`);
  });
});

describe("rules test", () => {
  it("runs tests in promtool's format over the rule files they name", async () => {
    const ran = await headgate(["rules", "test", TESTS]);
    expect(ran).toEqual({ status: 0, stdout: `${TESTS}: 7 of 7 tests came out as expected\n`, stderr: "" });
  });

  it("prints what was expected and what came, and exits 1", async () => {
    file("a.yml", "groups: [{ name: g, rules: [{ alert: A, expr: up == 0, for: 1m }] }]\n");
    const path = file(
      "a.test.yml",
      `rule_files: [a.yml]
tests:
  - name: too early
    interval: 1m
    input_series: [{ series: up, values: 0x5 }]
    alert_rule_test: [{ eval_time: 30s, alertname: A, exp_alerts: [{}] }]
  - name: in time
    interval: 1m
    input_series: [{ series: up, values: 0x5 }]
    alert_rule_test: [{ eval_time: 1m, alertname: A, exp_alerts: [{}] }]
`,
    );
    const ran = await headgate(["rules", "test", path]);
    expect(ran.status).toBe(1);
    expect(ran.stdout.replaceAll(path, "FILE").split("\n")).toEqual([
      "FAILED FILE: too early",
      "  alertname: A, time: 30s,",
      "    exp: [",
      "      0:",
      '        Labels:{alertname="A"}',
      "        Annotations:{}",
      "    ]",
      "    got: []",
      "FILE: 1 of 2 tests came out as expected",
      "",
    ]);
    const { ok, files } = document((await headgate(["rules", "test", path, "--json"])).stdout);
    expect([ok, files[0].tests.map((test: Answer) => test.ok)]).toEqual([false, [false, true]]);
  });

  it("faults of the tests or of the rules exit 2: nothing was tested", async () => {
    file("broken.yml", "groups: [{ name: g, rules: [{ alert: A, expr: 'up ==' }] }]\n");
    const path = file("broken.test.yml", "rule_files: [broken.yml, gone.yml]\ntests: [{ input_series: [] }]\n");
    const ran = await headgate(["rules", "test", path]);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(/broken\.yml:1:\d+ groups\[0\]\.rules\[0\]\.expr: unexpected end/);
    expect(ran.stderr).toContain('rule_files[1]: no such file (found "gone.yml")');
    expect(await headgate(["rules", "test", PLATFORM])).toMatchObject({ status: 2 });
  });
});

const START = 1_700_000_000;
/** Lag of an hour that is high from minute 10 to 19 and in minute 40. */
const lag = (minute: number) => ((minute >= 10 && minute < 20) || minute === 40 ? 2_000 : 100);
const minutes = Array.from({ length: 60 }, (_, minute) => minute);

describe("rules backtest", () => {
  it("scores a rule over a CSV, with other values of for beside its own", async () => {
    const data = file(
      "lag.csv",
      `timestamp,value\n${minutes.map((minute) => `${START + minute * 60},${lag(minute)}`).join("\n")}\n`,
    );
    const args = ["rules", "backtest", PLATFORM, "--rule", "KafkaConsumerLag", "--data", data];
    const ran = await headgate(args);
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain("2023-11-14T22:13:20Z to 2023-11-14T23:12:20Z (59 min), every 1m");
    expect(ran.stdout).toMatch(/\n2m \* +1 +\d+\.\d +8 min +8 min +1\n/);
    const { rules } = document((await headgate([...args, "--for", "0,30m", "--from", "30m", "--json"])).stdout);
    expect(rules[0].rows.map((row: Answer) => [row.forMs, row.given, row.firings])).toEqual([
      [0, false, 1],
      [120_000, true, 0],
      [1_800_000, false, 0],
    ]);
  });

  it("scores all rules of a file over a dump, through its recording rules, grouped by a label", async () => {
    const rules = file(
      "lag.yml",
      `groups:
  - name: g
    rules:
      - { record: "group:lag:sum", expr: sum by (group) (lag) }
      - { alert: Lag, expr: "group:lag:sum > 1500", for: 2m }
      - { alert: Gone, expr: absent(lag), for: 2m }
`,
    );
    const row = (name: string, value: number, minute: number) => `lag{group="${name}"} ${value} ${START + minute * 60}`;
    const text = [
      "# TYPE lag gauge",
      ...minutes.map((one) => row("a", lag(one), one)),
      ...minutes.map((one) => row("b", 5, one)),
      "# EOF",
    ];
    const data = file("lag.om", `${text.join("\n")}\n`);
    const args = ["rules", "backtest", rules, "--data", data, "--group-by", "group"];
    const found = document((await headgate([...args, "--json"])).stdout);
    expect(found.rules.map((one: Answer) => [one.alert, one.series, one.firings.length])).toEqual([
      ["Lag", 1, 1],
      ["Gone", 0, 0],
    ]);
    expect(found.rules[0].firings[0]).toEqual({
      labels: { group: "a" },
      activeAt: (START + 600) * 1000,
      firedAt: (START + 720) * 1000,
      resolvedAt: (START + 1200) * 1000,
      lengthMs: 480_000,
    });
    expect((await headgate(args)).stdout).toMatch(/GROUP +FIRINGS.*\na +1 /);
  });

  it("asks a Prometheus, in pieces that it answers", async () => {
    const asked: [number, number, string | null][] = [];
    const { url, close } = await listen(async (request) => {
      const form = new URLSearchParams(await request.text());
      const [from, to, step] = ["start", "end", "step"].map((name) => Number(form.get(name))) as [
        number,
        number,
        number,
      ];
      asked.push([from, to, form.get("query")]);
      const values: [number, string][] = [];
      for (let at = from; at <= to; at += step) if (at % 3600 < 600) values.push([at, "2000"]);
      const data = { resultType: "matrix", result: values.length > 0 ? [{ metric: { group: "a" }, values }] : [] };
      return Response.json({ status: "success", data });
    });
    closers.push(close);
    const rule = ["--rule", "KafkaConsumerLag", "--step", "30s"];
    const time = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-06T00:00:00Z"];
    const ran = await headgate(["rules", "backtest", PLATFORM, ...rule, "--prometheus", url, ...time, "--json"]);
    expect(ran.status, ran.stderr).toBe(0);
    expect(asked).toHaveLength(2);
    expect(asked[0]?.[2]).toBe("kafka_consumer_lag_sum > 1000");
    expect((asked[1]?.[0] ?? 0) - (asked[0]?.[1] ?? 0)).toBe(30);
    const given = document(ran.stdout).rules[0].rows.find((row: Answer) => row.given);
    expect(given).toMatchObject({ firings: 120, longestMs: 480_000, pendingAtEnd: 1 });
  });

  it.each([
    [
      "a rule that is none",
      ["--rule", "Kafka", "--data", "x.csv"],
      "has no rule Kafka; there are KafkaDown, KafkaConsumerLag",
    ],
    [
      "two sources",
      ["--data", "x.csv", "--prometheus", "http://127.0.0.1:1"],
      "either --data or --prometheus, not both",
    ],
    ["a for in words", ["--data", "x.csv", "--for", "1m,soon"], '--for "soon" is no duration'],
    ["a time that is none", ["--data", "x.csv", "--from", "noon"], '--from "noon" is no instant'],
    ["a file that is none", ["--data", "x.csv"], "x.csv does not exist"],
    ["an address that is none", ["--prometheus", "prom"], '--prometheus "prom" is no http or https address'],
    ["a Prometheus that is not there", ["--prometheus", "http://127.0.0.1:1"], "127.0.0.1:1"],
  ])("%s exits 2 and is said", async (_what, args, message) => {
    const ran = await headgate(["rules", "backtest", PLATFORM, ...args]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(message);
  });

  it.each([
    ["which series a CSV is has to be clear", "timestamp,value\n1700000000,1\n", "--series 'metric{label=\"value\"}'"],
    [
      "a value that is none has its place",
      "timestamp,value\n1700000000,1\n1700000060,many\n",
      "3:12 value: is no value",
    ],
    ["time may not go back", "timestamp,value\n1700000060,1\n1700000000,1\n", "3:1 timestamp: is no timestamp"],
    ["a text without times is no history", "lag 5\n", "lag has no timestamp"],
    ["a file without samples", "timestamp,value\n", "holds no samples"],
  ])("%s", async (what, text, message) => {
    const data = file("data.txt", text);
    const rule = what.startsWith("which") ? [] : ["--rule", "KafkaConsumerLag"];
    const ran = await headgate(["rules", "backtest", PLATFORM, ...rule, "--data", data]);
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(message);
  });
});

describe("rules of a running control plane", () => {
  const open = async () => {
    const w = await rulesWorld(
      {
        groups: [
          group("kafka.rules", [
            alerting("Lag", "lag > 1000", {
              labels: { severity: "warning" },
              annotations: { summary: "{{ $labels.group }} is behind" },
            }),
          ]),
        ],
      },
      (_, at) => (at % 600_000 < 300_000 ? [sample(2_000, { group: "billing" })] : []),
    );
    const app = createApp({ runtime: w.runtime, access: "loopback" });
    const { url, close } = await listen(async (request) => app.fetch(request));
    closers.push(close);
    return { ...w, url };
  };

  it("list shows state and health, show the alerts and the history of one", async () => {
    const { url, runtime } = await open();
    await evaluateRules(runtime, { tenant, trigger: { type: "schedule" } });
    const list = await headgate(["rules", "list", "--url", url]);
    expect(list.status, list.stderr).toBe(0);
    expect(list.stdout).toMatch(
      /^ID +RULE +GROUP +STATE +FIRING +PENDING +HEALTH\n\S+ +Lag +kafka\.rules +\w+ +\d +\d +ok\n$/,
    );
    const id = document((await headgate(["rules", "list", "--json", "--url", url])).stdout).groups[0].rules[0].id;
    const show = await headgate(["rules", "show", id, "--url", url]);
    expect(show.status, show.stderr).toBe(0);
    expect(show.stdout).toMatch(
      /^rule: +Lag\nof: +kafka\.rules in rules\.yml\nexpression: +lag > 1000\nlabels: +severity=warning\n/,
    );
    // What a person is paged with, and since when.
    expect(show.stdout).toMatch(
      /STATE +SINCE +LABELS +VALUE +SUMMARY\nfiring +.* ago +.*group=billing.* 2000 +billing is behind\n/,
    );
    const only = async (noun: string) => (await headgate(["decisions", "list", "--noun", noun, "--url", url])).stdout;
    expect(await only("monitoring")).toMatch(/^AT +SUBJECT +REASON .*\n.*rules\.yml\/kafka\.rules\/Lag#0 +fired/);
    expect(await only("autoscaling")).toBe("no decisions\n");
    expect(await headgate(["rules", "show", "nope", "--url", url])).toMatchObject({ status: 2 });
  });

  it("backtest asks it where no other source is named", async () => {
    const { url, asked } = await open();
    const rules = file("lag-api.yml", "groups: [{ name: g, rules: [{ alert: Lag, expr: lag > 1000 }] }]\n");
    const time = ["--from", "2026-01-01T00:00:00Z", "--to", "2026-01-01T02:00:00Z"];
    const ran = await headgate(["rules", "backtest", rules, ...time, "--json", "--url", url]);
    expect(ran.status, ran.stderr).toBe(0);
    expect(asked).toEqual([{ kind: "range", expr: "lag > 1000" }]);
    expect(document(ran.stdout)).toMatchObject({ source: "the API", rules: [{ alert: "Lag", series: 1 }] });
  });

  it("backtest ends at the now of the control plane, whose clock may be another one than this machine's", async () => {
    const { url, clock } = await open();
    const rules = file("lag-now.yml", "groups: [{ name: g, rules: [{ alert: Lag, expr: lag > 1000 }] }]\n");
    const ran = await headgate(["rules", "backtest", rules, "--from", "2h", "--json", "--url", url]);
    expect(ran.status, ran.stderr).toBe(0);
    const { from, to } = document(ran.stdout);
    expect(to).toBe(Math.floor(clock.now() / 60_000) * 60_000);
    expect(to - from).toBe(2 * 3_600_000);
  });
});
