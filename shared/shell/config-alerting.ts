import { alertingConfig } from "../core/alerting/from-section.ts";
import type { AlertingSectionValue } from "../core/alerting/section.ts";
import { readAlertmanagerFile } from "../core/alerting/settings/read.ts";
import { compileTemplates } from "../core/alerting/templates/compile.ts";
import type { AlertmanagerSettings } from "../core/alerting/types.ts";
import type { Fault } from "../core/kernel/errors.ts";
import { type ConfigFiles, isPattern, MAX_INCLUDED_BYTES, seenFrom } from "./config-files.ts";
import type { AlertingReader, ReadAlerting } from "./config-unread.ts";
import { placedFault } from "./placed-fault.ts";
import { pathText, readYaml, type YamlDocument } from "./yaml-document.ts";

/** alertmanager.yml with its templates, or every fault with its file, line and column. */
export type ReadAlertmanagerText =
  | { readonly ok: true; readonly settings: AlertmanagerSettings; readonly warnings: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Reads alertmanager.yml and the template files that its patterns match, which are written as seen from it. A pattern or path that
 * matches nothing is allowed, as upstream allows it; said all the same.
 */
export function readAlertmanagerText(text: string, file: string, files: ConfigFiles): ReadAlertmanagerText {
  const document = readYaml(text, { file, maxBytes: MAX_INCLUDED_BYTES, asGo: true });
  // The YAML reader quotes what it stumbles over, which may be half a secret.
  if (!document.ok)
    return {
      ok: false,
      faults: document.faults.map((fault) => ({ ...fault, file, message: fault.message.replace(/: ".*$/s, "") })),
    };
  const templates = readTemplates(text, file, files, document);
  const read = readAlertmanagerFile(document.value, { text, templates: templates.texts });
  const faults = read.ok ? [] : read.faults.map((found) => placedFault(file, text, document, found));
  const compiled = compileTemplates(templates.texts);
  if (!compiled.ok)
    for (const { file: of, message, line } of compiled.faults)
      faults.push({ file: of, path: "(template)", message, line });
  if (!read.ok || faults.length > 0) return { ok: false, faults };
  const warnings = read.warnings.map((found) => placedFault(file, text, document, found));
  return { ok: true, settings: read.settings, warnings: [...warnings, ...templates.warnings] };
}

interface Templates {
  readonly texts: readonly { readonly file: string; readonly text: string }[];
  readonly warnings: readonly Fault[];
}

function readTemplates(text: string, file: string, files: ConfigFiles, document: YamlDocument): Templates {
  const { templates: patterns } = document.value as { readonly templates?: unknown };
  const texts = new Map<string, string>();
  const warnings: Fault[] = [];
  for (const [index, pattern] of (Array.isArray(patterns) ? patterns : []).entries()) {
    if (typeof pattern !== "string") continue;
    const path = seenFrom(file, pattern);
    const found = (isPattern(path) ? files.list(path) : [path]).flatMap((one) => {
      const content = files.read(one);
      return content === undefined ? [] : [[one, content] as const];
    });
    for (const [one, content] of found) texts.set(one, content);
    if (found.length > 0) continue;
    const at = { path: ["templates", index], message: "matches no file", value: JSON.stringify(pattern) };
    warnings.push(placedFault(file, text, document, { ...at, allowed: `a path relative to ${file}` }));
  }
  return { texts: [...texts].map(([one, content]) => ({ file: one, text: content })), warnings };
}

/** Reads the files that the section `alerting` names. */
export const alertingFrom =
  (files: ConfigFiles): AlertingReader =>
  (section) =>
    readAlerting(section, files);

function readAlerting(section: AlertingSectionValue, files: ConfigFiles): ReadAlerting {
  const file = section.alertmanager;
  const text = files.read(file);
  if (text === undefined) {
    const path = ["alerting", "alertmanager"];
    const fault = {
      path: pathText(path),
      message: "there is no such file",
      value: JSON.stringify(file),
      allowed: "a path relative to the configuration",
    };
    return { faults: [{ path, fault }], warnings: [] };
  }
  const read = readAlertmanagerText(text, file, files);
  if (!read.ok) return { faults: read.faults.map((fault) => ({ fault })), warnings: [] };
  const made = alertingConfig(section, read.settings);
  if (made.ok) return { config: made.config, faults: [], warnings: read.warnings };
  return {
    faults: made.faults.map(({ path, atKey, ...found }) => {
      const at = ["alerting", ...path];
      return { path: at, fault: { ...found, path: pathText(at) }, ...(atKey === undefined ? {} : { atKey }) };
    }),
    warnings: read.warnings,
  };
}
