import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { processStart } from "../process-identity.ts";

/** A process that may be a target. `start` tells it from a later one with the same number. */
export interface Target {
  readonly pid: number;
  readonly start: string;
  readonly command: string;
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
  /** NAME=value of its environment, where it may be read. */
  readonly environment: readonly string[];
}

async function onLinux(): Promise<readonly Seen[]> {
  const uid = process.getuid?.();
  const seen: Seen[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const status = await readFile(`/proc/${name}/status`, "utf8");
      if (uid !== 0 && Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) !== uid) continue;
      const [command, environment] = await Promise.all([
        readFile(`/proc/${name}/cmdline`, "utf8"),
        readFile(`/proc/${name}/environ`, "utf8").catch(() => ""),
      ]);
      const parent = Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0);
      seen.push({
        pid: Number(name),
        parent,
        command: command.split("\0").join(" ").trim(),
        environment: environment.split("\0"),
      });
    } catch {
      // It has ended meanwhile.
    }
  }
  return seen;
}

async function withPs(): Promise<readonly Seen[]> {
  const text = await new Promise<string>((resolve, reject) => {
    const args = ["-x", "-o", "pid=,ppid=,command="];
    execFile("ps", args, { maxBuffer: 16 << 20 }, (error, out) => (error ? reject(error) : resolve(out)));
  });
  return text.split("\n").flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid && command ? [{ pid: Number(pid), parent: Number(parent), command, environment: [] }] : [];
  });
}

/** Never hit: this process, who began it, and the first of all. */
function protectedOf(seen: readonly Seen[]): ReadonlySet<number> {
  const parents = new Map(seen.map(({ pid, parent }) => [pid, parent]));
  const safe = new Set([0, 1]);
  for (let at: number | undefined = process.pid; at !== undefined && !safe.has(at); at = parents.get(at)) safe.add(at);
  return safe;
}

export type Wanted =
  | { readonly kind: "service"; readonly service: string }
  | { readonly kind: "match"; readonly match: string }
  | { readonly kind: "pid"; readonly pid: number };

/** Processes of this user that are meant, the oldest number first; never this one or those above it. */
export async function findProcesses(wanted: Wanted): Promise<readonly Target[]> {
  const seen = process.platform === "linux" ? await onLinux() : await withPs();
  const safe = protectedOf(seen);
  const isMeant = ({ pid, command, environment }: Seen): boolean =>
    wanted.kind === "pid"
      ? pid === wanted.pid
      : wanted.kind === "match"
        ? command.includes(wanted.match)
        : environment.includes(`HEADGATE_SERVICE=${wanted.service}`) ||
          environment.includes(`SERVICE_NAME=${wanted.service}`);
  return seen
    .filter((one) => !safe.has(one.pid) && isMeant(one))
    .sort((a, b) => a.pid - b.pid)
    .flatMap(({ pid, command }) => {
      const start = processStart(pid);
      return start === undefined ? [] : [{ pid, start, command }];
    });
}

/** Sends a signal to that very process. False: it is gone, or its number is another's by now. */
export function signal(
  { pid, start }: Pick<Target, "pid" | "start">,
  name: "KILL" | "TERM" | "STOP" | "CONT",
): boolean {
  if (processStart(pid) !== start) return false;
  try {
    process.kill(pid, `SIG${name}`);
    return true;
  } catch {
    return false;
  }
}
