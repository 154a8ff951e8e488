import type { AlertmanagerSettings } from "../../shared/core/alerting/types.ts";
import { faultLine } from "../../shared/shell/config.ts";
import { type ReadAlertmanagerText, readAlertmanagerText } from "../../shared/shell/config-alerting.ts";
import { givenFiles } from "../../shared/shell/config-files.ts";

/** alertmanager.yml as the product reads it. */
export const readText = (text: string, files: Readonly<Record<string, string>> = {}): ReadAlertmanagerText =>
  readAlertmanagerText(text, "alertmanager.yml", givenFiles(files));

/** The settings of a file that has to be right. */
export function settingsOf(text: string, files: Readonly<Record<string, string>> = {}): AlertmanagerSettings {
  const read = readText(text, files);
  if (!read.ok) throw new Error(read.faults.map((fault) => faultLine("alertmanager.yml", fault)).join("\n"));
  return read.settings;
}

/** What is wrong with a file; empty where nothing is. */
export function messagesOf(text: string): readonly string[] {
  const read = readText(text);
  return read.ok ? [] : read.faults.map(({ message }) => message);
}
