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

/** Medians of interleaved runs of an empty handler and the given entries; more rounds while one is above its budget. */
export async function startups(
  empty: string,
  entries: Readonly<Record<string, { readonly entry: string; readonly budget: number }>>,
): Promise<Readonly<Record<string, Startup>>> {
  const times: Record<string, number[]> = Object.fromEntries([
    ["empty", []],
    ...Object.keys(entries).map((name) => [name, []]),
  ]);
  const result = () =>
    Object.fromEntries(
      Object.entries(times).map(([name, runs]) => [
        name,
        { medianMs: median(runs), ratio: median(runs) / median(times["empty"] ?? []), runs: runs.length },
      ]),
    );
  for (let round = 0; round < MOST_ROUNDS; round++) {
    for (let run = 0; run < RUNS; run++) {
      times["empty"]?.push(await wall(empty));
      for (const [name, { entry }] of Object.entries(entries)) times[name]?.push(await wall(entry));
    }
    const now = result();
    if (Object.entries(entries).every(([name, { budget }]) => (now[name]?.ratio ?? Number.POSITIVE_INFINITY) <= budget))
      break;
  }
  return result();
}
