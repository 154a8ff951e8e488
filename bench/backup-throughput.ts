import { execFileSync } from "node:child_process";
import { platform } from "node:os";
import { fileURLToPath } from "node:url";
import { type Row, row } from "./row.ts";

const MEGABYTES = 300;
const RUNS = 3;
const MB = 1e6;

interface Copied {
  readonly raw: number;
  readonly stored: number;
  readonly streamed: number;
  readonly copySeconds: number;
  readonly cpuSeconds: number;
  readonly readSeconds: number;
  readonly peak: number;
}

function copyOnce(): Copied {
  const child = [
    process.execPath,
    fileURLToPath(new URL("./backup-copy.ts", import.meta.url)),
    String(MEGABYTES),
  ] as const;
  const oneCore = platform() === "linux" ? ["taskset", "-c", "0", ...child] : [...child];
  const [command = "", ...args] = oneCore;
  return JSON.parse(execFileSync(command, args, { encoding: "utf8", maxBuffer: MB })) as Copied;
}

/** A worker's copy of records of 1 KB into a folder, on one core (Linux), without a broker: its rate, its memory, and what it stores against one stream of zstd -3. */
export async function bench(): Promise<readonly Row[]> {
  // The best of some: whoever else is at work on the machine only ever slows it down.
  const runs = Array.from({ length: RUNS }, copyOnce);
  const best = (of: (one: Copied) => number) => Math.max(...runs.map(of));
  const [first] = runs as [Copied];
  const noun = "backup-throughput";
  return [
    row(noun, {
      measure: "copy, 1 KB records, one core",
      value: best(({ raw, copySeconds }) => raw / MB / copySeconds),
      unit: "MB/s",
      bar: 60,
      better: "higher",
    }),
    row(noun, {
      measure: "copy, of processor time",
      value: best(({ raw, cpuSeconds }) => raw / MB / cpuSeconds),
      unit: "MB/s",
    }),
    row(noun, {
      measure: "read back, unpacked and hashed",
      value: best(({ raw, readSeconds }) => raw / MB / readSeconds),
      unit: "MB/s",
      bar: 40,
      better: "higher",
    }),
    row(noun, {
      measure: "stored against one stream of zstd -3",
      value: first.stored / first.streamed,
      unit: "×",
      bar: 1.05,
    }),
    row(noun, { measure: "memory of the worker", value: best(({ peak }) => peak / MB), unit: "MB", bar: 256 }),
  ];
}
