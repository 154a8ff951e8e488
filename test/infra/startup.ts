import { spawn } from "node:child_process";

/** Runs in one round; interleaved, so that a busy machine is equally hard on all. */
const RUNS = 11;
/** A busy machine blurs a ratio: measure again before calling it over budget. */
const MOST_ROUNDS = 4;

/** Wall milliseconds of a `node` process that imports the file and ends. */
function wall(entry: string): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [entry], { stdio: ["ignore", "ignore", "inherit"] });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(performance.now() - started) : reject(new Error(`${entry} ended with ${code}`)),
    );
  });
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;

export interface Startup {
  readonly medianMs: number;
  /** Median over the empty handler's median. */
  readonly ratio: number;
  readonly runs: number;
}

/** What the machine adds is never negative: the lower quartile is nearest to what the process itself takes. */
const quiet = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 4)] as number;

/**
 * Medians of interleaved runs of an empty handler and the given entries. One that is above its budget is measured again in turns with the empty
 * handler alone, so that both meet the same machine, and is judged by the lower quartiles of these pairs.
 */
export async function startups(
  empty: string,
  entries: Readonly<Record<string, { readonly entry: string; readonly budget: number }>>,
): Promise<Readonly<Record<string, Startup>>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(entries).map((name) => [name, []]));
  const base: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    base.push(await wall(empty));
    for (const [name, { entry }] of Object.entries(entries)) times[name]?.push(await wall(entry));
  }
  const result: Record<string, Startup> = { empty: { medianMs: median(base), ratio: 1, runs: RUNS } };
  for (const [name, { entry, budget }] of Object.entries(entries)) {
    const runs = times[name] ?? [];
    let ratio = median(runs) / median(base);
    const pairs: (readonly [empty: number, entry: number])[] = [];
    for (let round = 1; round < MOST_ROUNDS && ratio > budget; round++) {
      for (let run = 0; run < 2 * RUNS; run++) pairs.push([await wall(empty), await wall(entry)]);
      ratio = quiet(pairs.map(([, one]) => one)) / quiet(pairs.map(([one]) => one));
    }
    result[name] = { medianMs: median(runs), ratio, runs: runs.length + pairs.length };
  }
  return result;
}
