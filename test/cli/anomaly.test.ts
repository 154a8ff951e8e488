import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../cli/run.ts";
import { scoreTenant } from "../../functions/anomaly/score.ts";
import { createNamed } from "../../shared/core/anomaly/detectors.ts";
import { iso } from "../../shared/core/kernel/time.ts";
import { DAY, MINUTE, MONDAY, wave } from "../anomaly/given.ts";
import { hasNab, NAB_FOLDER } from "../anomaly/nab-corpus.ts";
import { type Answer, type World, world } from "../api/kit.ts";
import { BIN, headgate, listen, spawned } from "./kit.ts";

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "headgate-anomaly-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(dir, name);
  writeFileSync(path, text);
  return path;
};
/** Three days of the wave each minute, with one jump. */
const rows = (count = 3 * 1_440, jump = 4_000): readonly (readonly [number, number])[] =>
  Array.from({ length: count }, (_, index) => {
    const at = MONDAY + index * MINUTE;
    return [at, index === jump ? 900 : Number(wave(at).toFixed(3))] as const;
  });
const csv = (some = rows()): string =>
  `timestamp,value\n${some.map(([at, value]) => `${iso(at)},${value}`).join("\n")}\n`;

describe("anomaly score", () => {
  it("gives each row back as it was, with the score that the detector gives it", async () => {
    const { status, stdout, stderr } = await headgate(["anomaly", "score", file("three-days.csv", csv())]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const detector = createNamed("headgate");
    const expected = rows().map(([at, value]) => `${iso(at)},${value},${detector.push(at, value)}`);
    expect(stdout).toBe(`timestamp,value,score\n${expected.join("\n")}\n`);
    const [time, , score] = (stdout.split("\n")[4_001] ?? "").split(",");
    expect(time).toBe(iso(MONDAY + 4_000 * MINUTE));
    expect(Number(score)).toBeGreaterThan(0.9);
  });

  it.each([
    ["ISO in UTC", "2026-01-05T00:00:00Z"],
    ["as the benchmark writes it", "2026-01-05 00:00:00"],
    ["with an offset", "2026-01-05T01:00:00+01:00"],
    ["epoch seconds", "1767571200"],
    ["epoch milliseconds", "1767571200000"],
  ])("reads timestamps %s and keeps their text; without a header in, none out", async (_, stamp) => {
    const { stdout } = await headgate(["anomaly", "score"], { stdin: `${stamp},+1.50e1\n` });
    expect(stdout).toBe(`${stamp},+1.50e1,0\n`);
  });

  it("names rows that cannot be read with their line and passes them on without a score", async () => {
    const stdin =
      "\uFEFFtime,cpu\r\n2026-01-05,1\r\nyesterday,2\n2026-01-05 00:05:00,\n\n# note\n1767571500,NaN\nalone\n1767571800,3,more\n";
    const { status, stdout, stderr } = await headgate(["anomaly", "score", "-"], { stdin });
    expect(status).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "timestamp,value,score",
      "2026-01-05,1,0",
      "yesterday,2,",
      "2026-01-05 00:05:00,,",
      "",
      "# note",
      "1767571500,NaN,",
      "alone,,",
      "1767571800,3,0",
      "",
    ]);
    expect(stderr.match(/line \d+: (timestamp|value|row)/g)).toEqual([
      "line 3: timestamp",
      "line 4: value",
      "line 7: value",
      "line 8: row",
    ]);
  });

  it("a million bad rows are not a million lines on standard error", async () => {
    const stdin = `1767571200,1\n${"x,y\n".repeat(1_000)}`;
    const { stdout, stderr } = await headgate(["anomaly", "score"], { stdin });
    expect(stdout.split("\n")).toHaveLength(1_002);
    expect(stderr.split("\n")).toHaveLength(22);
    expect(stderr).toContain("and 980 more rows that cannot be read");
  });

  it("with --json it is one document, streamed", async () => {
    const { stdout } = await headgate(["anomaly", "score", "--json"], {
      stdin: "timestamp,value\n1767571200,1\nx,2\n",
    });
    expect(JSON.parse(stdout)).toEqual({
      rows: [
        { timestamp: "1767571200", value: 1, score: 0 },
        { row: "x,2", score: null },
      ],
      scored: 1,
      unreadable: 1,
    });
    expect(JSON.parse((await headgate(["anomaly", "score", "--json"], { stdin: "" })).stdout)).toMatchObject({
      rows: [],
    });
  });

  it.each([
    ["half way", `timestamp,value\n1767571200,1\n1767571260,${"9".repeat(70_000)}`, "is this CSV?", 1],
    ["as not one row could be read", "timestamp,value\nx,1\n", "not one row could be read", 0],
  ])(
    "with --json what goes wrong %s is told inside the one document, and exits 2",
    async (_, text, message, scored) => {
      // In two pieces, so that rows are written before the fault is met.
      const pieces = [text.slice(0, 30), text.slice(30)];
      let stdout = "";
      let stderr = "";
      const status = await run(["anomaly", "score", "--json"], {
        env: {},
        stdin: (async function* () {
          for (const piece of pieces) yield new TextEncoder().encode(piece);
        })(),
        stdout: (more) => void (stdout += more),
        stderr: (more) => void (stderr += more),
        terminal: false,
      });
      expect(status).toBe(2);
      expect(stderr).toContain(message);
      expect(JSON.parse(stdout)).toMatchObject({
        scored,
        error: { code: "input.invalid", message: expect.stringContaining(message) },
      });
    },
  );

  it.each([
    [["anomaly", "score", "nowhere.csv"], "nowhere.csv does not exist"],
    [["anomaly", "score", "."], ". is a folder; a file is needed"],
    [["anomaly", "score", "--detector", "oracle"], "--detector oracle is not one of headgate, seed, gaussian"],
    [["anomaly", "score", "--timezone", "Mars"], "--timezone Mars is no IANA zone"],
    [["anomaly", "score"], "not one row could be read"],
    [["anomaly", "score"], "columns are separated by commas"],
  ])("%j exits 2: %s", async (args, message) => {
    const { status, stderr } = await headgate(args, { stdin: "a\nb\n" });
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it("a file whose lines end with CR alone is not taken for a header", async () => {
    const { status, stderr } = await headgate(["anomaly", "score"], { stdin: "timestamp,value\r1767571200,1\r" });
    expect(status).toBe(2);
    expect(stderr).toContain("the lines end with CR alone");
  });

  it("the three detectors differ, and the seed has a rule for each role", async () => {
    const path = file("roles.csv", csv(rows(200, 150)));
    const last = async (...args: readonly string[]) =>
      Number((await headgate(["anomaly", "score", path, ...args])).stdout.split("\n")[151]?.split(",")[2]);
    expect(await last("--detector", "gaussian")).toBeGreaterThan(0.99);
    expect(await last("--detector", "seed")).toBeGreaterThan(0.5595);
    expect(await last("--detector", "seed", "--role", "saturation")).toBeGreaterThan(0.99);
  });

  it("rows come out as they come in, although the input does not end", async () => {
    const child = spawn(process.execPath, [BIN, "anomaly", "score"], { stdio: ["pipe", "pipe", "pipe"] });
    const closed = once(child, "close");
    child.stdin.write("timestamp,value\n1767571200,1\n1767571260,");
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    expect(first.toString()).toBe("timestamp,value,score\n1767571200,1,0\n");
    child.stdin.write("2\n");
    const [second] = (await once(child.stdout, "data")) as [Buffer];
    expect(second.toString()).toBe("1767571260,2,0\n");
    child.stdin.end();
    expect((await closed)[0]).toBe(0);
  });

  it("150,000 rows take bounded memory and keep their order, also when nobody hurries to read them", async () => {
    const child = spawn(process.execPath, ["--max-old-space-size=96", BIN, "anomaly", "score"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    const COUNT = 150_000;
    const feed = (async () => {
      for (let from = 0; from < COUNT; from += 5_000) {
        let text = "";
        for (let row = from; row < from + 5_000; row += 1) text += `${1_767_571_200 + 60 * row},${row % 1_440}\n`;
        if (!child.stdin.write(text)) await once(child.stdin, "drain");
      }
      child.stdin.end();
    })();
    let count = 0;
    let rest = "";
    for await (const piece of child.stdout) {
      const lines = (rest + String(piece)).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (!line.startsWith(`${1_767_571_200 + 60 * count},${count % 1_440},`))
          throw new Error(`row ${count}: ${line}`);
        count += 1;
      }
    }
    await feed;
    expect((await closed)[0]).toBe(0);
    expect(count).toBe(COUNT);
  }, 30_000);

  it("ends quietly when nobody reads any more", async () => {
    const child = spawn(process.execPath, [BIN, "anomaly", "score", file("long.csv", csv(rows(40_000)))], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const closed = once(child, "close");
    let stderr = "";
    child.stderr.on("data", (text) => void (stderr += text));
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await closed).toEqual([0, null]);
    expect(stderr.replace(/^npm warn.*\n/gm, "")).toBe("");
  });

  it("waits for whoever reads: nothing is read ahead while the output is full", async () => {
    let asked = 0;
    let written = 0;
    const status = await run(["anomaly", "score"], {
      env: {},
      stdin: (async function* () {
        for (; asked < 50; asked += 1) yield new TextEncoder().encode(`${1_767_571_200 + 60 * asked},1\n`);
      })(),
      stdout: () => undefined,
      stream: async () => {
        expect(asked - written).toBeLessThanOrEqual(1);
        await new Promise((resolve) => setImmediate(resolve));
        written += 1;
        return written < 10;
      },
      stderr: () => undefined,
      terminal: false,
    });
    expect({ status, written }).toEqual({ status: 0, written: 10 });
  });
});

describe("anomaly explain, nab, backtest", () => {
  it("explain tells the channel, the expected range and a sentence of one row", async () => {
    const path = file("explain.csv", csv());
    const { stdout } = await headgate(["anomaly", "explain", path, "--at", iso(MONDAY + 4_000 * MINUTE), "--json"]);
    const told: Answer = JSON.parse(stdout);
    expect(told).toMatchObject({ at: MONDAY + 4_000 * MINUTE, value: 900, learning: false });
    expect(told.channel).toMatch(/^[a-z]+$/);
    expect(told.expected.high).toBeLessThan(200);
    expect(told.sentence).toMatch(/^900, expected .* to .*, score 0\.9/);
    const none = await headgate(["anomaly", "explain", path, "--at", "2026-01-05T00:00:30Z"]);
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("the nearest row is 2026-01-05T00:00:00Z");
  });

  it("backtest counts alerts a week at each threshold and recommends one that keeps the budget", async () => {
    const some = rows(14 * 1_440).map(([at, value], index) => [at, index % 2_000 === 1_999 ? 900 : value] as const);
    const path = file("backtest.csv", csv(some));
    const play = async (...args: readonly string[]): Promise<Answer> =>
      JSON.parse((await headgate(["anomaly", "backtest", "--data", path, "--json", ...args])).stdout);
    const view = await play();
    expect(view).toMatchObject({ points: 20_160, learningPoints: 1_440 });
    expect(view.weeks).toBeCloseTo(13 / 7, 2);
    const alerts = view.thresholds.map((one: Answer) => one.alerts);
    expect(alerts).toEqual([...alerts].sort((a, b) => b - a));
    expect(alerts[0]).toBeGreaterThan(0);
    expect(view.thresholds.filter((one: Answer) => one.recommended)).toHaveLength(1);
    expect((await play("--budget", "1000")).recommended).toBe(0.5595);
    expect((await play("--direction", "low")).thresholds[0].alerts).toBeLessThan(alerts[0]);
    const text = await headgate(["anomaly", "backtest", "--data", path]);
    expect(text.stdout).toContain("recommended");
  });

  it("backtest names rows it cannot read and refuses a file without any", async () => {
    const { stderr } = await headgate(["anomaly", "backtest", "--data", "-"], { stdin: `${csv(rows(20))}oops\n` });
    expect(stderr).toContain("row 22: there is only one column");
    const none = await headgate(["anomaly", "backtest", "--data", "-"], { stdin: "a,b\n" });
    expect(none.status).toBe(2);
    expect(none.stderr).toContain("the data has 0 readable rows");
  });

  it.skipIf(!hasNab)(
    "nab answers exactly its fields, and the published totals for the simplest detector",
    async () => {
      const { stdout } = await headgate(["anomaly", "nab", NAB_FOLDER, "--detector", "gaussian", "--json"]);
      const { pointsPerSecond, ...rest } = JSON.parse(stdout);
      expect(
        Object.fromEntries(
          Object.entries(rest).map(([name, value]) => [
            name,
            typeof value === "number" ? Number(value.toFixed(2)) : value,
          ]),
        ),
      ).toEqual({
        standard: 39.65,
        rewardLowFP: 20.87,
        rewardLowFN: 47.41,
        detected: 73,
        falsePositives: 409,
        stateBytes: null,
      });
      expect(pointsPerSecond).toBeGreaterThan(1_000);
    },
    30_000,
  );

  it("nab of a folder that is none exits 2", async () => {
    const { status, stderr } = await headgate(["anomaly", "nab", dir]);
    expect(status).toBe(2);
    expect(stderr).toContain("is no folder of the benchmark");
  });
});

describe("over the API", () => {
  let w: World;
  let api: Awaited<ReturnType<typeof listen>>;
  beforeAll(async () => {
    w = await world({
      config:
        "version: 1\nservices:\n  orders: { run: { command: [node] } }\nanomaly:\n  orders: { signals: { latency: { metric: latency_p99, role: latency, unit: ms } } }\n",
    });
    const trigger = { type: "schedule" } as const;
    for (let at = w.clock.now() - 100 * MINUTE; at < w.clock.now(); at += MINUTE)
      w.samples.put("orders", "latency_p99", at, wave(at));
    await scoreTenant(w.runtime, "default", trigger);
    w.clock.advance(DAY + MINUTE);
    w.samples.put("orders", "latency_p99", w.clock.now() - 2 * MINUTE, 100);
    w.samples.put("orders", "latency_p99", w.clock.now() - MINUTE, 900);
    await scoreTenant(w.runtime, "default", trigger);
    api = await listen(w.app.fetch as (request: Request) => Response | Promise<Response>);
  });
  afterAll(() => api.close());
  const ask = (...args: readonly string[]) => headgate(["anomaly", ...args, "--url", api.url]);

  it("list tells what is unusual, explain why, and feedback ends it", async () => {
    const list = await ask("list");
    expect(list.stdout).toContain("1 service behaving unusually");
    expect(list.stdout).toMatch(/orders +anomalous +0\.9\d+ +latency rose/);
    const at = iso(w.clock.now() - MINUTE);
    const why = await ask("explain", "orders", "--signal", "latency", "--at", at);
    expect(why.stdout).toMatch(/in words: +latency rose to 900 ms, expected/);
    const said = await ask(
      "feedback",
      "orders",
      "--signal",
      "latency",
      "--at",
      at,
      "--verdict",
      "fine",
      "--why",
      "load test",
    );
    expect(said).toMatchObject({ status: 0, stderr: "" });
    expect(said.stdout).toContain('says "load test": latency at');
    expect((await ask("list")).stdout).toContain("1 service, all as usual");
  });

  it("what is not scored is told", async () => {
    const { status, stderr } = await ask("explain", "nobody", "--signal", "latency", "--at", "0");
    expect(status).toBe(2);
    expect(stderr).toContain('no service "nobody" is scored');
    const wrong = await ask("feedback", "orders", "--signal", "x", "--at", "0", "--verdict", "fine", "--why", "so");
    expect(wrong.stderr).toContain('orders has no signal "x"; there are latency');
  });

  it("end to end as a process", async () => {
    const { status, stdout } = await spawned(["anomaly", "list", "--json", "--url", api.url]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout).items[0].service).toBe("orders");
  });
});
