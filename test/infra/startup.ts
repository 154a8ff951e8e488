import { spawn } from "node:child_process";

/** Runs in one round; interleaved, so that a busy machine is equally hard on all. */
const RUNS = 11;
/** A busy machine blurs a ratio: measure again before calling it over budget. */
const MOST_ROUNDS = 4;

/** At its end a process tells what it has cost. The empty handler does so too, so it is in what the others are held against. */
const TELL =
  'import{writeSync}from"node:fs";process.on("exit",()=>{const{user,system}=process.cpuUsage();writeSync(3,String(user+system))})';

/** Processor milliseconds of a `node` process that imports the file and ends: other programs on the machine hardly change them. */
function processor(entry: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", `data:text/javascript,${encodeURIComponent(TELL)}`, entry], {
      stdio: ["ignore", "ignore", "inherit", "pipe"],
    });
    let told = "";
    child.stdio[3]?.on("data", (chunk: Buffer) => {
      told += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 && told !== "" ? resolve(Number(told) / 1000) : reject(new Error(`${entry} ended with ${code}`)),
    );
  });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

export interface Startup {
  /** Processor milliseconds. */
  readonly medianMs: number;
  /** Median over the empty handler's median. */
  readonly ratio: number;
  readonly runs: number;
}

/**
 * Medians of interleaved runs of an empty handler and the given entries. One that is above its budget is measured again in turns with the empty
 * handler alone, so that both meet the same machine, and is judged by these pairs.
 */
export async function startups(
  empty: string,
  entries: Readonly<Record<string, { readonly entry: string; readonly budget: number }>>,
): Promise<Readonly<Record<string, Startup>>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(entries).map((name) => [name, []]));
  const base: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    base.push(await processor(empty));
    for (const [name, { entry }] of Object.entries(entries)) times[name]?.push(await processor(entry));
  }
  const result: Record<string, Startup> = { empty: { medianMs: median(base), ratio: 1, runs: RUNS } };
  for (const [name, { entry, budget }] of Object.entries(entries)) {
    const runs = times[name] ?? [];
    let ratio = median(runs) / median(base);
    const pairs: (readonly [empty: number, entry: number])[] = [];
    for (let round = 1; round < MOST_ROUNDS && ratio > budget; round++) {
      for (let run = 0; run < 2 * RUNS; run++) pairs.push([await processor(empty), await processor(entry)]);
      ratio = median(pairs.map(([, one]) => one)) / median(pairs.map(([one]) => one));
    }
    result[name] = { medianMs: median(runs), ratio, runs: runs.length + pairs.length };
  }
  return result;
}
