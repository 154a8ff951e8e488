import { spawn } from "node:child_process";
import type { Readable } from "node:stream";

/**
 * Runs before the user's command in the same process, which it then becomes (exec): the pid is the command's own, and
 * figures of the operating system are those of the command. Beside it stays a shell that waits for the end of its input, a pipe
 * held by the control plane. When the control plane dies, in whatever way, the pipe closes and the whole process group is
 * asked to stop and then killed. It is started twice removed, so that the command has no child it does not know.
 * While this guard lives in the group, the group's id cannot be given to others.
 */
const GUARD = `grace=$1; shift
exec 3<&0 </dev/null
( ( trap '' TERM INT HUP PIPE; exec >/dev/null 2>&1
    while read -r _; do :; done <&3
    kill -TERM -$$; sleep "$grace"; kill -KILL -$$ ) & )
exec 3<&-
exec "$@"`;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running command in a process group of its own. */
export interface Child {
  readonly pid: number;
  /** Ends when the command has ended; whatever it left in its group is killed then, as a container would. */
  readonly exited: Promise<Exit>;
  /** Signal to the whole group. False when nothing of it is left. */
  signal(name: NodeJS.Signals): boolean;
}

export interface ChildRequest {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long the guard waits between SIGTERM and SIGKILL when the control plane is gone, in ms. */
  readonly graceMs: number;
  /** Called with every line the command prints. */
  readonly onLine: (line: string) => void;
}

function signalGroup(pid: number, name: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, name);
    return true;
  } catch {
    return false;
  }
}

/** Splits a stream into lines; a line longer than 4 KB is cut, so that output without line ends needs no memory. */
function lines(stream: Readable, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const parts = (rest + text).split(/\r?\n/);
    rest = (parts.pop() ?? "").slice(0, 4096);
    for (const part of parts) if (part !== "") onLine(part.slice(0, 4096));
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
  stream.on("error", () => {});
}

/**
 * Starts a command under guard. POSIX only (needs /bin/sh and process groups).
 *
 * @throws the operating system's error when even the shell cannot be started (no more processes, no such cwd).
 */
export async function startChild(request: ChildRequest): Promise<Child> {
  const grace = String(Math.max(1, Math.ceil(request.graceMs / 1000)));
  const started = spawn("/bin/sh", ["-c", GUARD, "headgate", grace, ...request.command], {
    cwd: request.cwd,
    env: request.env,
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  started.stdin.on("error", () => {});
  lines(started.stdout, request.onLine);
  lines(started.stderr, request.onLine);
  const exited = new Promise<Exit>((resolve) => {
    started.once("exit", (code, signal) => {
      if (started.pid !== undefined) signalGroup(started.pid, "SIGKILL");
      started.stdin.destroy();
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    started.once("spawn", resolve);
    started.once("error", reject);
  });
  const pid = started.pid as number;
  return { pid, exited, signal: (name) => signalGroup(pid, name) };
}
