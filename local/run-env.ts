import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { readEnvValue, type SecretReference } from "../shared/shell/secret-reference.ts";

/** Larger than any key or certificate chain. */
const MOST_BYTES = 65_536;
/** Shorter ones ("on", "8080") would blot out half of what a service says. */
const LEAST_CONCEALED = 6;

/** Where references are looked up. */
export interface Keeping {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the configuration file: relative paths are seen from there. */
  readonly baseDir: string;
}

type Looked = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly why: string };

const no = (why: string): Looked => ({ ok: false, why });

function readSecretFile(given: string, baseDir: string): Looked {
  const file = resolve(baseDir, given);
  try {
    const found = statSync(file);
    // A pipe or a device could keep everything waiting.
    if (!found.isFile()) return no(`${file} is not a regular file`);
    if (found.size > MOST_BYTES) return no(`${file} has ${found.size} bytes; at most ${MOST_BYTES} are read`);
    // Editors and `echo` end a file with a line end that is not part of the secret.
    return { ok: true, value: readFileSync(file, "utf8").replace(/\r?\n$/, "") };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read" : `cannot be read (${code})`;
    return no(`${file} ${why}`);
  }
}

/** The value behind a reference on this machine, or why there is none. The value appears in no message. */
export function lookUp(reference: SecretReference, { env, baseDir }: Keeping): Looked {
  switch (reference.kind) {
    case "env": {
      const value = env[reference.name];
      return value === undefined
        ? no(`${reference.name} is not set in the environment of Headgate`)
        : { ok: true, value };
    }
    case "file":
      return readSecretFile(reference.path, baseDir);
    case "ssm":
      return no("parameters of AWS Systems Manager are not read for local processes; use env:NAME or file:path");
  }
}

export interface RunEnv {
  readonly values: Readonly<Record<string, string>>;
  /** What must not appear in anything shown. */
  readonly secrets: readonly string[];
}

/**
 * The environment of a service with its references resolved, as of now: a changed secret is used by the next start.
 *
 * @throws Error naming every variable that has no value, and why
 */
export function resolveRunEnv(given: Readonly<Record<string, string>>, keeping: Keeping): RunEnv {
  const values: Record<string, string> = {};
  const secrets: string[] = [];
  const missing: string[] = [];
  for (const [name, raw] of Object.entries(given)) {
    const value = readEnvValue(raw);
    if (value.kind !== "reference") {
      values[name] = value.kind === "text" ? value.text : raw;
      continue;
    }
    const looked = lookUp(value.reference, keeping);
    if (looked.ok) {
      values[name] = looked.value;
      secrets.push(looked.value);
    } else missing.push(`env ${name} (${raw}): ${looked.why}`);
  }
  if (missing.length > 0) throw new Error(missing.join("; "));
  return { values, secrets };
}

/** Blots secrets out of what a service prints: its last words are shown to people and kept in logs. */
export function concealer(secrets: readonly string[]): (line: string) => string {
  // A secret of several lines is printed line by line. Longest first: one may contain another.
  const parts = secrets
    .flatMap((secret) => secret.split(/\r?\n/))
    .filter((part) => part.length >= LEAST_CONCEALED)
    .sort((a, b) => b.length - a.length);
  if (parts.length === 0) return (line) => line;
  return (line) => parts.reduce((text, part) => text.replaceAll(part, "[redacted]"), line);
}
