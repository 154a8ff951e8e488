import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

/** What the operating system has counted of a process and all it has started. */
export interface Usage {
  /** User and system time since its start. */
  readonly cpuSeconds: number;
  /** Resident memory; pages shared between parent and child count twice. */
  readonly rssBytes: number;
}

const conf = (name: string, otherwise: number) => {
  try {
    return Number(execFileSync("getconf", [name], { encoding: "utf8", stdio: "pipe" })) || otherwise;
  } catch {
    return otherwise;
  }
};
let units: { readonly pageBytes: number; readonly ticksPerSecond: number } | undefined;

function linuxUsage(pid: number): Usage | undefined {
  units ??= { pageBytes: conf("PAGESIZE", 4096), ticksPerSecond: conf("CLK_TCK", 100) };
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // proc(5): utime, stime, cutime, cstime are fields 14 to 17; the state after ")" is field 3. Time of children that have
    // ended is in c*, of those that live in their own lines.
    const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    let cpuSeconds = ticks / units.ticksPerSecond;
    let rssBytes = pages * units.pageBytes;
    for (const child of linuxChildren(pid)) {
      const more = linuxUsage(child);
      cpuSeconds += more?.cpuSeconds ?? 0;
      rssBytes += more?.rssBytes ?? 0;
    }
    return { cpuSeconds, rssBytes };
  } catch {
    return undefined;
  }
}

function linuxChildren(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return text === "" ? [] : text.split(" ").map(Number);
  } catch {
    // Kernels without CONFIG_PROC_CHILDREN: only the process itself is seen.
    return [];
  }
}

/** "[[dd-]hh:]mm:ss[.cc]" of ps(1) in seconds; undefined for anything else. */
export function parsePsTime(text: string): number | undefined {
  const match = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text);
  if (!match) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60 + (seconds ?? 0);
}

/** By process group, which is the pid of its first process, for systems without /proc. One ps(1) for all. */
export async function psUsage(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  const found = new Map<number, Usage>();
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pgid=,time=,rss="], { maxBuffer: 16 * 1024 * 1024 });
  const wanted = new Set(pids);
  for (const line of stdout.split("\n")) {
    const [group, time, rss] = line.trim().split(/\s+/);
    const seconds = parsePsTime(time ?? "");
    if (!wanted.has(Number(group)) || seconds === undefined) continue;
    const before = found.get(Number(group));
    found.set(Number(group), {
      cpuSeconds: (before?.cpuSeconds ?? 0) + seconds,
      rssBytes: (before?.rssBytes ?? 0) + Number(rss) * 1024,
    });
  }
  return found;
}

/** Usage by pid; one that has ended is absent. Never throws. */
export async function osUsage(pids: readonly number[]): Promise<ReadonlyMap<number, Usage>> {
  if (pids.length === 0) return new Map();
  if (process.platform !== "linux") return psUsage(pids).catch(() => new Map());
  return new Map(
    pids.flatMap((pid) => {
      const usage = linuxUsage(pid);
      return usage ? [[pid, usage] as const] : [];
    }),
  );
}
