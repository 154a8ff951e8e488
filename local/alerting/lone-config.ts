import { basename, dirname, join, resolve } from "node:path";
import { type Fault, HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseConfig } from "../../shared/shell/config.ts";
import { readersFrom } from "../../shared/shell/config-readers.ts";
import type { HeadgateConfig } from "../../shared/shell/config-schema.ts";
import { readTextFile } from "../config-file.ts";
import { directoryFiles } from "../config-files.ts";

/** A configuration that does nothing but route alerts. */
export interface LoneConfig {
  readonly config: HeadgateConfig;
  readonly version: string;
  readonly text: string;
  readonly files: Readonly<Record<string, string>>;
  readonly warnings: readonly Fault[];
  /** Folder of alertmanager.yml. */
  readonly baseDir: string;
}

export interface LoneOptions {
  /** alertmanager.yml, or a headgate.yaml with a section `alerting`. */
  readonly file: string;
  readonly publicUrl: string;
  readonly alertsPerMinute: number;
  /** How long what was posted is kept for replay, as a duration: "7d". */
  readonly keepEvents: string;
}

const MOST_BYTES = 10 * 1024 * 1024;

/** Whether a file is headgate.yaml itself: it says its version, which alertmanager.yml does not know. */
const isOwn = (text: string): boolean => /^version:\s*1\s*(#.*)?$/m.test(text) && /^alerting:/m.test(text);

/**
 * Reads the file and everything it names.
 *
 * @throws HeadgateError `input.invalid` (cannot be read), `config.invalid` with every fault, file, line and column
 */
export function readLoneConfig({ file, publicUrl, alertsPerMinute, keepEvents }: LoneOptions): LoneConfig {
  const path = resolve(file);
  const folder = dirname(path);
  const given = readTextFile("--config", path, MOST_BYTES);
  const own = isOwn(given);
  // JSON is YAML: whatever the file is called, it stands there as it is.
  const text = own
    ? given
    : `version: 1\nservices: {}\nalerting:\n  alertmanager: ${JSON.stringify(basename(path))}\n  publicUrl: ${JSON.stringify(publicUrl)}\n  limits: { alertsPerMinute: ${alertsPerMinute} }\n  keepEvents: ${JSON.stringify(keepEvents)}\n`;
  const files = directoryFiles(folder);
  const parsed = parseConfig(text, readersFrom(files));
  const placed = (faults: readonly Fault[]): readonly Fault[] =>
    faults.map((fault) => ({ ...fault, file: fault.file === undefined ? path : join(folder, fault.file) }));
  if (!parsed.ok) {
    const count = parsed.faults.length;
    throw new HeadgateError("config.invalid", `${file} has ${count} fault${count === 1 ? "" : "s"}`, {
      faults: placed(parsed.faults),
    });
  }
  const { alerting } = parsed.config;
  if (!alerting) throw new HeadgateError("config.invalid", `${file} has no section alerting`);
  return {
    config: parsed.config,
    version: parsed.version,
    text,
    files: files.taken(),
    warnings: placed(parsed.warnings),
    baseDir: dirname(resolve(folder, alerting.file)),
  };
}
