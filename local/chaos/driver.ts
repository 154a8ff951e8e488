import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ChaosDriver, Undo } from "../../functions/chaos/engine.ts";
import { allowedTargets, type Experiment, type FaultSpec } from "../../shared/core/backup/chaos/experiment.ts";
import { findProcesses, signal, type Target, type Wanted } from "./processes.ts";
import { type ChaosProxy, GOOD_LINE, startProxy } from "./proxy.ts";
import { runCommand } from "./run-command.ts";

const UNDO_MS = 120_000;

export interface DriverParts {
  readonly baseDir: string;
  readonly random: () => number;
  /** Tasks of an ECS service, and how one is stopped; absent: none can be reached. */
  readonly ecs?: {
    tasks(cluster: string, service: string, region?: string): Promise<readonly string[]>;
    stop(cluster: string, task: string, region?: string): Promise<void>;
  };
}

type ProcessFault = NonNullable<FaultSpec["process"]>;

async function wantedOf({ service, pidFile, match }: ProcessFault, baseDir: string): Promise<Wanted> {
  if (service !== undefined) return { kind: "service", service };
  if (match !== undefined) return { kind: "match", match };
  const file = resolve(baseDir, pidFile ?? "");
  const pid = Number((await readFile(file, "utf8")).trim());
  if (!Number.isSafeInteger(pid) || pid < 2) throw new Error(`${file} holds no process number`);
  return { kind: "pid", pid };
}

/** Takes as many as the blast radius allows, or says that it allows none. */
function take<T>(
  there: readonly T[],
  asked: number,
  experiment: Experiment,
  taken: number,
  what: string,
): readonly T[] {
  if (there.length === 0) throw new Error(`there is no ${what}`);
  const many = allowedTargets(asked, there.length, experiment.blast, taken);
  if (many === 0)
    throw new Error(
      `the blast radius (${experiment.blast.targets} targets, ${experiment.blast.percent} %) allows none of ${there.length} ${what}`,
    );
  return there.slice(0, many);
}

const hostPort = (text: string): { readonly host: string; readonly port: number } => {
  const at = text.lastIndexOf(":");
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ""), port: Number(text.slice(at + 1)) };
};
const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || host.startsWith("127.");

/** Breaks things on this machine: processes, programs, lines; and tasks of ECS where it is told how. Close it when all is over. */
export function localDriver({
  baseDir,
  random,
  ecs,
}: DriverParts): ChaosDriver & { readonly proxies: () => readonly ChaosProxy[]; close(): Promise<void> } {
  const proxies = new Map<string, ChaosProxy>();
  /** One for each address, from the preparation to the end: who is to feel it is connected before anything is broken. */
  const lineOf = async (listen: string, to: string): Promise<ChaosProxy> => {
    const known = proxies.get(listen);
    if (known) return known;
    const from = hostPort(listen);
    if (!isLoopback(from.host))
      throw new Error(`${listen} is not on this machine: lines listen on 127.0.0.1, localhost or [::1]`);
    const proxy = await startProxy(from, hostPort(to), random);
    proxies.set(listen, proxy);
    return proxy;
  };
  return {
    proxies: () => [...proxies.values()],
    async prepare(fault, experiment, taken) {
      const { process: processes, command, ecs: tasks, proxy } = fault;
      if (processes) {
        const found = await findProcesses(await wantedOf(processes, baseDir));
        const what = `process of ${processes.service ?? processes.match ?? processes.pidFile}`;
        // One by its number is all there is of it: the share is of nothing.
        const alone =
          processes.pidFile !== undefined
            ? { ...experiment, blast: { ...experiment.blast, percent: 100 } }
            : experiment;
        const chosen = take(found, processes.count, alone, taken, what);
        const marks = chosen.map(({ pid, start }) => ({ pid, start }));
        const undo: Undo | undefined =
          processes.signal === "STOP"
            ? { kind: "continue", processes: marks }
            : processes.restart
              ? { kind: "restart", command: processes.restart, cwd: baseDir, processes: marks }
              : undefined;
        return { targets: chosen.map(({ pid }) => `pid ${pid}`), state: chosen, ...(undo ? { undo } : {}) };
      }
      if (command) {
        take(
          Array.from({ length: command.of ?? 1 }),
          1,
          command.of === undefined ? { ...experiment, blast: { ...experiment.blast, percent: 100 } } : experiment,
          taken,
          "target",
        );
        return {
          targets: [command.run.join(" ")],
          state: undefined,
          ...(command.undo ? { undo: { kind: "command", command: command.undo, cwd: baseDir } } : {}),
        };
      }
      if (tasks) {
        if (!ecs) throw new Error("no ECS can be reached from here");
        const found = await ecs.tasks(tasks.cluster, tasks.service, tasks.region);
        const chosen = take(found, tasks.count, experiment, taken, `task of ${tasks.service}`);
        return { targets: chosen, state: chosen };
      }
      if (proxy) {
        take([proxy.listen], 1, { ...experiment, blast: { ...experiment.blast, percent: 100 } }, taken, "line");
        const line = await lineOf(proxy.listen, proxy.to);
        // It ends with this process, so nothing of it is left to undo by another.
        return {
          targets: [`127.0.0.1:${line.port} -> ${proxy.to}`],
          state: line,
          undo: { kind: "line", listen: proxy.listen },
        };
      }
      throw new Error("a fault without anything to break");
    },

    async breakIt(fault, { targets, state }) {
      const { process: processes, command, ecs: tasks, proxy } = fault;
      if (processes) {
        const hit = (state as readonly Target[]).filter((one) => signal(one, processes.signal));
        return {
          targets: hit.map(({ pid }) => `pid ${pid}`),
          text: `SIG${processes.signal} to ${hit.map(({ pid }) => pid).join(", ") || "nobody: they are gone"}`,
        };
      }
      if (command) {
        const { code, said } = await runCommand(command.run, baseDir, command.within);
        if (code !== 0)
          throw new Error(
            `${command.run[0]} ${code === undefined ? "did not end" : `exit code ${code}`}${said ? `: ${said}` : ""}`,
          );
        return { targets, text: `${command.run.join(" ")}${said ? `: ${said}` : ""}` };
      }
      if (tasks && ecs) {
        for (const task of targets) await ecs.stop(tasks.cluster, task, tasks.region);
        return { targets, text: `${targets.length} tasks of ${tasks.service} are stopped` };
      }
      if (proxy) {
        const { latency, jitter, errors, cut } = proxy;
        (state as ChaosProxy).set({ latencyMs: latency, jitterMs: jitter, errors, cut });
        const what = [
          cut ? "cut" : "",
          latency > 0 ? `${latency} ms late` : "",
          jitter > 0 ? `± ${jitter} ms` : "",
          errors > 0 ? `${errors * 100} % of connections reset` : "",
        ];
        return { targets, text: `the line to ${proxy.to} is ${what.filter(Boolean).join(", ") || "as it was"}` };
      }
      throw new Error("a fault without anything to break");
    },

    async undo(undo) {
      if (undo.kind === "line") {
        proxies.get(String(undo["listen"]))?.set(GOOD_LINE);
        return `the line on ${String(undo["listen"])} is good again`;
      }
      const marks = (undo["processes"] ?? []) as unknown as readonly Pick<Target, "pid" | "start">[];
      if (undo.kind === "continue") {
        const back = marks.filter((one) => signal(one, "CONT")).map(({ pid }) => pid);
        return back.length > 0 ? `${back.join(", ")} go on` : "they are gone";
      }
      const [command, cwd] = [undo["command"] as unknown as readonly string[], String(undo["cwd"])];
      if (undo.kind === "restart") {
        const [program = "", ...args] = command;
        const child = spawn(program, args, { cwd, detached: true, stdio: "ignore" });
        await new Promise<void>((done, failed) => {
          child.once("spawn", () => done());
          child.once("error", failed);
        });
        child.unref();
        return `${command.join(" ")} runs as ${child.pid}`;
      }
      if (undo.kind === "command") {
        const { code, said } = await runCommand(command, cwd, UNDO_MS);
        if (code !== 0)
          throw new Error(
            `${command.join(" ")} ${code === undefined ? "did not end" : `exit code ${code}`}${said ? `: ${said}` : ""}`,
          );
        return command.join(" ");
      }
      throw new Error(`this version cannot undo ${undo.kind}`);
    },

    close: async () => {
      await Promise.all([...proxies.values()].map((one) => one.close()));
      proxies.clear();
    },
  };
}
