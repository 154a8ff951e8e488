import type { Fault } from "../core/kernel/errors.ts";
import type { PathFault } from "../core/kernel/path-fault.ts";
import { type PrometheusSettings, readPrometheusFile } from "../core/monitoring/prometheus-file.ts";
import { readRuleFile } from "../core/monitoring/rule-file.ts";
import type { RuleGroup } from "../core/monitoring/types.ts";
import { type ConfigFiles, isPattern, MAX_INCLUDED_BYTES, seenFrom } from "./config-files.ts";
import type { MonitoringReader, MonitoringSectionValue, ReadMonitoring, SectionProblem } from "./config-unread.ts";
import { placedFault } from "./placed-fault.ts";
import { pathText, readYaml, type YamlPath } from "./yaml-document.ts";

/**
 * Reads prometheus.yml and the rule files a configuration names. Faults inside of them carry the file, its line and column; a file that is
 * not there is a fault of the place that names it.
 */
export const monitoringFrom =
  (files: ConfigFiles): MonitoringReader =>
  (section) =>
    readMonitoring(section, files);

function readMonitoring(section: MonitoringSectionValue, files: ConfigFiles): ReadMonitoring {
  const faults: SectionProblem[] = [];
  const warnings: Fault[] = [];
  const { scrape, rules, ...rest } = section;

  const open = <T>(
    path: string,
    namedAt: SectionProblem,
    asWritten: boolean,
    read: (value: unknown) => Read<T>,
  ): T | undefined => {
    const text = files.read(path);
    if (text === undefined) {
      faults.push(namedAt);
      return undefined;
    }
    const document = readYaml(text, { file: path, maxBytes: MAX_INCLUDED_BYTES, asWritten });
    if (!document.ok) {
      faults.push(...document.faults.map((fault) => ({ fault: { ...fault, file: path } })));
      return undefined;
    }
    const result = read(document.value);
    if (!result.ok) {
      faults.push(...result.faults.map((found) => ({ fault: placedFault(path, text, document, found) })));
      return undefined;
    }
    warnings.push(...result.warnings.map((found) => placedFault(path, text, document, found)));
    return result.value;
  };
  const missing = (path: string, at: YamlPath): SectionProblem => ({
    path: at,
    fault: {
      path: pathText(at),
      message: "there is no such file",
      value: JSON.stringify(path),
      allowed: "a path relative to the configuration",
    },
  });

  const settings =
    scrape === undefined
      ? undefined
      : open(scrape, missing(scrape, ["monitoring", "scrape"]), false, (value): Read<PrometheusSettings> => {
          const read = readPrometheusFile(value);
          return read.ok ? { ok: true, value: read.settings, warnings: read.warnings } : read;
        });
  const wanted: { readonly path: string; readonly namedAt: SectionProblem }[] = rules.map((path, index) => ({
    path,
    namedAt: missing(path, ["monitoring", "rules", index]),
  }));
  if (scrape !== undefined)
    for (const [index, path] of (settings?.ruleFiles ?? []).entries())
      wanted.push({
        path: seenFrom(scrape, path),
        namedAt: {
          fault: {
            file: scrape,
            path: `rule_files[${index}]`,
            message: "there is no such file",
            value: JSON.stringify(path),
            allowed: `a path relative to ${scrape}`,
          },
        },
      });
  const groups: RuleGroup[] = [];
  const seen = new Set<string>();
  for (const { path, namedAt } of wanted) {
    const matched = isPattern(path) ? files.list(path) : [path];
    // A pattern that matches nothing yet is allowed, as upstream allows it; said all the same.
    if (isPattern(path) && matched.length === 0)
      warnings.push({ ...namedAt.fault, message: "matches no file", allowed: "a pattern of rule files" });
    for (const file of matched) {
      if (seen.has(file)) continue;
      seen.add(file);
      const read = open(file, namedAt, true, (value): Read<readonly RuleGroup[]> => {
        const result = readRuleFile(value, file);
        return result.ok ? { ok: true, value: result.groups, warnings: result.warnings } : result;
      });
      groups.push(...(read ?? []));
    }
  }
  return {
    config: {
      ...rest,
      ...(scrape === undefined || settings === undefined ? {} : { scrape: { file: scrape, settings } }),
      groups,
    },
    faults,
    warnings,
  };
}

type Read<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly PathFault[] }
  | { readonly ok: false; readonly faults: readonly PathFault[] };
