const MARK: unique symbol = Symbol("written");

/** A bare number or truth value of a document together with how it was written: where Go wants a text, that is what it takes. */
export interface Written {
  readonly [MARK]: true;
  readonly source: string;
  readonly value: number | boolean;
}

export const written = (source: string, value: number | boolean): Written => ({ [MARK]: true, source, value });

export const isWritten = (value: unknown): value is Written =>
  typeof value === "object" && value !== null && MARK in value;

const WORDS: ReadonlyMap<string, number | boolean | null> = new Map<string, number | boolean | null>([
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
  ...[".nan", ".NaN", ".NAN"].map((word) => [word, Number.NaN] as const),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word) => [word, Infinity] as const),
  ...["-.inf", "-.Inf", "-.INF"].map((word) => [word, -Infinity] as const),
]);

const INTEGER = /^([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([1-9][0-9]*|0))$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** What a bare scalar is to Go's yaml.v2 (YAML 1.1 with `yes` and `on`): null, a truth value, a number, or the text itself. */
export function resolvePlain(source: string): string | number | boolean | null {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  const first = source[0] ?? "";
  if (first === ".") return /^\.[0-9]+([eE][-+]?[0-9]+)?$/.test(source) ? Number(source) : source;
  if (!/[-+0-9]/.test(first)) return source;
  const bare = source.replaceAll("_", "");
  const integer = INTEGER.exec(bare);
  if (integer) {
    const [, sign, hex, binary, octal, decimal] = integer;
    const size =
      hex !== undefined
        ? Number.parseInt(hex, 16)
        : binary !== undefined
          ? Number.parseInt(binary, 2)
          : octal !== undefined
            ? Number.parseInt(octal, 8)
            : Number(decimal);
    return sign === "-" ? 0 - size : size;
  }
  return FLOAT.test(bare) ? Number(bare) : source;
}

/** The plain value of what may be a written one, all the way down. */
export function unwritten(value: unknown): unknown {
  if (isWritten(value)) return value.value;
  if (Array.isArray(value)) return value.map(unwritten);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, unwritten(one)]));
}
