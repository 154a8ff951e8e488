import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { run } from "../../cli/run.ts";

const root = join(import.meta.dirname, "..", "..");
export const BIN = join(root, "bin", "headgate.mjs");

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Another Node than the one that runs the tests. */
  readonly node?: string;
  readonly bin?: string;
}

/** Runs the command line in this process: all of it but the launcher, without the second that a process costs. */
export async function headgate(args: readonly string[], options: Pick<RunOptions, "env" | "stdin"> = {}): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  const status = await run(args, {
    env: options.env ?? {},
    stdin: (async function* () {
      yield new TextEncoder().encode(options.stdin ?? "");
    })(),
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    terminal: false,
  });
  return { status, stdout, stderr };
}

/** Runs the command line as a process of its own, as a user does. */
export async function spawned(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { HEADGATE_URL: _, HEADGATE_KEY: __, NODE_OPTIONS: ___, ...inherited } = process.env;
  const child = spawn(options.node ?? process.execPath, [options.bin ?? BIN, ...args], {
    cwd: root,
    env: { ...inherited, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => void (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  child.stdin.end(options.stdin ?? "");
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout, stderr };
}

/** The API on a real socket of this machine. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server: Server = createServer(getRequestListener(fetch));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
