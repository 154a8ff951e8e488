import type { Fault } from "../shared/core/kernel/errors.ts";

/** A fault as one line: "line:column path: message (found …; allowed: …)", after the name of the file it is in, or of the input. */
export function faultText(fault: Fault, file?: string): string {
  const line = fault.line === undefined ? "" : `${fault.line}:${fault.column ?? 1}`;
  const where = [fault.file ?? file, line].filter((part) => part !== undefined && part !== "").join(":");
  const details = [
    ...(fault.value === undefined ? [] : [`found ${fault.value}`]),
    ...(fault.allowed === undefined ? [] : [`allowed: ${fault.allowed}`]),
  ].join("; ");
  return `${where ? `${where} ` : ""}${fault.path}: ${fault.message}${details ? ` (${details})` : ""}`;
}
