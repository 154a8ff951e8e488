import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type ChaosWorld, runExperiment } from "../../functions/chaos/engine.ts";
import { readExperiment } from "../../functions/chaos/read.ts";
import { longest } from "../../shared/core/backup/chaos/experiment.ts";
import { type ChaosReport, chaosMarkdown } from "../../shared/core/backup/chaos/report.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import { type DriverParts, localDriver } from "./driver.ts";
import { type ProbeParts, probeOnce } from "./probes.ts";
import { fileUndoLog, type LeftUndone, undoLeft } from "./undo-log.ts";

export interface ChaosRun {
  readonly report: ChaosReport;
  /** Where it was written, as JSON and as Markdown beside it. */
  readonly file: string;
  /** What an earlier run that died had left broken. */
  readonly left: readonly LeftUndone[];
}

export interface ChaosOptions {
  readonly file: string;
  /** Folder of reports and of what has to be undone, e.g. `.headgate/chaos`. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly say?: (line: string) => void;
  readonly streams?: ProbeParts["streams"];
  readonly ecs?: DriverParts["ecs"];
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((done) => {
    if (signal.aborted || ms <= 0) return done();
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
  });

const undoFolder = (folder: string): string => join(folder, "undo");

/** Undoes what runs that died have left broken on this machine. */
export async function undoChaos(folder: string): Promise<readonly LeftUndone[]> {
  const driver = localDriver({ baseDir: ".", random: Math.random });
  try {
    return await undoLeft(undoFolder(folder), (undo) => driver.undo(undo));
  } finally {
    await driver.close();
  }
}

/**
 * Carries out the experiment of a file on this machine. What an earlier run left broken is undone first. SIGINT and the like are the caller's: they abort the signal, and
 * all is undone before this resolves.
 *
 * @throws HeadgateError `input.invalid` where the file is wrong; else the answer is in the report
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosRun> {
  const { file, folder, say, streams, ecs } = options;
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new HeadgateError("input.invalid", `${file} cannot be read: ${error.code ?? error.message}`);
  });
  const experiment = readExperiment(text, file);
  const left = await undoChaos(folder);
  for (const one of left) say?.(`${one.ok ? "undone" : "NOT undone"} of ${one.id}: ${one.text}`);
  const baseDir = dirname(resolve(file));
  const driver = localDriver({ baseDir, random: Math.random, ...(ecs ? { ecs } : {}) });
  const limit = AbortSignal.timeout(Math.min(longest(experiment), 2 ** 31 - 1));
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  const world: ChaosWorld = {
    now: Date.now,
    sleep,
    probe: (probe, stop) => probeOnce(probe, { baseDir, ...(streams ? { streams } : {}) }, stop),
    driver,
    log: fileUndoLog(undoFolder(folder)),
    signal,
    ...(say ? { say } : {}),
  };
  const id = timeId("cha", Date.now(), Math.random);
  try {
    const report = await runExperiment(experiment, id, world);
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${id}.json`);
    await writeFile(path, `${JSON.stringify(report, undefined, 2)}\n`);
    await writeFile(join(folder, `${id}.md`), chaosMarkdown(report));
    return { report, file: path, left };
  } finally {
    await driver.close();
  }
}

/** Reports of a folder, the newest first. One that cannot be read is left out. */
export async function chaosReports(folder: string, limit = 100): Promise<readonly ChaosReport[]> {
  const names = (await readdir(folder).catch(() => []))
    .filter((one) => /^cha_.*\.json$/.test(one))
    .sort()
    .reverse();
  const reports: ChaosReport[] = [];
  for (const name of names.slice(0, limit))
    try {
      reports.push(JSON.parse(await readFile(join(folder, name), "utf8")) as ChaosReport);
    } catch {
      // Cut off when the disk was full.
    }
  return reports;
}
