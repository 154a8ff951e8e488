import { dirname, isAbsolute, join } from "node:path";
import type { AlertingConfig, AlertmanagerSettings } from "../shared/core/alerting/types.ts";
import { type Fault, HeadgateError } from "../shared/core/kernel/errors.ts";
import { faultText } from "./faults.ts";
import { readText } from "./files.ts";
import { type Io, plain } from "./io.ts";

/** A thousand receivers with their templates are below this. */
const MAX_CONFIG_BYTES = 8_388_608;

const refused = (file: string, faults: readonly Fault[]): HeadgateError =>
  new HeadgateError("config.invalid", `${file} has ${faults.length} ${faults.length === 1 ? "fault" : "faults"}`, {
    faults,
  });

/**
 * Reads what alerts are routed by: alertmanager.yml, or a headgate.yaml with a section `alerting`. Warnings are told.
 *
 * @throws HeadgateError `config.invalid` with every fault, `input.invalid` where it cannot be read
 */
export async function readAlertingFile(io: Io, file: string): Promise<AlertmanagerSettings | AlertingConfig> {
  const content = await readText(io, file, MAX_CONFIG_BYTES);
  const [{ readAlertmanagerText }, { directoryFiles }, { readYaml }] = await Promise.all([
    import("../shared/shell/config-alerting.ts"),
    import("../local/config-files.ts"),
    import("../shared/shell/yaml-document.ts"),
  ]);
  const folder = file === "-" ? "." : dirname(file);
  const placed = (faults: readonly Fault[]): readonly Fault[] =>
    faults.map((fault) => {
      const named = fault.file ?? file;
      return { ...fault, file: named === file || isAbsolute(named) ? named : join(folder, named) };
    });
  const warn = (warnings: readonly Fault[]): void => {
    for (const warning of placed(warnings)) io.note(plain(`warning: ${faultText(warning)}`));
  };
  const document = readYaml(content, { file, maxBytes: MAX_CONFIG_BYTES, asGo: true });
  if (document.ok && Object.hasOwn(document.value as object, "alerting")) {
    const { parseConfig } = await import("../shared/shell/config.ts");
    const { readersFrom } = await import("../shared/shell/config-readers.ts");
    const files = directoryFiles(folder);
    const parsed = parseConfig(content, { file, ...readersFrom(files) });
    if (!parsed.ok) throw refused(file, placed(parsed.faults));
    warn(parsed.warnings);
    const { alerting, oncall } = parsed.config;
    if (alerting) return oncall ? { ...alerting, oncall } : alerting;
  }
  // Templates are looked for beside the file, which is read here already.
  const files = directoryFiles(".");
  const read = readAlertmanagerText(content, file === "-" ? "alertmanager.yml" : file, files);
  if (!read.ok) throw refused(file, read.faults);
  for (const warning of read.warnings) io.note(plain(`warning: ${faultText(warning, file)}`));
  return read.settings;
}
