import { link, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Measures } from "../shared/core/autoscaling/backtest/measures.ts";
import type { Plot } from "../shared/core/autoscaling/plot/types.ts";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { bytesText } from "./bytes.ts";
import { type Given, type Option, text } from "./command.ts";
import { UsageError } from "./errors.ts";
import { number } from "./format.ts";
import type { Io } from "./io.ts";

export const PLOT_OPTIONS: readonly Option[] = [
  { name: "plot", value: "FILE.svg|FILE.png", about: "draws load, tasks, what waits, violation minutes and actions" },
  { name: "timezone", value: "ZONE", about: "of the time axis: UTC (default), local, or a name such as Europe/Berlin" },
  { name: "force", about: "lets --plot write over a file that exists" },
];

/** A picture that was asked for: where, in which form, in which zone. */
export interface Wanted {
  readonly path: string;
  readonly form: "svg" | "png";
  readonly timezone: string;
  readonly force: boolean;
}

/** Pixels of the file for one of the drawing: sharp on dense screens and on paper. */
const PNG_SCALE = 2;

/**
 * What `--plot` asks for, looked at before the long work begins; undefined: no picture.
 *
 * @throws UsageError for another ending or an unknown zone; HeadgateError `input.invalid` where the file exists or has no folder
 */
export async function wantedPlot(options: Given, help: string): Promise<Wanted | undefined> {
  const [path, zone] = [text(options, "plot"), text(options, "timezone")];
  if (path === undefined) {
    for (const name of ["timezone", "force"])
      if (options[name] !== undefined) throw new UsageError(`--${name} belongs to --plot`, help);
    return undefined;
  }
  const form = /\.(svg|png)$/i.exec(path)?.[1]?.toLowerCase() as "svg" | "png" | undefined;
  if (form === undefined)
    throw new UsageError(
      `--plot ${JSON.stringify(path)} ends neither in .svg nor in .png: its ending says the form`,
      help,
    );
  const timezone = zone === "local" ? Intl.DateTimeFormat().resolvedOptions().timeZone : (zone ?? "UTC");
  const { isTimezone } = await import("../shared/core/kernel/timezone.ts");
  if (!isTimezone(timezone))
    throw new UsageError(
      `--timezone ${JSON.stringify(zone)} is unknown (allowed: UTC, local, a name such as Europe/Berlin)`,
      help,
    );
  const force = options["force"] === true;
  await writable(path, force);
  return { path, form, timezone, force };
}

const exists = (path: string): HeadgateError =>
  new HeadgateError("input.invalid", `${path} exists; --force writes over it`);

async function writable(path: string, force: boolean): Promise<void> {
  const [found, folder] = await Promise.all([kindOf(path), kindOf(dirname(path))]);
  if (found === "folder") throw new HeadgateError("input.invalid", `${path} is a folder; a file is needed`);
  if (found === "file" && !force) throw exists(path);
  if (folder !== "folder") throw new HeadgateError("input.invalid", `the folder ${dirname(path)} does not exist`);
}

async function kindOf(path: string): Promise<"file" | "folder" | undefined> {
  try {
    return (await stat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}

/** The score in one line, as it stands below the title. */
export const scoreText = (one: Measures): string =>
  [
    `J ${one.j.toFixed(3)} (1 is perfect foresight)`,
    `${one.violationMinutes} of ${one.minutes} minutes violated`,
    `cost ${one.costRatio.toFixed(2)} × perfect foresight`,
    `worst wait ${number(one.worstWaitSeconds)} s`,
    `${number(one.actionsPerDay)} actions a day`,
  ].join(" \u00b7 ");

/**
 * Draws and writes the picture: into a file beside it first, so that nobody ever sees half of one.
 *
 * @throws HeadgateError `input.invalid` where it cannot be written, or appeared meanwhile
 */
export async function writePlot(io: Io, wanted: Wanted, plot: Omit<Plot, "timezone">): Promise<void> {
  io.progress("drawing …");
  const bytes = await drawn(wanted, { ...plot, timezone: wanted.timezone });
  const beside = join(dirname(wanted.path), `.${basename(wanted.path)}.${process.pid}.part`);
  try {
    await writeFile(beside, bytes, { flag: "wx" });
    // A link never replaces what is there, a rename does.
    if (wanted.force) await rename(beside, wanted.path);
    else await link(beside, wanted.path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "EEXIST") throw exists(wanted.path);
    throw new HeadgateError("input.invalid", `${wanted.path} cannot be written (${code ?? String(error)})`, {
      cause: error,
    });
  } finally {
    await rm(beside, { force: true });
  }
  io.note(`${wanted.path}: ${bytesText(bytes.length)}`);
}

async function drawn({ form }: Wanted, plot: Plot): Promise<Uint8Array> {
  const { layout } = await import("../shared/core/autoscaling/plot/layout.ts");
  const drawing = layout(plot);
  if (form === "svg") {
    const { svg } = await import("../shared/core/autoscaling/plot/svg.ts");
    return new TextEncoder().encode(svg(drawing));
  }
  const { raster } = await import("../shared/core/autoscaling/plot/raster.ts");
  const { png } = await import("./png.ts");
  return png(raster(drawing, PNG_SCALE), PNG_SCALE, { Title: drawing.title, Description: drawing.description });
}
