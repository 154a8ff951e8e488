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
  type Scalar,
  visit,
} from "yaml";
import type { Fault } from "../core/kernel/errors.ts";
import { resolvePlain, written } from "../core/kernel/written.ts";
import { flowIndented } from "./yaml-indent.ts";

const MAX_FAULTS = 50;
/** Expanding aliases may not grow a document past this many nodes (a "billion laughs" file). */
const MAX_ALIASES = 100;

export type YamlPath = readonly (string | number)[];

/** A YAML file as a value, and where each part of it stands in the text. */
export interface YamlDocument {
  readonly ok: true;
  readonly value: unknown;
  /** 1-based place of a path's value, or of its key; for what is not there, of the map that lacks it. */
  locate(path: YamlPath, atKey?: boolean): { readonly line?: number; readonly column?: number };
  /** Every key of every map with its place. */
  keys(): readonly { readonly name: string; readonly line?: number; readonly column?: number }[];
}

export interface YamlOptions {
  /** What the text is called in faults, e.g. the file's name. Default: "file". */
  readonly file?: string;
  readonly maxBytes: number;
  /** What an empty file should have been. */
  readonly wants?: string;
  /**
   * Bare numbers and booleans as texts, just as they are written ("0x10", "1.50"): so Go decodes them where a text is wanted, and
   * a number would have forgotten how it was written.
   */
  readonly asWritten?: boolean;
  /**
   * As Go's yaml.v2 reads: of several documents the first, `<<` merges maps, `yes` and `on` are truth values; bare numbers and truth
   * values come as `Written`, which remembers how they were written.
   */
  readonly asGo?: boolean;
}

/** A path as people write it: `groups[0].rules`. */
export const pathText = (path: YamlPath): string =>
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

/** Within `[…]` and `{…}` a bare text cannot start with a colon and ends at a question mark to yaml.v2; what follows is out of place. */
const hasStrayMark = (node: Scalar, above: readonly unknown[]): boolean =>
  node.type === "PLAIN" &&
  /^:|\?/.test(node.source ?? "") &&
  above.some((one) => (isMap(one) || isSeq(one)) && one.flow === true);

/** What the reader finds wrong with lines that YAML 1.1 lets stand further left. */
const INDENTATION: ReadonlySet<string> = new Set(["BAD_INDENT", "MISSING_CHAR"]);

function parsed(text: string, options: YamlOptions) {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter,
    uniqueKeys: true,
    version: "1.2",
    prettyErrors: false,
    merge: options.asGo ?? false,
  });
  return { documents, lineCounter };
}

/** Characters that libyaml does not read. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const NOT_ALLOWED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/;

/** Gives a bare scalar the value that Go's yaml.v2 gives it; a key is always its text. */
function asGo(node: Scalar, isKey: boolean): void {
  if (node.type !== "PLAIN" || node.source === undefined || (node.tag !== undefined && !isKey)) return;
  const value = isKey ? node.source : resolvePlain(node.source);
  node.value = typeof value === "number" || typeof value === "boolean" ? written(node.source, value) : value;
}

/**
 * Reads one YAML 1.2 document (JSON included) whose top is a map. Every fault has a place: text that is no YAML, duplicate keys, a second document,
 * a file that is too long or grows by aliases.
 */
export function readYaml(
  text: string,
  options: YamlOptions,
): YamlDocument | { readonly ok: false; readonly faults: readonly Fault[] } {
  const where = options.file ?? "file";
  const wants = options.wants ?? "a YAML map";
  const bytes = Buffer.byteLength(text);
  const refuse = (...faults: readonly Omit<Fault, "path">[]) => ({
    ok: false as const,
    faults: faults.map((fault) => ({ path: "(document)", ...fault })),
  });
  if (bytes > options.maxBytes)
    return refuse({
      message: `${where} has ${bytes} bytes`,
      value: `${bytes} bytes`,
      allowed: `at most ${options.maxBytes} bytes`,
    });
  const control = options.asGo ? NOT_ALLOWED.exec(text) : null;
  if (control) {
    const line = text.slice(0, control.index).split("\n").length;
    return refuse({ message: "not YAML: control characters are not allowed", line });
  }
  let { documents, lineCounter } = parsed(text, options);
  let added: ReadonlyMap<number, number> = new Map();
  if (options.asGo && Array.isArray(documents) && documents[0]?.errors.some(({ code }) => INDENTATION.has(code))) {
    const moved = flowIndented(text);
    const again = parsed(moved.text, options);
    if (moved.added.size > 0 && again.documents[0]?.errors.length === 0)
      ({ documents, lineCounter, added } = { ...again, added: moved.added });
  }
  const place = (offset: number | undefined): { line?: number; column?: number } => {
    if (offset === undefined) return {};
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: Math.max(1, col - (added.get(line - 1) ?? 0)) };
  };
  if (!Array.isArray(documents) || documents.length === 0)
    return refuse({ message: `${where} is empty`, allowed: wants });
  const [document, second] = documents;
  if (!document) return refuse({ message: `${where} is empty` });
  if (second && !options.asGo)
    return refuse({ message: "more than one YAML document", allowed: "one", ...place(second.range?.[0]) });
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
  if (aliases > MAX_ALIASES) return refuse({ message: `${aliases} aliases`, allowed: `at most ${MAX_ALIASES}` });
  const root = document.contents as Node | null;
  if (!isMap(root) || isAlias(root))
    return refuse({ message: `${where} is not a map`, allowed: wants, line: 1, column: 1 });
  if (options.asWritten)
    visit(document, {
      Scalar: (_key, node) => {
        if ((typeof node.value === "number" || typeof node.value === "boolean") && node.source !== undefined)
          node.value = node.source;
      },
    });
  if (options.asGo) {
    let stray: number | undefined;
    let odd: number | undefined;
    visit(document, {
      Pair: (_key, { key }) => {
        if (!isScalar(key) && !isAlias(key)) odd ??= (key as Node | null)?.range?.[0] ?? 0;
      },
      Scalar: (key, node, above) => {
        if (hasStrayMark(node, above)) stray ??= node.range?.[0];
        asGo(node, key === "key");
      },
    });
    if (odd !== undefined) return refuse({ message: "a key is no text", allowed: "text", ...place(odd) });
    if (stray !== undefined) return refuse({ message: "not YAML: did not find expected ',' or '}'", ...place(stray) });
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return refuse({ message: `not readable: ${error instanceof Error ? error.message : String(error)}` });
  }
  return {
    ok: true,
    value,
    locate: (path, atKey = false) => place(nodeAt(root, path, atKey)?.range?.[0]),
    keys: () => {
      const found: { name: string; line?: number; column?: number }[] = [];
      visit(document, {
        Pair: (_key, pair) => {
          if (isScalar(pair.key)) found.push({ name: String(pair.key.value), ...place(pair.key.range?.[0]) });
        },
      });
      return found;
    },
  };
}
