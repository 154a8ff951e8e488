import { open } from "node:fs/promises";
import { resolve } from "node:path";

/** Larger than any key or certificate chain. */
const MOST_BYTES = 65_536;
/** A parameter is asked for again after a minute: each look-up costs time and, in number, money. */
const KEPT_MS = 60_000;

export interface SecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of alertmanager.yml: relative paths are seen from there. */
  readonly baseDir: string;
  /** Value of a parameter of AWS Systems Manager, decrypted; absent: such references are refused. */
  readonly parameter?: (path: string) => Promise<string>;
  /** Real ms, monotonic; for tests. */
  readonly elapsed?: () => number;
}

/** What is behind references, read when it is needed, so that a rotated secret is taken up. Errors never hold a value. */
export interface Secrets {
  /** Content of a file as it is. */
  file(path: string): Promise<string>;
  /** The value behind `env:NAME`, `file:path` or `ssm:/path`; undefined when the text is no reference. */
  value(text: string): Promise<string> | undefined;
}

const REFERENCE = /^(?:env:[A-Za-z_]\w*|file:(?!\/\/).+|ssm:\/[\w./-]+)$/;

/** Whether a setting says where a secret is instead of what it is. */
export const isReference = (text: string): boolean => REFERENCE.test(text);

export function secrets({ env, baseDir, parameter, elapsed = () => performance.now() }: SecretsOptions): Secrets {
  const parameters = new Map<string, { readonly until: number; readonly value: Promise<string> }>();

  const file = async (given: string): Promise<string> => {
    const path = resolve(baseDir, given);
    const handle = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? "does not exist" : `cannot be read (${error.code})`;
      throw new Error(`${given} ${why}`);
    });
    try {
      const found = await handle.stat();
      // A pipe or a device could keep everything waiting.
      if (!found.isFile()) throw new Error(`${given} is not a regular file`);
      if (found.size > MOST_BYTES) throw new Error(`${given} has ${found.size} bytes; at most ${MOST_BYTES} are read`);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  };

  const ssm = (path: string): Promise<string> => {
    if (!parameter) throw new Error(`ssm:${path} cannot be read here; use env:NAME or file:path`);
    const known = parameters.get(path);
    if (known && elapsed() < known.until) return known.value;
    const value = parameter(path);
    parameters.set(path, { until: elapsed() + KEPT_MS, value });
    value.catch(() => parameters.delete(path));
    return value;
  };

  const look = async (text: string): Promise<string> => {
    const rest = text.slice(text.indexOf(":") + 1);
    if (text.startsWith("ssm:")) return ssm(rest);
    // Editors and `echo` end a file with a line end that is not part of the secret.
    if (text.startsWith("file:")) return (await file(rest)).replace(/\r?\n$/, "");
    const value = env[rest];
    if (value === undefined) throw new Error(`${rest} is not set in the environment of Headgate`);
    return value;
  };

  return { file, value: (text) => (isReference(text) ? look(text) : undefined) };
}
