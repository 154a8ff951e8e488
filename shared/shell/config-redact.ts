import { isScalar, parseAllDocuments, visit } from "yaml";
import { isSecret, redactedConfig, secretsOf } from "../core/alerting/settings/redact.ts";
import { namesSecret } from "../core/kernel/printed.ts";
import { MAX_INCLUDED_BYTES } from "./config-files.ts";
import type { HeadgateConfig } from "./config-schema.ts";
import { readYaml } from "./yaml-document.ts";
import { flowIndented } from "./yaml-indent.ts";

const MASK = "<secret>";

/** A place in a text, its end not in it. */
type Range = readonly [from: number, to: number];

/** Comments: a `#` at the start or behind white space that is in none of the ranges, to the end of its line. */
function comments(text: string, scalars: readonly Range[]): readonly Range[] {
  const found: Range[] = [];
  for (const match of text.matchAll(/(?<=^|\s)#[^\n]*/g))
    if (!scalars.some(([from, to]) => match.index >= from && match.index < to))
      found.push([match.index, match.index + match[0].length]);
  return found;
}

/**
 * The text of an alertmanager.yml with `<secret>` for each secret, and for comments that look as if they had one. A text that is no
 * YAML is not shown at all.
 */
export function redactedAlertmanagerText(given: string): string {
  const read = readYaml(given, { maxBytes: MAX_INCLUDED_BYTES, asGo: true });
  if (!read.ok) return MASK;
  // Where lines had to be moved to be read at all, places are only known in what came of it.
  const sound = (text: string): boolean => [...parseAllDocuments(text)].every(({ errors }) => errors.length === 0);
  const text = sound(given) ? given : flowIndented(given).text;
  if (text !== given && !sound(text)) return MASK;
  const secrets = secretsOf(read.value);
  const scalars: Range[] = [];
  const masked: Range[] = [];
  for (const [index, document] of [...parseAllDocuments(text)].entries())
    visit(document, {
      Scalar: (_key, node) => {
        if (!node.range) return;
        const range: Range = [node.range[0], node.range[1]];
        scalars.push(range);
        const value = isScalar(node) ? (node.source ?? String(node.value)) : "";
        // Of further documents nothing is read, so nothing is known of what they hold.
        if (index > 0 || isSecret(value, secrets) || isSecret(String(node.value), secrets)) masked.push(range);
      },
    });
  for (const range of comments(text, scalars)) {
    const comment = text.slice(...range);
    const words = comment.split(/[^A-Za-z_-]+/);
    if (words.some(namesSecret) || /:\/\//.test(comment) || [...secrets].some((one) => comment.includes(one)))
      masked.push(range);
  }
  let shown = "";
  let at = 0;
  for (const [from, to] of masked.sort(([a], [b]) => a - b)) {
    const old = text.slice(from, to);
    shown += `${text.slice(at, from)}${old.startsWith("#") ? "# " : ""}${MASK}${old.endsWith("\n") ? "\n" : ""}`;
    at = to;
  }
  return shown + text.slice(at);
}

/** A configuration without any secret. */
export const redacted = (config: HeadgateConfig): HeadgateConfig =>
  config.alerting ? { ...config, alerting: redactedConfig(config.alerting) } : config;

/** A stored configuration's files as they may be shown: alertmanager.yml holds secrets. */
export function redactedFiles(
  config: HeadgateConfig,
  files: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const file = config.alerting?.file;
  const text = file === undefined || !Object.hasOwn(files, file) ? undefined : files[file];
  return file === undefined || text === undefined ? files : { ...files, [file]: redactedAlertmanagerText(text) };
}
