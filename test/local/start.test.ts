import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { machines } from "../../functions/machines.ts";
import { lockDataDir } from "../../local/lock.ts";
import { runStart } from "../../local/start.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import { eventually, type Finished, lives, SERVICE, tempDir } from "./world.ts";

const ROOT = join(import.meta.dirname, "..", "..");

interface Prompt {
  readonly child: ChildProcess;
  readonly url: () => string;
  /** Resolves with the first line that matches, also one that was printed before. Rejects when the process ends first. */
  line(pattern: RegExp): Promise<string>;
  readonly output: () => string;
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
}

/** What a user types: `headgate start …`, on any free port. Mostly waited for, so such tests run beside each other. */
function prompt(finished: Finished, args: readonly string[]): Prompt {
  const child = spawn(process.execPath, [join(ROOT, "bin", "headgate.mjs"), "start", ...args], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  finished(() => void child.kill("SIGKILL"));
  let text = "";
  const waiting = new Set<() => void>();
  const ended = new Promise<number | string>((resolve) =>
    child.once("close", (code, signal) => resolve(code ?? signal ?? "")),
  );
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      for (const look of waiting) look();
    });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        const found = text.split("\n").find((one) => pattern.test(one));
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      void ended.then((how) => reject(new Error(`ended with ${how} before ${pattern}:\n${text}`)));
      look();
    });
  return { child, line, ended, output: () => text, url: () => /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0] ?? "" };
}

const pidsOf = (dir: string): readonly number[] =>
  (JSON.parse(readFileSync(join(dir, "processes.json"), "utf8")) as { readonly pid: number }[]).map((one) => one.pid);

async function journalOf(dir: string): Promise<readonly DecisionRecord[]> {
  const file = openSqlite(join(dir, "headgate.sqlite"), Date.now);
  const all: DecisionRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await file.journal.list({ tenant: "default", limit: 500, ...(cursor ? { cursor } : {}) });
    all.push(...page.items);
    cursor = page.cursor;
  } while (cursor);
  await file.close();
  return all;
}

/** Every record is replayed by the machine of its own noun. */
async function differences(records: readonly DecisionRecord[]) {
  const found: unknown[] = [];
  for (const record of records) {
    const result = await replayWith(machines, record);
    if (result?.same !== true) found.push({ id: record.id, noun: record.noun, result });
  }
  return found;
}

test.concurrent("start → first scale-out → Ctrl-C: exit 0, no process left, every decision replays", async ({
  onTestFinished,
  expect,
}) => {
  const dir = join(tempDir(onTestFinished), "state");
  const began = Date.now();
  const run = prompt(onTestFinished, ["--port", "0", "--data", dir, "--speed", "240"]);
  await run.line(/^\d\d:\d\d {2}/);
  // Prompt to first decision: at most 15 s.
  expect(Date.now() - began).toBeLessThan(15_000);
  await run.line(/ → /);
  expect(Date.now() - began).toBeLessThan(60_000);
  const decisions = (await (await fetch(`${run.url()}/api/v1/decisions?reason=scaled_out`)).json()) as {
    items: { reason: string }[];
  };
  expect(decisions.items.length).toBeGreaterThan(0);
  const pids = pidsOf(dir);
  expect(pids.length).toBeGreaterThanOrEqual(3);
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(0);
  expect(pids.filter(lives)).toEqual([]);
  expect(pidsOf(dir)).toEqual([]);
  expect(run.output()).toContain("Stopped. The state is kept");
  const records = await journalOf(dir);
  expect(records.some((record) => record.reason === "scaled_out")).toBe(true);
  expect(await differences(records)).toEqual([]);
}, 90_000);

test.concurrent("kill -9, then start again: no process left over, and everything goes on from the state on disk", async ({
  onTestFinished,
  expect,
}) => {
  const dir = tempDir(onTestFinished);
  const first = prompt(onTestFinished, ["--port", "0", "--data", dir, "--speed", "240"]);
  await first.line(/ → /);
  const view = (await (await fetch(`${first.url()}/api/v1/services`)).json()) as {
    clock: { now: number };
    items: { name: string; status: { desired: number } }[];
  };
  const desiredOnDisk = () => JSON.parse(readFileSync(join(dir, "desired.json"), "utf8")) as Record<string, number>;
  const lastOutAt = async (run: Prompt, name: string) => {
    const answer = await (await fetch(`${run.url()}/api/v1/autoscaling/${name}`)).json();
    // A service without autoscaling has none.
    return (answer as { state?: { lastOutAt?: number } }).state?.lastOutAt ?? 0;
  };
  const cooldowns = new Map<string, number>();
  for (const { name } of view.items) cooldowns.set(name, await lastOutAt(first, name));
  expect(Math.max(...cooldowns.values())).toBeGreaterThan(0);
  const pids = pidsOf(dir);
  first.child.kill("SIGKILL");
  await first.ended;
  expect(await eventually(() => !pids.some(lives), 10_000)).toBe(true);
  const desired = desiredOnDisk();
  const before = await journalOf(dir);
  const out = before.find((record) => record.reason === "scaled_out");
  expect(out).toBeDefined();

  const second = prompt(onTestFinished, ["--port", "0", "--data", dir, "--speed", "240"]);
  await second.line(/state .*, continued/);
  const again = (await (await fetch(`${second.url()}/api/v1/services`)).json()) as typeof view;
  expect(again.clock.now).toBeGreaterThan(view.clock.now);
  for (const [name, count] of Object.entries(desired)) {
    // Later decisions may have moved it by then, but it does not start over at the minimum.
    const shown = again.items.find((item) => item.name === name)?.status.desired ?? 0;
    expect(Math.abs(shown - count)).toBeLessThanOrEqual(1);
  }
  for (const [name, at] of cooldowns) expect(await lastOutAt(second, name)).toBeGreaterThanOrEqual(at);
  await second.line(/ → |stays/);
  second.child.kill("SIGTERM");
  expect(await second.ended).toBe(0);
  const after = await journalOf(dir);
  expect(after.length).toBeGreaterThan(before.length);
  // History is whole, in order, and nothing that was begun was left open.
  for (const record of before) expect(after.find((one) => one.id === record.id)).toBeDefined();
  const firstNew = after.filter((one) => !before.some((old) => old.id === one.id)).at(-1);
  expect(firstNew?.at).toBeGreaterThan(before[0]?.at ?? 0);
  const done = after.find((record) => record.id === out?.id);
  expect(done?.outcomes.some((outcome) => outcome.phase === "performed")).toBe(true);
  expect(await differences(after)).toEqual([]);
}, 90_000);

/** Runs `start` in this process; only for what ends by itself. */
async function refused(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  const lines: string[] = [];
  const say = (text: string) => void lines.push(text);
  const code = await runStart(args, { out: { line: say, error: say } });
  return { code, output: lines.join("\n") };
}

test("a taken port is named with the option that changes it: exit 2, nothing started", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => other.once("listening", resolve));
  onTestFinished(() => void other.close());
  const dir = tempDir();
  const { port } = other.address() as AddressInfo;
  const { code, output } = await refused("--port", String(port), "--data", dir);
  expect(code).toBe(2);
  expect(output).toContain(`port ${port} is taken by another program. Choose another one with --port N.`);
  expect(existsSync(join(dir, "processes.json"))).toBe(false);
  // What had been opened is closed again: the folder is free.
  lockDataDir(dir).release();
});

test("a data folder that cannot be used: exit 2 with the option that changes it", async () => {
  const dir = join(tempDir(), "file");
  writeFileSync(dir, "");
  const { code, output } = await refused("--port", "0", "--data", dir);
  expect(code).toBe(2);
  expect(output).toMatch(/the data folder .* cannot be used: .*--data DIR/);
});

test("faults of a configuration are named with line, value and what is allowed: exit 2, no state made", async () => {
  const dir = tempDir();
  const config = join(dir, "bad.yaml");
  writeFileSync(
    config,
    "version: 1\nservices:\n  a: { run: { command: [x], prot: 1 } }\nautoscaling:\n  a: { min: 5, max: 2 }\n",
  );
  const { code, output } = await refused("--port", "0", "--data", join(dir, "state"), "--config", config);
  expect(code).toBe(2);
  expect(output).toContain(`${config}:3`);
  expect(output).toContain("prot");
  expect(existsSync(join(dir, "state"))).toBe(false);
});

test("a configuration file of 10 MB is refused without being read whole", async () => {
  const dir = tempDir();
  const config = join(dir, "big.yaml");
  writeFileSync(config, `version: 1\n# ${"x".repeat(10 * 1024 * 1024)}\n`);
  const { code, output } = await refused("--data", join(dir, "state"), "--config", config);
  expect(code).toBe(2);
  expect(output).toMatch(/big\.yaml has 1 fault/);
});

test.each([
  ["--config", "no-such.yaml", "there is no such file"],
  ["--config", ".", "it is a folder"],
  ["--trace", "no-such.csv", "there is no such file"],
  ["--speed", "0", "allowed: number 1..600"],
  ["--sped", "1", "--sped"],
])("%s %s: says what is wrong, exit 2", async (option, value, why) => {
  const { code, output } = await refused("--port", "0", "--data", join(tempDir(), "state"), option, value);
  expect(code).toBe(2);
  expect(output).toContain(why);
});

test("a trace with bad rows is refused with row and column", async () => {
  const dir = tempDir();
  const trace = join(dir, "t.csv");
  writeFileSync(trace, "timestamp,value\n2026-01-01T00:00:00Z,1\n2026-01-01T00:01:00Z,NaN\n");
  const { code, output } = await refused("--port", "0", "--data", join(dir, "state"), "--trace", trace);
  expect(code).toBe(2);
  expect(output).toMatch(/t\.csv:3.*value/);
});

test.concurrent("a gap of a trace and a secret in plain text are named as warnings, and the rest runs", async ({
  onTestFinished,
  expect,
}) => {
  const dir = tempDir(onTestFinished);
  const [trace, config] = [join(dir, "t.csv"), join(dir, "my.yaml")];
  const rows = ["00:00", "00:01", "00:02", "04:00"].map((time) => `2026-01-01T${time}:00Z,1`);
  writeFileSync(trace, `timestamp,value\n${rows.join("\n")}\n`);
  const run = `{ command: ["no-such-program"], env: { PASSWORD: hunter2 } }`;
  writeFileSync(config, `version: 1\nservices:\n  a: { run: ${run} }\n`);
  const started = prompt(onTestFinished, [
    "--port",
    "0",
    "--data",
    join(dir, "state"),
    "--config",
    config,
    "--trace",
    trace,
  ]);
  expect(await started.line(/^warning: .*t\.csv:5/)).toContain("gap");
  expect(await started.line(/^warning: .*PASSWORD/)).toContain(`${config}:3:`);
  started.child.kill("SIGTERM");
  expect(await started.ended).toBe(0);
  expect(started.output()).not.toContain("hunter2");
});

test.concurrent("a second Ctrl-C stops at once what would take its time, and leaves no process either", async ({
  onTestFinished,
  expect,
}) => {
  const dir = tempDir(onTestFinished);
  writeFileSync(
    join(dir, "my.yaml"),
    `version: 1
services:
  slow: { run: { command: ["${process.execPath}", "${SERVICE}"], env: { MODE: ignore-term }, grace: 5m } }
`,
  );
  const run = prompt(onTestFinished, ["--port", "0", "--data", join(dir, "state"), "--config", join(dir, "my.yaml")]);
  await run.line(/Ctrl-C/);
  const ready = async () => {
    const answer = (await (await fetch(`${run.url()}/api/v1/services`)).json()) as { items: { health: string }[] };
    return answer.items[0]?.health === "ok";
  };
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 50));
  const pids = pidsOf(join(dir, "state"));
  expect(pids).toHaveLength(1);
  run.child.kill("SIGINT");
  await run.line(/^Stopping/);
  // Handed on twice by terminal and npm, one Ctrl-C is still one.
  run.child.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 900));
  expect(pids.every(lives)).toBe(true);
  run.child.kill("SIGINT");
  expect(await run.ended).toBe(1);
  expect(await eventually(() => !pids.some(lives), 3000)).toBe(true);
});

test.concurrent("the user's own commands run in real time when no load is declared; a broken one is shown and the rest runs", async ({
  onTestFinished,
  expect,
}) => {
  const dir = tempDir(onTestFinished);
  mkdirSync(join(dir, "app"));
  writeFileSync(
    join(dir, "my.yaml"),
    `version: 1
services:
  mine: { run: { command: ["${process.execPath}", "${SERVICE}"], cwd: app } }
  broken: { run: { command: ["no-such-program"] } }
autoscaling:
  mine: { min: 1, max: 3 }
`,
  );
  const run = prompt(onTestFinished, ["--port", "0", "--data", join(dir, "state"), "--config", join(dir, "my.yaml")]);
  expect(await run.line(/clock/)).toContain("real time (no load is generated; --speed N for faster)");
  expect(await run.line(/broken: trouble/)).toContain("command not found: no-such-program (not in PATH)");
  const services = (await (await fetch(`${run.url()}/api/v1/services`)).json()) as {
    items: { name: string; health: string }[];
  };
  expect(services.items.find((item) => item.name === "broken")?.health).toBe("failing");
  const second = prompt(onTestFinished, [
    "--port",
    "0",
    "--data",
    join(dir, "state"),
    "--config",
    join(dir, "my.yaml"),
  ]);
  expect(await second.ended).toBe(2);
  expect(second.output()).toContain("in use by process");
  run.child.kill("SIGTERM");
  expect(await run.ended).toBe(0);
});
