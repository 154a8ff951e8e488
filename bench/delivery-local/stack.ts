import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { processStart } from "../../local/process-identity.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SERVICE = fileURLToPath(new URL("./service.mjs", import.meta.url));

/** The whole of Headgate as a user starts it, with one service of two instances that fails one request in a hundred. */
export interface Stack {
  readonly child: ChildProcess;
  readonly api: string;
  readonly gateway: string;
  ask<T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T>;
  stop(): Promise<void>;
}

export function writeConfig(folder: string, history: number): void {
  const config = {
    version: 1,
    services: {
      orders: {
        run: {
          command: [process.execPath, SERVICE],
          grace: "3s",
          env: { SERVICE_VERSION: "v1", FAIL: "0.01" },
        },
      },
    },
    autoscaling: {
      orders: { mode: "observe", min: 2, max: 4, policies: [{ type: "instances" }] },
    },
    delivery: { orders: { gate: { history } } },
  };
  writeFileSync(join(folder, "headgate.yaml"), JSON.stringify(config));
}

export async function startStack(folder: string, speed: number): Promise<Stack> {
  const child = spawn(
    process.execPath,
    [
      join(ROOT, "bin", "headgate.mjs"),
      "start",
      ...["--config", join(folder, "headgate.yaml"), "--data", join(folder, "data")],
      ...["--port", "0", "--speed", String(speed), "--quiet"],
    ],
    { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
  );
  let text = "";
  const urls = await new Promise<{ api: string; gateway: string }>((resolve, reject) => {
    const look = (part: string) => {
      text += part;
      const api = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      const gateway = /orders\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(text)?.[1];
      if (api !== undefined && gateway !== undefined && api !== gateway) resolve({ api, gateway });
    };
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", look);
    child.once("close", () => reject(new Error(`headgate start ended:\n${text}`)));
  });
  const ask = async <T>(method: "GET" | "POST", path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${urls.api}/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const told = (await answer.json()) as T;
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  };
  return {
    child,
    ...urls,
    ask,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGINT");
      await ended;
    },
  };
}

/** Processes that this data folder has started, as it wrote them down, and that are there. */
export function processesOf(folder: string): readonly number[] {
  const all = JSON.parse(readFileSync(join(folder, "data", "processes.json"), "utf8")) as {
    readonly pid: number;
    readonly start: string;
  }[];
  return all.filter(({ pid, start }) => processStart(pid) === start).map(({ pid }) => pid);
}
