import { createHash } from "node:crypto";
import * as v from "valibot";
import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, visit } from "yaml";
import { checkAutoscaling } from "../core/autoscaling/check.ts";
import type { Fault } from "../core/kernel/errors.ts";
import { canonical, type Json } from "../core/kernel/json.ts";
import { ConfigSchema, type HeadgateConfig } from "./config-schema.ts";

/** Past this a file is refused unread: the largest honest configuration (1,000 services) is well below it. */
export const MAX_CONFIG_BYTES = 1_048_576;
const MAX_FAULTS = 50;
/** Expanding aliases may not grow a document past this many nodes (a "billion laughs" file). */
const MAX_ALIASES = 100;

export type ParsedConfig =
  | { readonly ok: true; readonly config: HeadgateConfig; readonly version: string }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const pathText = (path: readonly (string | number)[]): string =>
  path.map((part, index) => (typeof part === "number" ? `[${part}]` : index === 0 ? part : `.${part}`)).join("") ||
  "(document)";

const shorten = (value: unknown): string => {
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
};

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
const KNOWN_SECRET = /pass|secret|token|key$/i;

const allowedOf = (issue: v.BaseIssue<unknown>): string | undefined => {
  // Unknown or missing keys: the message says it all, and valibot's "expected" would repeat the key.
  if (issue.type === "strict_object" && (issue.expected === "never" || issue.received === "undefined"))
    return undefined;
  // A text of our own ("integer 1..10000") says more than valibot's "number".
  if (issue.kind === "schema" && !issue.message.startsWith("Invalid ")) return issue.message;
  if (issue.kind === "validation" || issue.type === "check") return issue.message;
  return issue.expected ?? undefined;
};

function messageOf(issue: v.BaseIssue<unknown>, path: readonly (string | number)[]): string {
  const name = path.at(-1);
  if (issue.type === "strict_object" && issue.expected === "never") return `unknown key ${JSON.stringify(name)}`;
  if (issue.type === "strict_object" && issue.received === "undefined") return `${JSON.stringify(name)} is missing`;
  if (issue.received === "undefined" && issue.kind === "schema")
    return `${JSON.stringify(name ?? "document")} is missing`;
  if (issue.kind === "schema") return "wrong type or value";
  return issue.message;
}

function issuePath(issue: v.BaseIssue<unknown>): (string | number)[] {
  return (issue.path ?? []).map((item) => (typeof item.key === "number" ? item.key : String(item.key)));
}

/** Content address of a configuration: equal behaviour has equal versions, whatever the file's comments and order. */
export function configVersion(config: HeadgateConfig): string {
  return `cfg_${createHash("sha256")
    .update(canonical(config as unknown as Json))
    .digest("hex")
    .slice(0, 16)}`;
}

/**
 * Reads headgate.yaml (YAML 1.2, JSON included). Every fault is found in one pass and carries path, line, column, the value
 * and what is allowed; nothing is guessed and nothing half-valid is returned.
 */
export function parseConfig(text: string, options: { readonly file?: string } = {}): ParsedConfig {
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
      faults: document.errors.slice(0, MAX_FAULTS).map((error) => ({
        path: "(document)",
        message: error.code === "DUPLICATE_KEY" ? `duplicate key: ${error.message}` : `not YAML: ${error.message}`,
        ...place(error.pos[0]),
      })),
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
    extra: { value?: unknown; allowed?: string | undefined; key?: boolean },
  ): Fault => {
    const node = nodeAt(root, path, extra.key ?? false);
    const secret = KNOWN_SECRET.test(String(path.at(-1) ?? ""));
    return {
      path: pathText(path),
      message,
      ...place(node?.range?.[0]),
      ...(extra.value === undefined ? {} : { value: secret ? "[redacted]" : shorten(extra.value) }),
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
      const path = issuePath(issue);
      const unknownKey = issue.type === "strict_object" && issue.expected === "never";
      return fault(path, messageOf(issue, path), {
        ...(unknownKey || issue.received === "undefined" ? {} : { value: issue.input }),
        allowed: allowedOf(issue),
        key: unknownKey,
      });
    });
    return { ok: false, faults };
  }
  const faults: Fault[] = [];
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
      faults.push(
        fault(["autoscaling", name, ...found.path], found.message, { value: found.value, allowed: found.allowed }),
      );
    }
  }
  if (faults.length > 0) return { ok: false, faults: faults.slice(0, MAX_FAULTS) };
  return { ok: true, config: parsed.output, version: configVersion(parsed.output) };
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
