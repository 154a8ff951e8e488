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
import type { Fault } from "../core/kernel/errors.ts";

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
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, uniqueKeys: true, version: "1.2", prettyErrors: false });
  const place = (offset: number | undefined): { line?: number; column?: number } => {
    if (offset === undefined) return {};
    const { line, col } = lineCounter.linePos(offset);
    return { line, column: col };
  };
  if (!Array.isArray(documents) || documents.length === 0)
    return refuse({ message: `${where} is empty`, allowed: wants });
  const [document, second] = documents;
  if (!document) return refuse({ message: `${where} is empty` });
  if (second) return refuse({ message: "more than one YAML document", allowed: "one", ...place(second.range?.[0]) });
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
