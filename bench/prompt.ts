import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../test/free-port.ts";
import { withFolder } from "./parts.ts";
import { median } from "./timing.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const POLL_MS = 50;
const PATIENCE_MS = 90_000;
const GRACE_MS = 30_000;
/** Idle is looked at from when the start is over. */
const SETTLE_MS = 15_000;
const WATCH_MS = 10_000;

interface Started {
  readonly url: string;
  readonly pid: number;
  /** Of the prompt, by `performance.now()`. */
  readonly at: number;
  exited(): boolean;
}

/** Runs `headgate start` as a user's prompt does, on a free port and a new data folder, and stops it afterwards. */
async function withHeadgate<T>(args: readonly string[], work: (started: Started) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const port = await freePort();
    const at = performance.now();
    const child = spawn(
      process.execPath,
      [
        join(ROOT, "bin/headgate.mjs"),
        "start",
        "--port",
        String(port),
        "--data",
        join(folder, "data"),
        "--quiet",
        ...args,
      ],
      { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] },
    );
    let errors = "";
    child.stderr?.on("data", (chunk) => (errors = `${errors}${chunk}`.slice(-2_000)));
    try {
      return await work({
        url: `http://127.0.0.1:${port}`,
        pid: child.pid ?? 0,
        at,
        exited: () => child.exitCode !== null || child.signalCode !== null,
      });
    } catch (error) {
      throw new Error(`headgate start: ${(error as Error).message}\n${errors}`, { cause: error });
    } finally {
      await stop(child);
    }
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
  await gone;
  clearTimeout(timer);
}

/** Seconds from the prompt until the answer of `path` has an item. */
async function firstItem(started: Started, path: string): Promise<number> {
  while (performance.now() - started.at < PATIENCE_MS) {
    if (started.exited()) throw new Error("it ended by itself");
    const answer = await fetch(`${started.url}${path}`).catch(() => undefined);
    if (answer?.ok) {
      const { items } = (await answer.json()) as { items: readonly unknown[] };
      if (items.length > 0) return (performance.now() - started.at) / 1_000;
    }
    await pause(POLL_MS);
  }
  throw new Error(`nothing at ${path} within ${PATIENCE_MS / 1_000} s`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Seconds from the prompt to the first decision and to the first one that scaled out. */
export function promptSeconds(): Promise<{ readonly decision: number; readonly scaleOut: number }> {
  return withHeadgate([], async (started) => ({
    decision: await firstItem(started, "/api/v1/decisions?limit=1"),
    scaleOut: await firstItem(started, "/api/v1/decisions?limit=1&reason=scaled_out"),
  }));
}

/** Resident memory of the control plane without load, in MB (its services are processes of their own); Linux only. */
export async function idleMegabytes(): Promise<number | undefined> {
  if (process.platform !== "linux") return undefined;
  return withHeadgate(["--no-load"], async (started) => {
    await firstItem(started, "/api/v1/services");
    await pause(SETTLE_MS);
    const seen: number[] = [];
    for (let waited = 0; waited < WATCH_MS; waited += 500) {
      seen.push(residentMegabytes(started.pid));
      await pause(500);
    }
    return median(seen);
  });
}

function residentMegabytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!match) throw new Error(`process ${pid} shows no resident memory`);
  return Number(match[1]) / 1_024;
}
