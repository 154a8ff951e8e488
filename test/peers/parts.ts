import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CACHE = join(ROOT, ".cache", "peers");

/** A real part, running on a free loopback port. */
export interface Part {
  readonly endpoint: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

/** Why the tests of a part are skipped, for the suite's name; undefined where it is installed (`npm run test:peers` installs). */
export function missing(
  part: "dynamodb-local" | "moto" | "prometheus" | "alertmanager" | "toxiproxy" | "trino",
): string | undefined {
  return existsSync(join(CACHE, part, "installed"))
    ? undefined
    : `${part} is not installed: see what npm run test:peers says`;
}

/** Where a part is installed, or would be. */
export const partFolder = (part: string): string => join(CACHE, part);

/** Starts a program and waits for the line that tells its port; whatever it said is in the error if it ends before. */
export function start(
  command: string,
  args: readonly string[],
  portLine: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Part> {
  const child: ChildProcess = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe"],
    cwd: ROOT,
    env: { ...process.env, ...env },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended;
  };
  return new Promise((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer) => {
      if (said.length > 1_000_000) return;
      said += chunk.toString("utf8");
      const port = portLine.exec(said)?.[1];
      if (port) resolve({ endpoint: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop });
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${said}`)));
  });
}

/** DynamoDB Local 2 in memory. */
export function startDynamoDbLocal(): Promise<Part> {
  const lib = join(CACHE, "dynamodb-local", "lib");
  const launcher = join(ROOT, "scripts", "peers", "LoopbackDynamoDb.java");
  const options = ["-inMemory", "-disableTelemetry", "-port", "8000"];
  const args = [`-Djava.library.path=${lib}`, "-cp", join(lib, "*"), launcher, ...options];
  return start("java", args, /listening on (\d+)/);
}

/** moto's server: all services on one port, state in memory. A new ECS service has two running tasks at once. */
export function startMoto(): Promise<Part> {
  const python = join(CACHE, "moto", "venv", "bin", "python");
  const args = ["-m", "moto.server", "--host", "127.0.0.1", "--port", "0"];
  return start(python, args, /Running on http:\/\/127\.0\.0\.1:(\d+)/, { MOTO_ECS_SERVICE_RUNNING: "2" });
}
