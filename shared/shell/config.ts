import type { Fault } from "../core/kernel/errors.ts";
import { checkBackups } from "./config-backups.ts";
import { checkCosts } from "./config-costs.ts";
import { checkOncalls } from "./config-oncall.ts";
import { type ParsedConfig, type ParseOptions, readConfig } from "./config-read.ts";
import { checkReleases } from "./config-releases.ts";

/**
 * Reads headgate.yaml (YAML 1.2, JSON included). All faults of form are found in one pass, those of meaning (min above max, an
 * unknown service) once the form is right. Each carries path, line, column, the value and what is allowed; nothing is
 * guessed and nothing half-valid is returned.
 */
export function parseConfig(text: string, options: ParseOptions = {}): ParsedConfig {
  return readConfig(text, options).checked(checkReleases, checkBackups, checkCosts, checkOncalls(options.now));
}

/** One line per fault for a terminal: "file:line:column path: message (found …; allowed …)". */
export function faultLine(file: string, fault: Fault): string {
  const named = fault.file ?? file;
  const at = fault.line === undefined ? named : `${named}:${fault.line}:${fault.column ?? 1}`;
  const detail = [
    ...(fault.value === undefined ? [] : [`found ${fault.value}`]),
    ...(fault.allowed === undefined ? [] : [`allowed: ${fault.allowed}`]),
  ].join("; ");
  return `${at} ${fault.path}: ${fault.message}${detail ? ` (${detail})` : ""}`;
}
