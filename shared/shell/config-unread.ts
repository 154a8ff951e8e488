import type { InferOutput } from "valibot";
import type { AlertingSectionValue } from "../core/alerting/section.ts";
import type { AlertingConfig } from "../core/alerting/types.ts";
import type { RecoverySettings } from "../core/backup/recovery/file.ts";
import type { Fault } from "../core/kernel/errors.ts";
import type { MonitoringConfig, MonitoringSection } from "../core/monitoring/config.ts";
import { pathText, type YamlPath } from "./yaml-document.ts";

/** The section `monitoring` as it is written: files by their paths. */
export type MonitoringSectionValue = InferOutput<typeof MonitoringSection>;

/** What is wrong with the section itself, or with a file it refers to. */
export interface SectionProblem {
  /** In headgate.yaml; absent for a fault in an included file. */
  readonly path?: YamlPath;
  /** The key itself is wrong. */
  readonly atKey?: boolean;
  readonly fault: Fault;
}

export interface ReadMonitoring {
  readonly config: MonitoringConfig;
  readonly faults: readonly SectionProblem[];
  readonly warnings: readonly Fault[];
}

/**
 * Reads the files that the section names. Handed in, because what reads rules (PromQL, templates, regular expressions) is larger than the rest of
 * the configuration's reader: see `monitoringFrom`.
 */
export type MonitoringReader = (section: MonitoringSectionValue) => ReadMonitoring;

const notRead = (path: YamlPath, value: string): SectionProblem => ({
  path,
  fault: {
    path: pathText(path),
    message: "files can be read only where the configuration lies",
    value: JSON.stringify(value),
    allowed: "headgate config apply, which sends them along",
  },
});

/** Where no file can be read: fine without any, a fault at each place that names one. */
export const unread: MonitoringReader = ({ scrape, rules, ...rest }) => {
  const named: readonly (readonly [YamlPath, string])[] = [
    ...(scrape === undefined ? [] : [[["monitoring", "scrape"], scrape] as const]),
    ...rules.map((path, index) => [["monitoring", "rules", index], path] as const),
  ];
  return {
    config: { ...rest, groups: [] },
    faults: named.map(([path, value]) => notRead(path, value)),
    warnings: [],
  };
};

export interface ReadAlerting {
  /** Absent where the files have faults. */
  readonly config?: AlertingConfig;
  readonly faults: readonly SectionProblem[];
  readonly warnings: readonly Fault[];
}

/** Reads alertmanager.yml and its templates, which the section `alerting` names: see `alertingFrom`. */
export type AlertingReader = (section: AlertingSectionValue) => ReadAlerting;

/** Where no file can be read, there is no alerting. */
export const alertingUnread: AlertingReader = ({ alertmanager }) => ({
  faults: [notRead(["alerting", "alertmanager"], alertmanager)],
  warnings: [],
});

export interface ReadRecovery {
  /** Absent where the file has faults. */
  readonly config?: { readonly file: string; readonly settings: RecoverySettings };
  readonly faults: readonly SectionProblem[];
  readonly warnings: readonly Fault[];
}

/** Reads the file that `disasterRecovery` names: see `recoveryFrom`. */
export type RecoveryReader = (file: string) => ReadRecovery;

/** Where no file can be read, nothing is known of disaster recovery. */
export const recoveryUnread: RecoveryReader = (file) => ({
  faults: [notRead(["disasterRecovery"], file)],
  warnings: [],
});
