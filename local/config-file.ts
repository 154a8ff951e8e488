import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { DEFAULT_TENANT } from "../shared/core/kernel/key.ts";
import { parseConfig } from "../shared/shell/config.ts";
import { MAX_CONFIG_BYTES } from "../shared/shell/config-read.ts";
import { readersFrom } from "../shared/shell/config-readers.ts";
import type { HeadgateConfig } from "../shared/shell/config-schema.ts";
import { type AppliedConfig, applyConfig, currentConfig } from "../shared/shell/config-store.ts";
import type { Runtime } from "../shared/shell/runtime.ts";
import { directoryFiles } from "./config-files.ts";
import { writeAtomic } from "./data-dir.ts";
import { readBounded } from "./read-bounded.ts";

export interface ConfigFile {
  readonly path: string;
  readonly config: HeadgateConfig;
  readonly version: string;
  readonly text: string;
  /** Texts of the files it names, by their paths. */
  readonly files: Readonly<Record<string, string>>;
  /** What works, and is probably not meant. */
  readonly warnings: readonly Fault[];
}

/** Why a file given by option cannot be read, as a fault of that option. */
export function unreadable(option: string, path: string, cause: unknown): HeadgateError {
  const code = (cause as NodeJS.ErrnoException).code;
  const why =
    code === "ENOENT"
      ? "there is no such file"
      : code === "EISDIR"
        ? "it is a folder"
        : code === "EACCES"
          ? "it may not be read"
          : (cause as Error).message;
  const fault: Fault = { path: option, message: why, value: path, allowed: "a readable file" };
  return new HeadgateError("input.invalid", `${option} ${path}: ${why}`, { cause, faults: [fault] });
}

/** @throws HeadgateError `input.invalid` (cannot be read), `config.invalid` with every fault, line and column */
export function readConfigFile(path: string): ConfigFile {
  let bytes: Buffer;
  try {
    bytes = readBounded(path, MAX_CONFIG_BYTES + 1);
  } catch (error) {
    throw unreadable("--config", path, error);
  }
  const text = bytes.toString("utf8");
  const files = directoryFiles(dirname(path));
  const parsed = parseConfig(text, readersFrom(files));
  // As the editor and the shell know them: seen from here, not from the configuration's folder.
  const placed = (faults: readonly Fault[]): readonly Fault[] =>
    faults.map((fault) =>
      fault.file === undefined || isAbsolute(fault.file) ? fault : { ...fault, file: join(dirname(path), fault.file) },
    );
  if (!parsed.ok) {
    const count = parsed.faults.length;
    throw new HeadgateError("config.invalid", `${path} has ${count} fault${count === 1 ? "" : "s"}`, {
      faults: placed(parsed.faults),
    });
  }
  return {
    path,
    config: parsed.config,
    version: parsed.version,
    text,
    files: files.taken(),
    warnings: placed(parsed.warnings),
  };
}

/** Reads a whole text file of at most `most` bytes. Throws HeadgateError `input.invalid`. */
export function readTextFile(option: string, path: string, most: number): string {
  let bytes: Buffer;
  try {
    bytes = readBounded(path, most + 1);
  } catch (error) {
    throw unreadable(option, path, error);
  }
  if (bytes.length > most) throw unreadable(option, path, new Error(`it is larger than ${most / 1024 / 1024} MB`));
  return bytes.toString("utf8");
}

/**
 * Puts the file in force, unless it is the one that was put in force at an earlier start: then what has been applied since (by
 * `headgate config apply` or the console) stays.
 */
export async function adoptConfig(runtime: Runtime, dir: string, file: ConfigFile): Promise<AppliedConfig> {
  const mark = join(dir, "config-file.json");
  let last: string | undefined;
  try {
    last = (JSON.parse(readFileSync(mark, "utf8")) as { readonly version?: string }).version;
  } catch {
    // The first start.
  }
  const stored = await currentConfig(runtime, DEFAULT_TENANT);
  if (stored && last === file.version) return stored;
  await applyConfig(runtime, DEFAULT_TENANT, file, { by: "start" });
  writeAtomic(mark, JSON.stringify({ version: file.version, path: file.path }));
  return (await currentConfig(runtime, DEFAULT_TENANT)) as AppliedConfig;
}
