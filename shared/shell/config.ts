import { createHash } from "node:crypto";
import * as v from "valibot";
import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  visit,
} from "yaml";
import { checkAutoscaling } from "../core/autoscaling/check.ts";
import type { Fault } from "../core/kernel/errors.ts";
import { canonical, type Json } from "../core/kernel/json.ts";
import { checkEnvValue } from "./config-env.ts";
import { describe, listsForMaps, shown } from "./config-faults.ts";
import { ConfigSchema, type HeadgateConfig } from "./config-schema.ts";
import type { SecretReference } from "./secret-reference.ts";

/** Past this a file is refused unread: the largest honest configuration (1,000 services) is well below it. */
export const MAX_CONFIG_BYTES = 1_048_576;
const MAX_FAULTS = 50;
/** Expanding aliases may not grow a document past this many nodes (a "billion laughs" file). */
const MAX_ALIASES = 100;

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
}

const pathText = (path: readonly (string | number)[]): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("") ||
  "(document)";

/** The node at a path, or its deepest ancestor that exists; for a missing key that is the map that lacks it. */
function nodeAt(root: Node | null, path: readonly (string | number)[], wantKey: boolean): Node | null {
  let node: Node | null = root;
  for (const [index, part] of path.entries()) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(part));
      if (!pair) return node;
      const last = index === path.length - 1;
      const next = (last && wantKey ? pair.key : pair.value) as Node | null;
      if (!next) return pair.key as Node;
      node = next;
    } else if (isSeq(node)) {
      const next = node.items[Number(part)] as Node | undefined;
      if (!next) return node;
      node = next;
    } else return node;
  }
  return node;
}

const RESERVED_NAMES: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);
/** Control characters of a broken file must not reach a terminal or a log. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed
const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");

/** The second of two equal keys of a map by its place in the text, with its path and where the first one stands. */
function duplicateAt(
  document: Document,
  offset: number,
): { readonly path: readonly string[]; readonly name?: string; readonly first?: number | undefined } {
  let found: { path: string[]; name: string; first: number | undefined } | undefined;
  visit(document, {
    Pair: (_key, pair, ancestors) => {
      if (!isScalar(pair.key) || pair.key.range?.[0] !== offset) return undefined;
      const name = String(pair.key.value);
      const above = ancestors.flatMap((one) => (isPair(one) && isScalar(one.key) ? [String(one.key.value)] : []));
      const map = ancestors.at(-1);
      const twin = isMap(map)
        ? map.items.find((one) => isScalar(one.key) && String(one.key.value) === name)
        : undefined;
      found = { path: [...above, name], name, first: isScalar(twin?.key) ? twin.key.range?.[0] : undefined };
      return visit.BREAK;
    },
  });
  return found ?? { path: [] };
}

/** Content address of a configuration: equal behaviour has equal versions, whatever the file's comments and order. */
export function configVersion(config: HeadgateConfig): string {
  return `cfg_${createHash("sha256")
    .update(canonical(config as unknown as Json))
    .digest("hex")
    .slice(0, 16)}`;
}

/**
 * Reads headgate.yaml (YAML 1.2, JSON included). All faults of form are found in one pass, those of meaning (min above max, an
 * unknown service) once the form is right. Each carries path, line, column, the value and what is allowed; nothing is
 * guessed and nothing half-valid is returned.
 */
export function parseConfig(text: string, options: ParseOptions = {}): ParsedConfig {
  const where = options.file ?? "configuration";
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_CONFIG_BYTES) {
    return {
      ok: false,
      faults: [
        {
          path: "(document)",
          message: `${where} has ${bytes} bytes`,
          value: `${bytes} bytes`,
          allowed: `at most ${MAX_CONFIG_BYTES} bytes`,
        },
      ],
    };
  }
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, uniqueKeys: true, version: "1.2", prettyErrors: false });
  const place = (offset: number | undefined): { line?: number; column?: number } => {
    if (offset === undefined) return {};
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  if (!Array.isArray(documents) || documents.length === 0) {
    return {
      ok: false,
      faults: [{ path: "(document)", message: `${where} is empty`, allowed: "a YAML map with version: 1" }],
    };
  }
  const [document, second] = documents;
  if (!document) return { ok: false, faults: [{ path: "(document)", message: `${where} is empty` }] };
  if (second) {
    return {
      ok: false,
      faults: [
        { path: "(document)", message: "more than one YAML document", allowed: "one", ...place(second.range?.[0]) },
      ],
    };
  }
  if (document.errors.length > 0) {
    return {
      ok: false,
      faults: document.errors.slice(0, MAX_FAULTS).map((error) => {
        const at = place(error.pos[0]);
        if (error.code !== "DUPLICATE_KEY")
          return { path: "(document)", message: `not YAML: ${printable(error.message)}`, ...at };
        const { path, name, first } = duplicateAt(document, error.pos[0]);
        const line = place(first).line;
        return {
          path: pathText(path),
          message: `duplicate key${name === undefined ? "" : ` ${JSON.stringify(name)}`}`,
          allowed: `each name once${line === undefined ? "" : `; the first is in line ${line}`}`,
          ...at,
        };
      }),
    };
  }
  let aliases = 0;
  visit(document, { Alias: () => void (aliases += 1) });
  if (aliases > MAX_ALIASES) {
    return {
      ok: false,
      faults: [{ path: "(document)", message: `${aliases} aliases`, allowed: `at most ${MAX_ALIASES}` }],
    };
  }
  const root = document.contents as Node | null;
  if (!isMap(root) || isAlias(root)) {
    return {
      ok: false,
      faults: [
        {
          path: "(document)",
          message: `${where} is not a map`,
          allowed: "a YAML map with version: 1",
          line: 1,
          column: 1,
        },
      ],
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return {
      ok: false,
      faults: [
        { path: "(document)", message: `not readable: ${error instanceof Error ? error.message : String(error)}` },
      ],
    };
  }
  const fault = (
    path: readonly (string | number)[],
    message: string,
    extra: { value?: string | undefined; allowed?: string | undefined; key?: boolean },
  ): Fault => {
    const node = nodeAt(root, path, extra.key ?? false);
    return {
      path: pathText(path),
      message,
      ...place(node?.range?.[0]),
      ...(extra.value === undefined ? {} : { value: extra.value }),
      ...(extra.allowed === undefined ? {} : { allowed: extra.allowed }),
    };
  };
  // Record schemas pass over these names in silence; a service so named would be lost without a word.
  const reserved: Fault[] = [];
  visit(document, {
    Pair: (_key, pair) => {
      if (!isScalar(pair.key) || !RESERVED_NAMES.has(String(pair.key.value))) return;
      const name = String(pair.key.value);
      reserved.push({
        path: name,
        message: `${JSON.stringify(name)} cannot be used as a name`,
        allowed: "any other name",
        ...place(pair.key.range?.[0]),
      });
    },
  });
  if (reserved.length > 0) return { ok: false, faults: reserved };
  const parsed = v.safeParse(ConfigSchema, value);
  if (!parsed.success) {
    const faults = parsed.issues.slice(0, MAX_FAULTS).map((issue) => {
      const { path, message, atKey, ...found } = describe(issue);
      return fault(path, message, { ...found, key: atKey });
    });
    return { ok: false, faults };
  }
  const faults: Fault[] = listsForMaps(value, parsed.output).map(({ path, message, ...found }) =>
    fault(path, message, found),
  );
  const warnings: Fault[] = [];
  for (const [name, { run }] of Object.entries(parsed.output.services)) {
    for (const [variable, given] of Object.entries(run?.env ?? {})) {
      const found = checkEnvValue(variable, given, options.unresolved);
      if (!found) continue;
      const path = ["services", name, "run", "env", variable];
      (found.works ? warnings : faults).push(fault(path, found.message, found));
    }
  }
  for (const [name, { load }] of Object.entries(parsed.output.services)) {
    if (load?.shape !== "day" || load.peak >= load.mean) continue;
    const path = ["services", name, "load", "peak"];
    const allowed = `number from ${load.mean} on, the mean`;
    faults.push(fault(path, "peak must not be below mean", { value: shown(load.peak, path), allowed }));
  }
  for (const [name, autoscaling] of Object.entries(parsed.output.autoscaling)) {
    if (!Object.hasOwn(parsed.output.services, name)) {
      faults.push(
        fault(["autoscaling", name], `service ${JSON.stringify(name)} is not in services`, {
          key: true,
          allowed: "a name under services",
        }),
      );
    }
    for (const found of checkAutoscaling(autoscaling)) {
      const path = ["autoscaling", name, ...found.path];
      faults.push(fault(path, found.message, { value: shown(found.value, path), allowed: found.allowed }));
    }
  }
  if (faults.length > 0) return { ok: false, faults: faults.slice(0, MAX_FAULTS) };
  return { ok: true, config: parsed.output, version: configVersion(parsed.output), warnings };
}

/** One line per fault for a terminal: "file:line:column path: message (found …; allowed …)". */
export function faultLine(file: string, fault: Fault): string {
  const at = fault.line === undefined ? file : `${file}:${fault.line}:${fault.column ?? 1}`;
  const detail = [
    ...(fault.value === undefined ? [] : [`found ${fault.value}`]),
    ...(fault.allowed === undefined ? [] : [`allowed: ${fault.allowed}`]),
  ].join("; ");
  return `${at} ${fault.path}: ${fault.message}${detail ? ` (${detail})` : ""}`;
}
