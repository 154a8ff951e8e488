import type { Release } from "../../kernel/release.ts";
import { at, type Fields, fault, fieldsOf, isMap, type Notes, pick, textOf } from "./reading.ts";

type Resources = Release["resources"];

/** The platform's defaults: memory 1g, cpu_quota 100000 of a period of 100000. */
export const USUAL_RESOURCES: Resources = { memoryMb: 1024, cpus: 1 };
const USUAL_PERIOD = 100_000;

const MB = 1024 * 1024;
const UNIT: Readonly<Record<string, number>> = { "": 1, b: 1, k: 1024, m: MB, g: 1024 * MB, t: 1024 * 1024 * MB };
const MEMORY = 'text such as "512m" or "1g", or a number of bytes, 4 MiB to 16 TiB';
const [LEAST_MB, MOST_MB] = [4, 16 * 1024 * 1024];
/** Shares of ECS: so many are one core. Below so many, a bare number means cores. */
const [ECS_UNITS, LEAST_UNITS] = [1024, 128];
const MOST_CPUS = 256;

/** MiB from what Docker and Kubernetes write: "1g", "512m", "1.5gb", "512Mi", bytes. Undefined where it is none. */
export function memoryMb(value: unknown): number | undefined {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim().toLowerCase() : "";
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?i?$|^(\d+)b$/.exec(text);
  if (!match) return undefined;
  const bytes = Number(match[1] ?? match[3]) * (UNIT[match[2] ?? ""] ?? 1);
  const mb = Math.ceil(bytes / MB);
  return bytes >= LEAST_MB * MB && mb <= MOST_MB ? mb : undefined;
}

/** Cores: 0.5, "0.5", "500m" as Kubernetes writes them, 512 in units of ECS. Undefined where it is none. */
export function cores(value: unknown): number | undefined {
  const text = typeof value === "number" ? String(value) : typeof value === "string" ? value.trim() : "";
  const match = /^(\d+(?:\.\d+)?)(m?)$/.exec(text);
  if (!match) return undefined;
  const number = Number(match[1]);
  const cpus = match[2] === "m" ? number / 1000 : number >= LEAST_UNITS ? number / ECS_UNITS : number;
  return cpus > 0 && cpus <= MOST_CPUS ? cpus : undefined;
}

const KNOWN = ["memory", "memory_mb", "mem_limit", "cpus", "cpu", "cpu_quota", "cpu_period"];

/** Memory and CPU, over what was there before. */
export function readResources(value: unknown, before: Resources, path: string, notes: Notes): Resources {
  if (!isMap(value)) {
    fault(notes, path, "is not a map", "a map of memory and cpus", value);
    return before;
  }
  // Compose writes them a level deeper.
  const limits = value["limits"];
  const fields = fieldsOf(isMap(limits) ? { ...limits } : value, KNOWN, path, notes);
  return { memoryMb: readMemory(fields, before, path, notes), cpus: readCpus(fields, before, path, notes) };
}

function readMemory(fields: Fields, before: Resources, path: string, notes: Notes): number {
  const mb = pick(fields, "memory_mb");
  const given = mb ?? pick(fields, "memory", "mem_limit");
  if (!given) return before.memoryMb;
  const read = memoryMb(mb ? `${textOf(mb.value)}m` : given.value);
  if (read === undefined) fault(notes, at(path, given.key), "is no amount of memory", MEMORY, given.value);
  return read ?? before.memoryMb;
}

function readCpus(fields: Fields, before: Resources, path: string, notes: Notes): number {
  const given = pick(fields, "cpus", "cpu");
  if (given) {
    const read = cores(given.value);
    if (read === undefined)
      fault(notes, at(path, given.key), "is no number of cores", 'cores such as 0.5 or "500m", up to 256', given.value);
    return read ?? before.cpus;
  }
  const quota = pick(fields, "cpu_quota");
  if (!quota) return before.cpus;
  const period = pick(fields, "cpu_period")?.value ?? USUAL_PERIOD;
  const share = Number(quota.value) / Number(period);
  // Docker: -1 and 0 are no limit.
  if (Number(quota.value) === -1 || Number(quota.value) === 0) return before.cpus;
  if (share > 0 && share <= MOST_CPUS) return share;
  fault(
    notes,
    at(path, quota.key),
    "is no quota of CPU time",
    "microseconds per period of 100000, such as 50000",
    quota.value,
  );
  return before.cpus;
}
