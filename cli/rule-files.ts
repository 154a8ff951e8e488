import { existsSync, globSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { Fault } from "../shared/core/kernel/errors.ts";
import type { PathFault } from "../shared/core/kernel/path-fault.ts";
import type { RuleGroup } from "../shared/core/monitoring/types.ts";
import type { RuleTestFile } from "../shared/core/monitoring/unit-test/types.ts";
import type { YamlDocument } from "../shared/shell/yaml-document.ts";
import { readText } from "./files.ts";
import type { Io } from "./io.ts";

/** A thousand rules with long descriptions are below this. */
const MAX_RULE_BYTES = 8_388_608;

/** A file of rules, of Prometheus's configuration or of tests, read as far as it can be. */
export type RuleFile = {
  readonly file: string;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
} & (
  | { readonly kind: "rules"; readonly groups: readonly RuleGroup[] }
  /** prometheus.yml: the rule files it names, patterns resolved. */
  | { readonly kind: "prometheus"; readonly files: readonly string[] }
  | { readonly kind: "tests"; readonly tests?: RuleTestFile; readonly files: readonly string[] }
);

/** Paths as they are written in a file: relative to its folder, `*` and `?` stand for parts of a name. */
function resolveRuleFiles(
  file: string,
  names: readonly string[],
  document: YamlDocument,
): { readonly files: readonly string[]; readonly faults: readonly Fault[]; readonly warnings: readonly Fault[] } {
  const files: string[] = [];
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  for (const [index, name] of names.entries()) {
    const path = isAbsolute(name) ? name : join(dirname(file), name);
    const pattern = /[*?[]/.test(name);
    const found = pattern ? globSync(path).sort() : existsSync(path) ? [path] : [];
    files.push(...found.filter((one) => !files.includes(one)));
    if (found.length > 0) continue;
    const fault = {
      file,
      path: `rule_files[${index}]`,
      message: pattern ? "matches no file" : "no such file",
      value: JSON.stringify(name),
      ...document.locate(["rule_files", index]),
    };
    (pattern ? warnings : faults).push(fault);
  }
  return { files, faults, warnings };
}

/** @throws HeadgateError `input.invalid` where the file cannot be read at all */
export async function readRules(io: Io, file: string): Promise<RuleFile> {
  const text = await readText(io, file, MAX_RULE_BYTES);
  const { readYaml } = await import("../shared/shell/yaml-document.ts");
  const options = {
    file,
    maxBytes: MAX_RULE_BYTES,
    wants: "a rule file with groups, prometheus.yml or a file of tests",
  };
  const document = readYaml(text, { ...options, asWritten: true });
  if (!document.ok) {
    const empty = /^\s*(#.*\s*)*$/.test(text);
    // Prometheus takes an empty rule file.
    if (empty) return { kind: "rules", file, groups: [], faults: [], warnings: [] };
    return {
      kind: "rules",
      file,
      groups: [],
      faults: document.faults.map((fault) => ({ ...fault, file })),
      warnings: [],
    };
  }
  const { placedFault } = await import("../shared/shell/placed-fault.ts");
  const placed = (found: readonly PathFault[]) => found.map((one) => placedFault(file, text, document, one));
  const keys = Object.keys(document.value as object);
  if (keys.includes("tests")) return readTests(file, document, placed);
  if (!keys.includes("groups") && keys.some((key) => PROMETHEUS_KEYS.has(key))) {
    const { readPrometheusFile } = await import("../shared/core/monitoring/prometheus-file.ts");
    const plain = readYaml(text, options);
    const read = readPrometheusFile(plain.ok ? plain.value : {});
    if (!read.ok) return { kind: "prometheus", file, files: [], faults: placed(read.faults), warnings: [] };
    const { files, faults, warnings } = resolveRuleFiles(file, read.settings.ruleFiles, document);
    return { kind: "prometheus", file, files, faults, warnings: [...placed(read.warnings), ...warnings] };
  }
  const { readRuleFile } = await import("../shared/core/monitoring/rule-file.ts");
  const read = readRuleFile(document.value, file);
  return read.ok
    ? { kind: "rules", file, groups: read.groups, faults: [], warnings: placed(read.warnings) }
    : { kind: "rules", file, groups: [], faults: placed(read.faults), warnings: [] };
}

const PROMETHEUS_KEYS: ReadonlySet<string> = new Set(["global", "scrape_configs", "rule_files", "alerting"]);

async function readTests(
  file: string,
  document: YamlDocument,
  placed: (found: readonly PathFault[]) => readonly Fault[],
): Promise<RuleFile> {
  const { readTestFile } = await import("../shared/core/monitoring/unit-test/read-file.ts");
  const read = readTestFile(document.value);
  if (!read.ok) return { kind: "tests", file, files: [], faults: placed(read.faults), warnings: [] };
  const { files, faults, warnings } = resolveRuleFiles(file, read.file.ruleFiles, document);
  return { kind: "tests", file, tests: read.file, files, faults, warnings };
}
