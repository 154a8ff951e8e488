import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ChaosDriver, type ChaosWorld, runExperiment, type Undo } from "../../functions/chaos/engine.ts";
import { readExperiment } from "../../functions/chaos/read.ts";
import { localDriver } from "../../local/chaos/driver.ts";
import { GOOD_LINE, startProxy } from "../../local/chaos/proxy.ts";
import { chaosReports, runChaos, undoChaos } from "../../local/chaos/run.ts";
import { fileUndoLog } from "../../local/chaos/undo-log.ts";
import { processStart } from "../../local/process-identity.ts";
import { allowedTargets, type Experiment } from "../../shared/core/backup/chaos/experiment.ts";
import { judgeChaos, type ProbeSample } from "../../shared/core/backup/chaos/judge.ts";
import { chaosMarkdown } from "../../shared/core/backup/chaos/report.ts";

const text = (more = "", probe = "- { name: site, http: { url: http://127.0.0.1:1/ } }") => `name: one
hypothesis: The site stays up.
steady:
  ${probe}
faults:
  - name: gone
    command: { run: [stop], undo: [start] }
    for: 10s
every: 1s
before: 3s
duration: 30s
recovery: 20s
${more}`;

describe("an experiment's file", () => {
  test("what is wrong is told with its line and what is allowed", () => {
    const wrong = text("blast: { targets: 0 }")
      .replace("for: 10s", "for: 10")
      .replace("command: { run: [stop], undo: [start] }", "command: { run: [x] }\n    proxy: { listen: a:1, to: b:2 }");
    let faults: readonly { path: string; line?: number }[] = [];
    try {
      readExperiment(wrong, "x.yaml");
    } catch (error) {
      ({ faults } = error as { faults: typeof faults });
    }
    expect(faults.map(({ path, line }) => [path, line])).toEqual([
      ["faults[0].for", 9],
      ["blast.targets", 14],
    ]);
    expect(() => readExperiment(text("", "- { name: both }"))).toThrow(/exactly one of http, promql, lag, command/);
  });

  test("the blast radius is the smallest of what is asked for, targets and share", () => {
    const blast = { targets: 3, percent: 34 };
    expect([1, 3, 6, 100].map((there) => allowedTargets(5, there, blast))).toEqual([0, 1, 2, 3]);
    expect(allowedTargets(5, 100, blast, 2)).toBe(1);
  });
});

describe("the verdict", () => {
  const experiment = (tolerate: string) =>
    readExperiment(text("", `- { name: site, http: { url: http://127.0.0.1:1/ }, tolerate: ${tolerate} }`));
  const looks = (marks: string): ProbeSample[] =>
    [...marks].map((mark, index) => ({ probe: 0, at: index * 1000, ok: mark === "+", text: mark }));
  test.each([
    ["+++++++", "0s", "held", 0],
    ["+++-+++", "0s", "broken", 4000 - 2000],
    ["+++-+++", "1s", "held", 4000 - 2000],
    ["+++--+++", "1s", "broken", 5000 - 2000],
    ["+++--+-+", "5s", "held", 7000 - 2000],
    ["+++----", "1m", "broken", undefined],
  ])("%s with a tolerance of %s is %s", (marks, tolerate, verdict, recoveryMs) => {
    const found = judgeChaos(experiment(tolerate), looks(marks), { brokenAt: 2000, endedAt: 9000 });
    expect([found.verdict, found.recoveryMs]).toEqual([verdict, recoveryMs]);
  });
});

/** Time that only moves when somebody waits; the site is down while it is broken, and for `lag` after. */
function virtual(
  given: {
    readonly lag?: number;
    readonly sick?: boolean;
    readonly failing?: "break" | "undo" | "prepare";
    readonly abortAt?: number;
  } = {},
) {
  const abort = new AbortController();
  const events: string[] = [];
  let now = 0;
  let upAt: number | undefined = 0;
  const driver: ChaosDriver = {
    prepare: async () => {
      if (given.failing === "prepare") throw new Error("the blast radius allows none");
      return { targets: ["t"], undo: { kind: "start" }, state: undefined };
    },
    breakIt: async () => {
      events.push(`${now} broken`);
      upAt = undefined;
      if (given.failing === "break") throw new Error("half broken");
      return { targets: ["t"], text: "stopped" };
    },
    undo: async ({ kind }: Undo) => {
      events.push(`${now} ${kind}`);
      upAt = now + (given.lag ?? 0);
      if (given.failing === "undo") throw new Error("it does not start");
      return "started";
    },
  };
  const world: ChaosWorld = {
    now: () => now,
    sleep: async (ms) => {
      now += ms;
      if (given.abortAt !== undefined && now >= given.abortAt) abort.abort();
    },
    probe: async () => ({
      ok: !given.sick && upAt !== undefined && now >= upAt,
      text: upAt === undefined ? "down" : "up",
    }),
    driver,
    log: {
      add: async (_, index) => void events.push(`${now} noted ${index}`),
      done: async (_, index) => void events.push(`${now} struck ${index}`),
    },
    signal: abort.signal,
  };
  return { events, run: (experiment: Experiment) => runExperiment(experiment, "cha_1", world) };
}

describe("an experiment", () => {
  const tolerant = readExperiment(text("", "- { name: site, http: { url: http://127.0.0.1:1/ }, tolerate: 15s }"));

  test("notes how to undo before it breaks, undoes in time, and times how long it takes to be steady again", async () => {
    const { run, events } = virtual({ lag: 2000 });
    const report = await run(tolerant);
    expect(events).toEqual(["3000 noted 0", "3000 broken", "13000 start", "13000 struck 0"]);
    expect(report).toMatchObject({
      verdict: "held",
      brokenAt: 3000,
      recoveryMs: 12_000,
      faults: [{ beganAt: 3000, undoneAt: 13_000, undo: "done" }],
    });
    expect(chaosMarkdown(report)).toContain("# one: held");
  });

  test("breaks nothing where the steady state is not there to begin with, or no target may be taken", async () => {
    for (const given of [{ sick: true }, { failing: "prepare" as const }]) {
      const { run, events } = virtual(given);
      expect(await run(tolerant)).toMatchObject({ verdict: "aborted" });
      expect(events).toEqual([]);
    }
  });

  test("stops at once when a probe fails for too long, and undoes", async () => {
    const { run, events } = virtual();
    const report = await run({ ...tolerant, stop: { after: 4000 } });
    expect(report).toMatchObject({
      verdict: "aborted",
      why: "site failed for longer than 4 s: stopped",
      recoveryMs: 5000,
    });
    expect(events.at(-1)).toBe("8000 struck 0");
  });

  test("undoes when somebody ends it, when breaking failed half way, and says so when undoing did not go", async () => {
    const ended = virtual({ abortAt: 5000 });
    expect(await ended.run(tolerant)).toMatchObject({ verdict: "aborted", why: "ended by hand" });
    expect(ended.events).toContain("5000 start");
    const half = virtual({ failing: "break" });
    expect(await half.run(tolerant)).toMatchObject({
      verdict: "aborted",
      why: "half broken",
      faults: [{ undo: "done" }],
    });
    const stuck = virtual({ failing: "undo" });
    expect((await stuck.run(tolerant)).faults).toMatchObject([
      { undo: "failed", text: "stopped; not undone: it does not start" },
    ]);
    expect(stuck.events).not.toContain("13000 struck 0");
  });

  test("never steady again is broken, however much is tolerated", async () => {
    const { run } = virtual({ lag: 1e9 });
    const report = await run(tolerant);
    expect(report.verdict).toBe("broken");
    expect(report.recoveryMs).toBeUndefined();
  });
});

describe("on this machine", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "chaos-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** An echo on loopback, and a client of it that tells when each answer came. */
  async function echo() {
    const server = createServer((socket) => void socket.on("error", () => {}).pipe(socket));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    const ask = (socket: Socket, body: string) =>
      new Promise<string>((done, failed) => {
        let got = "";
        const hear = (piece: Buffer) => {
          got += piece.toString();
          if (got.length < body.length) return;
          socket.off("data", hear);
          done(got);
        };
        socket.on("data", hear).once("close", () => failed(new Error("closed")));
        socket.write(body);
      });
    const open = (at: number) =>
      new Promise<Socket>((done, failed) => {
        const socket = connect(at, "127.0.0.1", () => done(socket));
        socket.once("error", failed);
      });
    return { port, ask, open, close: () => new Promise<void>((done) => server.close(() => done())) };
  }

  test("a line hands everything on in its order, late as told, and cuts what is open", async () => {
    const { port, ask, open, close } = await echo();
    const proxy = await startProxy({ host: "127.0.0.1", port: 0 }, { host: "127.0.0.1", port }, () => 0.5);
    const socket = await open(proxy.port);
    const large = "0123456789".repeat(30_000);
    expect(await ask(socket, large)).toBe(large);
    proxy.set({ ...GOOD_LINE, latencyMs: 20, jitterMs: 10 });
    const began = performance.now();
    expect(await ask(socket, "late")).toBe("late");
    expect(performance.now() - began).toBeGreaterThanOrEqual(45);
    proxy.set({ ...GOOD_LINE, cut: true });
    await expect(ask(socket, "gone")).rejects.toThrow();
    const refused = await open(proxy.port).catch(() => undefined);
    await (refused && new Promise<void>((done) => refused.on("error", () => {}).once("close", () => done())));
    proxy.set({ ...GOOD_LINE, errors: 0.4 });
    const again = await open(proxy.port);
    expect(await ask(again, "again")).toBe("again");
    again.destroy();
    await proxy.close();
    await close();
  });

  /** A process that does nothing until it is ended. */
  async function victim() {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6); process.stdout.write('up')", folder], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    await new Promise<void>((done) => child.stdout.once("data", () => done()));
    const pid = child.pid as number;
    const state = async () =>
      /^State:\s+(\w)/m.exec(await readFile(`/proc/${pid}/status`, "utf8").catch(() => ""))?.[1];
    const gone = new Promise<string | null>((done) => child.once("exit", (_, signal) => done(signal)));
    return { child, pid, state, gone };
  }

  test("a process is ended by its number's file, the report is written, and what it finds is by name and number", async () => {
    const { pid, gone } = await victim();
    await writeFile(join(folder, "one.pid"), `${pid}\n`);
    const file = join(folder, "kill.yaml");
    await writeFile(
      file,
      `name: kill
hypothesis: It goes on without it.
steady: [{ name: node, command: { run: ["true"] } }]
faults: [{ process: { pidFile: one.pid } }]
every: 10ms
before: 0s
duration: 1ms
recovery: 5s
`,
    );
    const { report } = await runChaos({ file, folder });
    expect(await gone).toBe("SIGKILL");
    expect(report).toMatchObject({ verdict: "held", faults: [{ targets: [`pid ${pid}`], undo: "none" }] });
    expect(await chaosReports(folder)).toEqual([report]);
    const again = await runChaos({ file, folder });
    expect(again.report).toMatchObject({ verdict: "aborted", why: "there is no process of one.pid" });
  });

  test.skipIf(process.platform !== "linux")(
    "what a run that died has left halted goes on again at the next run; a living run's is left to it",
    async () => {
      const { child, pid, state, gone } = await victim();
      const driver = localDriver({ baseDir: folder, random: Math.random });
      const experiment = readExperiment(text());
      const fault = {
        ...experiment.faults[0],
        process: { match: folder, count: 1, signal: "STOP" },
      } as unknown as Experiment["faults"][number];
      const everything = { ...experiment, blast: { targets: 1, percent: 100 } };
      const prepared = await driver.prepare(fault, everything, 0);
      expect(prepared.targets).toEqual([`pid ${pid}`]);
      const log = fileUndoLog(join(folder, "undo"));
      await log.add("cha_dead", 0, prepared.undo as Undo);
      await driver.breakIt(fault, prepared);
      // A signal is on its way for a moment where much else runs.
      await expect.poll(state, { interval: 5, timeout: 5_000 }).toBe("T");
      expect(await undoChaos(folder)).toEqual([]);
      const path = join(folder, "undo", "cha_dead-0.json");
      const entry = JSON.parse(await readFile(path, "utf8")) as { owner: object };
      await writeFile(path, JSON.stringify({ ...entry, owner: { pid: 1, start: "another boot" } }));
      expect(await undoChaos(folder)).toEqual([{ id: "cha_dead", ok: true, text: `${pid} go on` }]);
      await expect.poll(state, { interval: 5, timeout: 5_000 }).not.toBe("T");
      expect(existsSync(path)).toBe(false);
      child.kill("SIGKILL");
      await gone;
      // The number alone is nobody: undoing it again hits no other process.
      expect(
        await driver.undo({
          kind: "continue",
          processes: [{ pid: process.pid, start: `${processStart(process.pid)}x` }],
        }),
      ).toBe("they are gone");
    },
  );

  test("nothing is taken that the blast radius does not allow, and never this process or who began it", async () => {
    const driver = localDriver({ baseDir: folder, random: Math.random });
    const experiment = readExperiment(text("blast: { percent: 10 }"));
    const of = (process: object) =>
      driver.prepare({ ...experiment.faults[0], process } as unknown as Experiment["faults"][number], experiment, 0);
    await writeFile(join(folder, "own.pid"), `${process.pid}`);
    await expect(of({ pidFile: "own.pid", count: 1, signal: "KILL" })).rejects.toThrow(/there is no process/);
    const { child, gone } = await victim();
    await expect(of({ match: folder, count: 1, signal: "KILL" })).rejects.toThrow(/blast radius .* allows none of 1/);
    child.kill("SIGKILL");
    await gone;
  });
});

describe("the examples", () => {
  test.each(["orders-instance.yaml", "broker-of-three.yaml"])(
    "%s can be read, and every fault in it is undone or heals by itself",
    async (name) => {
      const file = new URL(`../../examples/chaos/${name}`, import.meta.url);
      const experiment = readExperiment(await readFile(file, "utf8"), name);
      for (const { command, process: processes } of experiment.faults)
        expect(command ? command.undo : processes?.service).toBeDefined();
    },
  );
});
