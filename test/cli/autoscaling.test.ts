import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { headgate } from "./kit.ts";
import { readPng } from "./png-read.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-autoscaling-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

/** 2024-03-01T00:00:00Z. */
const T0 = 1_709_251_200;
const loadAt = (index: number): number =>
  Math.round(600 + 300 * Math.sin((2 * Math.PI * index) / 288) + ((7919 * index) % 97));
/** Points of five minutes. */
const rows = (days: number) =>
  Array.from({ length: Math.round(288 * days) }, (_, index) => [T0 + 300 * index, loadAt(index)] as const);
const csv = (days: number): string =>
  `timestamp,value\n${rows(days)
    .map((row) => row.join(","))
    .join("\n")}\n`;
const prometheus = (days: number): string =>
  JSON.stringify({
    status: "success",
    data: {
      resultType: "matrix",
      result: [{ metric: { job: "a" }, values: rows(days).map(([at, value]) => [at, `${value}`]) }],
    },
  });
const cloudWatch = (days: number): string =>
  JSON.stringify({
    MetricDataResults: [
      {
        Id: "requests",
        Label: "RequestCount",
        Timestamps: rows(days)
          .map(([at]) => new Date(at * 1000).toISOString())
          .reverse(),
        Values: rows(days)
          .map(([, value]) => value)
          .reverse(),
        StatusCode: "Complete",
      },
    ],
  });

const what = (verb: string, ...args: string[]) => headgate(["autoscaling", verb, ...args]);
const measured = async (...args: string[]) => {
  const ran = await what("backtest", "--policy", "hpa-cpu70", "--json", ...args);
  expect(ran.stderr).toBe("");
  expect(ran.status).toBe(0);
  return { ...JSON.parse(ran.stdout), elapsedMs: 0 };
};

describe("a load in any form", () => {
  it("gives the same score: CSV, Prometheus, CloudWatch, zipped, as Windows writes it, from standard input", async () => {
    const plain = csv(0.25);
    const expected = await measured("--trace", file("plain.csv", plain));
    expect(expected.minutes).toBe(360);
    const forms: [string, string | Uint8Array][] = [
      ["prometheus.json", prometheus(0.25)],
      ["cloudwatch.json", cloudWatch(0.25)],
      ["load.csv.gz", gzipSync(plain)],
      ["crlf.csv", `\uFEFF${plain.replaceAll("\n", "\r\n")}`],
      ["utf16.json", Buffer.from(`\uFEFF${prometheus(0.25)}`, "utf16le")],
    ];
    for (const [name, content] of forms) expect(await measured("--trace", file(name, content))).toEqual(expected);
    expect(await measured("--csv", file("named.csv", plain))).toEqual(expected);
    const piped = await headgate(["autoscaling", "backtest", "--policy", "hpa-cpu70", "--json", "--trace", "-"], {
      stdin: prometheus(0.25),
    });
    expect({ ...JSON.parse(piped.stdout), elapsedMs: 0 }).toEqual(expected);
  });

  it("one series of several is picked, and several that are summed are told of", async () => {
    const { data } = JSON.parse(prometheus(0.25));
    const [one] = data.result;
    const two = { ...data, result: [one, { metric: { job: "b" }, values: one.values }] };
    const path = file("two.json", JSON.stringify({ status: "success", data: two }));
    const summed = await what("backtest", "--policy", "hpa-cpu70", "--trace", path);
    expect(summed).toMatchObject({ status: 0, stderr: "2 series are summed; --series label=value picks one\n" });
    expect((await what("backtest", "--policy", "hpa-cpu70", "--trace", path, "--series", "job=b")).stderr).toBe("");
  });

  it.each([
    ["a missing file", () => join(dir, "none.csv"), "does not exist"],
    ["a folder", () => dir, "is a folder"],
    ["an empty file", () => file("empty.csv", ""), "row 1: the header is missing"],
    ["no text", () => file("binary.csv", new Uint8Array([0xfe, 0xff, 0x00, 0xc0])), "is not UTF-8 text"],
    ["half a zip", () => file("half.gz", gzipSync(csv(1)).subarray(0, 200)), "is a gzip file that cannot be unpacked"],
    ["other JSON", () => file("other.json", '{"a":1}'), "this JSON is no recorded load"],
    ["broken JSON", () => file("broken.json", '{"status":"success",'), "the text begins like JSON and is none"],
    ["an error", () => file("error.json", '{"status":"error","error":"no such metric"}'), "no such metric"],
    ["one point", () => file("one.csv", `timestamp,value\n${T0},1\n`), "the trace has 1 data rows"],
  ])("%s exits 2 with one clear message, for every verb that reads one", async (_, path, message) => {
    const trace = path();
    for (const ran of [
      await what("backtest", "--trace", trace, "--policy", "demand"),
      await what("compare", "--trace", trace),
      await what("tune", "--trace", trace, "--slo", "99"),
    ]) {
      expect(ran).toMatchObject({ status: 2, stdout: "" });
      expect(ran.stderr).toContain(message);
      expect(ran.stderr).not.toMatch(/\n {4}at /);
    }
  });

  it("the faults of a bad row are told with --json as well", async () => {
    const path = file("bad.json", prometheus(1).replace('"600"', '"lots"'));
    const ran = await what("compare", "--trace", path, "--json");
    expect(ran.status).toBe(2);
    expect(JSON.parse(ran.stdout).error).toMatchObject({
      code: "trace.invalid",
      faults: [{ path: "data.result[0].values[0]", value: "lots" }],
    });
  });
});

describe("words on the command line", () => {
  it.each([
    [["backtest", "--policy", "demand"], "no load: --trace FILE or --service NAME is missing"],
    [["compare"], "no load: --trace FILE or --service NAME is missing"],
    [["tune", "--trace", "a", "--csv", "b"], "--trace and --csv both name a load"],
    [["compare", "--trace", "a", "--service", "b"], "--trace and --service both name a load"],
    [["compare", "--service", "a", "--series", "b"], "--series belongs to a file"],
    [["compare", "--service", "a", "--mean-tasks", "8"], "--mean-tasks belongs to a file"],
    [["compare", "--trace", "a", "--days", "9"], '--days "9" is no range of days such as 3-8'],
    [["compare", "--trace", "a", "--days", "9-3"], '--days "9-3" is no range'],
    [["tune", "--trace", "a", "--train-days", "0-3"], '--train-days "0-3" is no range'],
    [["tune", "--trace", "a", "--score-days", "x"], '--score-days "x" is no range'],
    [["tune", "--trace", "a", "--slo", "101"], '--slo "101" is no number (allowed: 50 to 100)'],
    [["tune", "--trace", "a", "--slo", "99", "--violation-minute", "2"], "two ways to say the same"],
    [["tune", "--trace", "a", "--task-hour", "2"], "--task-hour needs --violation-minute"],
    [["tune", "--trace", "a", "--task-hour", "-2", "--slo", "99"], '--task-hour "-2" is no number'],
    [["tune", "--trace", "a", "--actions-per-day", "0"], '--actions-per-day "0" is no number'],
    [["tune", "--service", "a", "--plot", "a.svg"], "--plot of a service"],
    [["backtest", "--trace", "a", "--policy", "demand", "--mean-tasks", "many"], '--mean-tasks "many" is no number'],
    [["backtest", "--trace", "a", "--policy", "demand", "--start-delay", "90"], '--start-delay "90" is no duration'],
    [["backtest", "--trace", "a", "--policy", "demand", "--start-delay", "90s-60s"], "--start-delay"],
    [["backtest", "--trace", "a", "--policy", "demand", "--metric-delay", "90s"], "--metric-delay"],
    [["backtest", "--service", "a", "--policy", "demand", "--metric-delay", "2m"], "belong to a file"],
    [["backtest", "--trace", "a", "--policy", "demand", "--plot", "a.pdf"], "ends neither in .svg nor in .png"],
    [["backtest", "--trace", "a", "--policy", "demand", "--force"], "--force belongs to --plot"],
    [
      ["backtest", "--trace", "a", "--policy", "demand", "--plot", "a.svg", "--timezone", "Mars/Base"],
      '--timezone "Mars/Base" is unknown',
    ],
    [["tuning", "orders", "stop"], '"stop" is not run, apply or dismiss'],
    [["tuning", "orders", "apply"], "--why is empty"],
  ])("%j are refused before anything is read or sent", async (args, message) => {
    const ran = await headgate(["autoscaling", ...args], { env: { HEADGATE_URL: "http://127.0.0.1:1" } });
    expect(ran).toMatchObject({ status: 2, stdout: "" });
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).toContain("see headgate autoscaling ");
  });

  it("a policy that is none is told before the trace is read, with those that there are", async () => {
    for (const verb of ["backtest", "compare"]) {
      const ran = await what(verb, "--trace", join(dir, "none.csv"), "--policy", "hpa-cpu7");
      expect(ran.status).toBe(2);
      expect(ran.stderr).toMatch(
        /no built-in policy "hpa-cpu7"; there are seed-instances, .*hpa-cpu70.*demand, predictive/,
      );
    }
    const days = await what("compare", "--trace", file("days.csv", csv(2)), "--days", "2-5");
    expect(days.status).toBe(2);
    expect(days.stderr).toContain("from 1 to 2: the load has 2 days");
  });
});

describe("compare", () => {
  it("has a row for every built-in policy, the best first, and each as a backtest of its own tells it", async () => {
    const path = file("compare.csv", csv(2));
    const ran = await what("compare", "--trace", path, "--days", "2-2", "--json");
    const view = JSON.parse(ran.stdout);
    expect(view.days).toEqual([2, 2]);
    const names = view.rows.map(({ policy }: { policy: string }) => policy);
    expect(names.toSorted()).toEqual([
      "auto",
      "demand",
      "hpa-cpu70",
      "kafka-lag",
      "predictive",
      "seed-instances",
      "seed-parallelism",
      "target-tracking-70",
    ]);
    const js = view.rows.map(({ j }: { j: number }) => j);
    expect(js).toEqual(js.toSorted((a: number, b: number) => a - b));
    const { elapsedMs: _, ...alone } = await measured("--trace", path, "--days", "2-2");
    expect(view.rows.find(({ policy }: { policy: string }) => policy === "hpa-cpu70")).toMatchObject(alone);
  });

  it("is a table for people; prices add a column, a file of one's own a row", async () => {
    const own = file("own.yaml", "type: target-tracking\ntarget: 60\n");
    const prices = ["--task-hour", "0.05", "--violation-minute", "2"];
    const ran = await what(
      "compare",
      "--trace",
      file("table.csv", csv(2)),
      "--policy",
      "demand",
      "--policy",
      own,
      ...prices,
    );
    expect(ran.status, ran.stderr).toBe(0);
    const [about, , head, ...body] = ran.stdout.trimEnd().split("\n");
    expect(about).toBe("day 2 of 2 days, 8 tasks busy on average, 100 % of the minutes known");
    expect(head).toMatch(/^POLICY +J +VIOLATION MINUTES +COST RATIO +WORST WAIT +ACTIONS\/DAY +PRICE\/DAY$/);
    expect(body.map((line) => line.split(/ {2,}/)[0]).toSorted()).toEqual([own, "demand"].toSorted());
    for (const line of body) expect(line).toMatch(/ \d+\.\d{3} +\d+ \(\d+\.\d\d %\) .* \d+\.\d\d$/);
  });
});

describe("tune", () => {
  it("prints the fields of a backtest and what was picked, which scores the same by itself", async () => {
    const path = file("tune.csv", csv(2));
    const plot = join(dir, "tuned.svg");
    const args = ["--trace", path, "--train-days", "1-1", "--score-days", "2-2"];
    const ran = await what("tune", ...args, "--slo", "99.5", "--json", "--plot", plot);
    expect(ran.status, ran.stderr).toBe(0);
    const view = JSON.parse(ran.stdout);
    expect(view).toMatchObject({ minutes: 1440, trainDays: [1, 1], scoreDays: [2, 2], objective: { slo: 99.5 }, plot });
    for (const field of [
      "policy",
      "violationMinutes",
      "taskHours",
      "oracleTaskHours",
      "costRatio",
      "j",
      "worstWaitSeconds",
      "actionsPerDay",
      "elapsedMs",
    ])
      expect(view).toHaveProperty(field);
    expect(view.tried).toBeGreaterThan(100);
    const picked = file("picked.json", JSON.stringify(view.picked.written));
    const alone = await what("backtest", "--trace", path, "--days", "2-2", "--policy", picked, "--json");
    expect(alone.status, alone.stderr).toBe(0);
    expect(JSON.parse(alone.stdout).j).toBeCloseTo(view.j, 9);
    expect(readFileSync(plot, "utf8")).toContain(`J ${view.j.toFixed(3)} `);
  });

  it("tells people what to write into headgate.yaml; a load of one day is too short", async () => {
    const ran = await what("tune", "--trace", file("people.csv", csv(2)));
    expect(ran.stdout).toMatch(
      /^policy: +\S[\s\S]*\npicked: +.* on day 1 \(J [\s\S]*In headgate\.yaml:\n {2}policies:\n {4}- type: /,
    );
    const short = await what("tune", "--trace", file("short.csv", csv(1)));
    expect(short.status).toBe(2);
    expect(short.stderr).toContain("too short to pick a policy on it");
  });
});

describe("backtest with another world", () => {
  it("slower starts, later metrics and a smaller fleet change the score, and days cut what is scored", async () => {
    const path = file("world.csv", csv(2));
    const usual = await measured("--trace", path);
    expect(
      await measured("--trace", path, "--start-delay", "60s-90s", "--metric-delay", "1m", "--mean-tasks", "8"),
    ).toEqual(usual);
    for (const other of [
      ["--start-delay", "10m"],
      ["--metric-delay", "5m"],
      ["--mean-tasks", "3"],
    ])
      expect(await measured("--trace", path, ...other)).not.toEqual(usual);
    expect((await measured("--trace", path, "--days", "2-2")).minutes).toBe(1440);
  });
});

describe("--plot", () => {
  const draw = (path: string, ...more: string[]) =>
    what(
      "backtest",
      "--trace",
      "synthetic",
      "--policy",
      "target-tracking-70",
      "--days",
      "3-3",
      "--plot",
      path,
      ...more,
    );

  it("writes a PNG that is one, of the size and with the colours that it is meant to have", async () => {
    const path = join(dir, "load.png");
    const ran = await draw(path, "--json");
    expect(ran.status, ran.stderr).toBe(0);
    expect(JSON.parse(ran.stdout)).toMatchObject({ plot: path, minutes: 1440 });
    const image = readPng(readFileSync(path));
    expect([image.width, image.height]).toEqual([2400, 1320]);
    expect(image.at(0, 0)).toEqual([255, 255, 255]);
    // Inside the load, near the bottom of the panel of tasks.
    expect(image.at(1800, 770)).toEqual([0xd8, 0xe5, 0xf4]);
    expect(image.texts).toMatchObject({ Title: "target-tracking-70 on synthetic" });
    expect(image.texts["Description"]).toContain(`J ${JSON.parse(ran.stdout).j.toFixed(3)}`);
  });

  it("writes an SVG with a title, in the time of the zone", async () => {
    const path = join(dir, "LOAD.SVG");
    expect(await draw(path, "--timezone", "America/New_York")).toMatchObject({
      status: 0,
      stderr: expect.stringContaining(path),
    });
    const text = readFileSync(path, "utf8");
    expect(text).toContain('<title id="plot-title">target-tracking-70 on synthetic</title>');
    expect(text).toContain("2024-01-01 19:00 to 2024-01-03 19:00, America/New_York");
  });

  it("never writes over a file unless told to, and leaves nothing half done", async () => {
    const path = file("kept.svg", "mine");
    const refused = await draw(path);
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toContain("kept.svg exists; --force writes over it");
    expect(readFileSync(path, "utf8")).toBe("mine");
    expect((await draw(path, "--force")).status).toBe(0);
    expect(readFileSync(path, "utf8")).toMatch(/^<svg /);
    expect((await draw(join(dir, "no", "where.svg"))).stderr).toContain("does not exist");
    const folder = mkdtempSync(join(dir, "folder-"));
    rmSync(folder, { recursive: true });
    expect(readdirSync(dir).filter((name) => name.includes(".part"))).toEqual([]);
  });
});

describe("docs/autoscaling-use.md", () => {
  const page = readFileSync(join(import.meta.dirname, "..", "..", "docs", "autoscaling-use.md"), "utf8");
  const documented = [...page.matchAll(/^\$? ?(headgate .+?)(?: +#.*)?$|`(headgate autoscaling [^`]+)`/gm)].map(
    ([, alone, inside]) => (alone ?? inside) as string,
  );

  it("shows commands that there are, with the options they have", async () => {
    const { parse } = await import("../../cli/parse.ts");
    const { groups } = await import("../../cli/groups.ts");
    expect(documented.length).toBeGreaterThan(10);
    for (const command of documented) {
      const words =
        command
          .match(/"[^"]*"|\S+/g)
          ?.slice(1)
          .map((word) => word.replaceAll('"', "")) ?? [];
      expect(parse(words, groups), command).toMatchObject({ kind: "run" });
    }
  });

  it("shows what a command says: its row of HPA comes out as it stands there", async () => {
    const ran = await what("compare", "--trace", "synthetic", "--days", "3-14", "--policy", "hpa-cpu70");
    const [about, , , row = ""] = ran.stdout.trimEnd().split("\n");
    expect(page).toContain(about);
    expect(page.replace(/ +/g, " ")).toContain(row.replace(/ +/g, " "));
  });
});
