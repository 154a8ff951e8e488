import { createHash } from "node:crypto";
import * as v from "valibot";
import { checkAnomaly } from "../core/anomaly/check.ts";
import { checkAutoscaling } from "../core/autoscaling/check.ts";
import type { Fault } from "../core/kernel/errors.ts";
import { canonical, type Json } from "../core/kernel/json.ts";
import { checkTraffic } from "../core/traffic/check.ts";
import { checkEnvValue } from "./config-env.ts";
import { describe, listsForMaps, shown } from "./config-faults.ts";
import type { MeaningCheck } from "./config-releases.ts";
import { ConfigSchema, type HeadgateConfig } from "./config-schema.ts";
import {
  type AlertingReader,
  alertingUnread,
  type MonitoringReader,
  type RecoveryReader,
  recoveryUnread,
  unread,
} from "./config-unread.ts";
import type { SecretReference } from "./secret-reference.ts";
import { pathText, readYaml } from "./yaml-document.ts";

/** Past this a file is refused unread: the largest honest configuration (1,000 services) is well below it. */
export const MAX_CONFIG_BYTES = 1_048_576;
const MAX_FAULTS = 50;

export type ParsedConfig =
  | {
      readonly ok: true;
      readonly config: HeadgateConfig;
      readonly version: string;
      /** What works, and is probably not meant. */
      readonly warnings: readonly Fault[];
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface ParseOptions {
  readonly file?: string;
  /** Why a reference leads nowhere on this machine; undefined where it does. Absent: not looked up. */
  readonly unresolved?: (reference: SecretReference) => string | undefined;
  /** Reads prometheus.yml and rule files (`monitoringFrom`). Absent: a configuration that names any is at fault. */
  readonly monitoring?: MonitoringReader;
  /** Reads alertmanager.yml and templates (`alertingFrom`). Absent: a configuration that names one is at fault. */
  readonly alerting?: AlertingReader;
  /** It is looked ahead from here for hours in which nobody is on call, which is a warning. Absent: it is not. */
  readonly now?: number;
  /** Reads the file of disaster recovery (`recoveryFrom`). Absent: a configuration that names one is at fault. */
  readonly recovery?: RecoveryReader;
}

const RESERVED_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
/** Content address of a configuration: equal behaviour has equal versions, whatever the file's comments and order. */
export function configVersion(config: HeadgateConfig): string {
  return `cfg_${createHash("sha256")
    .update(canonical(config as unknown as Json))
    .digest("hex")
    .slice(0, 16)}`;
}

/** A configuration whose form was looked at. */
export interface ReadConfig {
  /** It has `delivery` or `flags`: `checkReleases` is wanted. */
  readonly hasReleases: boolean;
  /** It has `streams`, `destinations`, `backup` or `disasterRecovery`: `checkBackups` is wanted. */
  readonly hasBackups: boolean;
  /** It has `cost`: `checkCosts` is wanted. */
  readonly hasCosts: boolean;
  /** It has `oncall`, or `alerting`, which may lead to it: `checkOncalls` is wanted. */
  readonly hasOncall: boolean;
  readonly checked: (...checks: readonly MeaningCheck[]) => ParsedConfig;
}

const faulty = (result: ParsedConfig): ReadConfig => ({
  hasReleases: false,
  hasBackups: false,
  hasCosts: false,
  hasOncall: false,
  checked: () => result,
});

/**
 * Reads headgate.yaml as `parseConfig` in config.ts says. What checks the meaning of the larger sections is handed in afterwards, so that who has to
 * load it first need not where none of them is written.
 */
export function readConfig(text: string, options: ParseOptions = {}): ReadConfig {
  const read = readYaml(text, {
    file: options.file ?? "configuration",
    maxBytes: MAX_CONFIG_BYTES,
    wants: "a YAML map with version: 1",
  });
  if (!read.ok) return faulty(read);
  const { value } = read;
  const fault = (
    path: readonly (string | number)[],
    message: string,
    extra: { value?: string | undefined; allowed?: string | undefined; key?: boolean },
  ): Fault => {
    return {
      path: pathText(path),
      message,
      ...read.locate(path, extra.key ?? false),
      ...(extra.value === undefined ? {} : { value: extra.value }),
      ...(extra.allowed === undefined ? {} : { allowed: extra.allowed }),
    };
  };
  // Record schemas pass over these names in silence; a service so named would be lost without a word.
  const reserved: Fault[] = read
    .keys()
    .filter(({ name }) => RESERVED_NAMES.has(name))
    .map(({ name, ...at }) => ({
      path: name,
      message: `${JSON.stringify(name)} cannot be used as a name`,
      allowed: "any other name",
      ...at,
    }));
  if (reserved.length > 0) return faulty({ ok: false, faults: reserved });
  const parsed = v.safeParse(ConfigSchema, value);
  if (!parsed.success) {
    const faults = parsed.issues.slice(0, MAX_FAULTS).map((issue) => {
      const { path, message, atKey, ...found } = describe(issue);
      return fault(path, message, { ...found, key: atKey });
    });
    return faulty({ ok: false, faults });
  }
  const { output } = parsed;
  const checked = (...checks: readonly MeaningCheck[]): ParsedConfig => {
    const faults: Fault[] = listsForMaps(value, output).map(({ path, message, ...found }) =>
      fault(path, message, found),
    );
    const warnings: Fault[] = [];
    for (const [name, { run }] of Object.entries(output.services)) {
      for (const [variable, given] of Object.entries(run?.env ?? {})) {
        const found = checkEnvValue(variable, given, options.unresolved);
        if (!found) continue;
        const path = ["services", name, "run", "env", variable];
        (found.works ? warnings : faults).push(fault(path, found.message, found));
      }
    }
    for (const [name, { load }] of Object.entries(output.services)) {
      if (load?.shape !== "day" || load.peak >= load.mean) continue;
      const path = ["services", name, "load", "peak"];
      const allowed = `number from ${load.mean} on, the mean`;
      faults.push(fault(path, "peak must not be below mean", { value: shown(load.peak, path), allowed }));
    }
    const known = (path: readonly string[], name: string): void => {
      if (Object.hasOwn(output.services, name)) return;
      const message = `service ${JSON.stringify(name)} is not in services`;
      faults.push(fault([...path, name], message, { key: true, allowed: "a name under services" }));
    };
    for (const [name, autoscaling] of Object.entries(output.autoscaling)) {
      known(["autoscaling"], name);
      const service = Object.hasOwn(output.services, name) ? output.services[name] : undefined;
      const around = {
        ...(service ? { flink: service.flink !== undefined } : {}),
        streams: Object.keys(output.streams ?? {}),
      };
      for (const found of checkAutoscaling(autoscaling, around)) {
        const path = ["autoscaling", name, ...found.path];
        const placed = { value: shown(found.value, path), allowed: found.allowed };
        (found.works ? warnings : faults).push(fault(path, found.message, placed));
      }
    }
    for (const [name, anomaly] of Object.entries(output.anomaly ?? {})) {
      known(["anomaly"], name);
      for (const found of checkAnomaly(anomaly)) {
        const path = ["anomaly", name, ...found.path];
        faults.push(fault(path, found.message, { value: shown(found.value, path), allowed: found.allowed }));
      }
    }
    for (const [name, traffic] of Object.entries(output.traffic ?? {})) {
      const service = Object.hasOwn(output.services, name) ? output.services[name] : undefined;
      for (const found of checkTraffic(traffic, { known: service !== undefined, ecs: service?.ecs !== undefined })) {
        const path = ["traffic", name, ...found.path];
        const placed = { value: shown(found.value, path), allowed: found.allowed };
        if (found.works) warnings.push(fault(path, found.message, { key: true }));
        else faults.push(fault(path, found.message, placed));
      }
    }
    const { monitoring: section, alerting: alertingSection, disasterRecovery, ...rest } = output;
    for (const name of Object.keys(section?.services ?? {})) known(["monitoring", "services"], name);
    const monitoring = section && (options.monitoring ?? unread)(section);
    const alerting = alertingSection && (options.alerting ?? alertingUnread)(alertingSection);
    const recovery =
      disasterRecovery === undefined ? undefined : (options.recovery ?? recoveryUnread)(disasterRecovery);
    const config: HeadgateConfig = {
      ...rest,
      ...(monitoring ? { monitoring: monitoring.config } : {}),
      ...(alerting?.config ? { alerting: alerting.config } : {}),
      ...(recovery?.config ? { disasterRecovery: recovery.config } : {}),
    };
    for (const { path, ...found } of checks.flatMap((check) => check(config))) {
      const placed = { value: shown(found.value, path), allowed: found.allowed };
      if (found.works) warnings.push(fault(path, found.message, found.atKey ? { key: true } : placed));
      else faults.push(fault(path, found.message, placed));
    }
    for (const part of [monitoring, alerting, recovery]) {
      for (const { path, atKey, fault: found } of part?.faults ?? [])
        faults.push(path ? { ...found, ...read.locate(path, atKey ?? false) } : found);
      warnings.push(...(part?.warnings ?? []));
    }
    if (faults.length > 0) return { ok: false, faults: faults.slice(0, MAX_FAULTS) };
    return { ok: true, config, version: configVersion(config), warnings };
  };
  const has = (...sections: readonly (keyof typeof output)[]) => sections.some((one) => output[one] !== undefined);
  return {
    hasReleases: has("delivery", "flags"),
    hasBackups: has("streams", "destinations", "backup", "disasterRecovery"),
    hasCosts: has("cost"),
    hasOncall: has("oncall") || has("alerting"),
    checked,
  };
}
