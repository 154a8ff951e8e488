import { goQuoted } from "../kernel/go-quote.ts";
import { goFloat } from "./go-float.ts";
import { floatBinary, floatHex } from "./go-float-binary.ts";
import { isBackquotable } from "./go-string.ts";
import { plainOf, sortedKeys, stringOf, typeName, type Value, valueText } from "./values.ts";

interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  /** Fields of structs with their names (%+v). */
  readonly names?: boolean;
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
}

/** Flags, width, precision and the verb; `[2]` names the argument that is meant. */
const VERB = /%([-+# 0]*)(?:\[(\d+)\](?=\*))?(\*|\d+)?(?:(\.)(?:\[(\d+)\](?=\*))?(\*|\d+)?)?(?:\[(\d*)\])?([\s\S])?/gu;
/** Wider than this nobody means; Go's own limit is a million. */
const WIDEST = 10_000;

const longest = (text: string, count: number | undefined): string =>
  count === undefined ? text : [...text].slice(0, count).join("");

/** Bytes; a blank between them, `0x` before them where the flags ask for it. */
function hexOf(text: string, { space, sharp }: Flags): string {
  const bytes = [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0"));
  if (space) return bytes.map((byte) => (sharp ? `0x${byte}` : byte)).join(" ");
  return sharp && bytes.length > 0 ? `0x${bytes.join("")}` : bytes.join("");
}

const asciiOnly = (text: string): string =>
  text.replace(/\P{ASCII}/gu, (char) => {
    const hex = (char.codePointAt(0) ?? 0).toString(16);
    return hex.length > 4 ? `\\U${hex.padStart(8, "0")}` : `\\u${hex.padStart(4, "0")}`;
  });

function quotedText(text: string, { sharp, plus }: Flags): string {
  if (sharp && isBackquotable(text)) return `\`${text}\``;
  return plus ? asciiOnly(goQuoted(text)) : goQuoted(text);
}

function pad(text: string, flags: Flags, numeric: boolean): string {
  const missing = (flags.width ?? 0) - [...text].length;
  if (missing <= 0) return text;
  if (flags.minus) return text + " ".repeat(missing);
  if (!flags.zero || (!numeric && text === "")) return " ".repeat(missing) + text;
  const sign = numeric && /^[+\- ]/.test(text) ? (text[0] as string) : "";
  return sign + "0".repeat(missing) + text.slice(sign.length);
}

const signed = (text: string, flags: Flags): string =>
  /^[-+]/.test(text) ? text : flags.plus ? `+${text}` : flags.space ? ` ${text}` : text;

function integer(value: bigint, verb: string, flags: Flags): string | undefined {
  const size = value < 0n ? -value : value;
  const digits = (radix: number, prefix = "") => {
    const text = (flags.sharp ? prefix : "") + size.toString(radix).padStart(flags.precision ?? 1, "0");
    return pad(
      signed(value < 0n ? `-${text}` : text, flags),
      flags.precision === undefined ? flags : { ...flags, zero: false },
      true,
    );
  };
  switch (verb) {
    case "v":
    case "d":
      return digits(10);
    case "b":
      return digits(2, "0b");
    case "o":
      return digits(8, "0");
    case "O":
      return digits(8, "").replace(/^([+-]?)/, "$10o");
    case "x":
      return digits(16, "0x");
    case "X":
      return digits(16, "0x").toUpperCase();
    case "c":
    case "q":
    case "U": {
      const point = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
      const char = String.fromCodePoint(point);
      if (verb === "c") return pad(char, flags, false);
      if (verb === "q") return pad(goQuoted(char, "'"), flags, false);
      return pad(
        `U+${point.toString(16).toUpperCase().padStart(4, "0")}${flags.sharp ? ` '${char}'` : ""}`,
        flags,
        false,
      );
    }
    default:
      return undefined;
  }
}

function float(value: number, verb: string, flags: Flags): string | undefined {
  const lower = verb.toLowerCase();
  if (Number.isFinite(value) && (lower === "x" || verb === "b")) {
    const text = verb === "b" ? floatBinary(value) : floatHex(value, flags.precision);
    return pad(signed(verb === "X" ? text.toUpperCase() : text, flags), flags, true);
  }
  const form = verb === "v" || lower === "g" ? "g" : lower === "e" ? "e" : lower === "f" ? "f" : undefined;
  if (form === undefined) return undefined;
  const text = goFloat(value, form, flags.precision ?? (form === "g" ? undefined : 6));
  const cased = verb === "E" || verb === "G" ? text.replace("e", "E") : text;
  if (!Number.isFinite(value)) {
    const shown =
      cased === "+Inf" && !flags.plus
        ? flags.space
          ? " Inf"
          : "+Inf"
        : flags.plus && cased === "NaN"
          ? "+NaN"
          : cased;
    return pad(shown, { ...flags, zero: false }, true);
  }
  return pad(signed(cased, flags), flags, true);
}

function textual(value: string, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case "v":
    case "s":
      return pad(longest(value, flags.precision), flags, false);
    case "q":
      return pad(quotedText(longest(value, flags.precision), flags), flags, false);
    case "x":
      return pad(hexOf(longest(value, flags.precision), flags), flags, false);
    case "X":
      return pad(hexOf(longest(value, flags.precision), flags).toUpperCase(), flags, false);
    default:
      return undefined;
  }
}

/** A value that a verb is not for: with its type, and width and precision as the verb has them. */
const wrong = (verb: string, value: Value, flags: Flags): string =>
  value === null
    ? `%!${verb}(<nil>)`
    : `%!${verb}(${typeName(value)}=${formatted(value, "v", { ...flags, sharp: false, names: false })})`;

/** A value as Go's source has it (%#v). */
function goSyntax(value: Value): string {
  if (value === null) return "<nil>";
  if (typeof value === "string") return goQuoted(value);
  if (typeof value !== "object") return valueText(value);
  switch (value.kind) {
    case "list":
      return value.nil
        ? `${value.type}(nil)`
        : `${value.type}{${value.items.map((item) => goSyntax(item).replace(/^<nil>$/, "interface {}(nil)")).join(", ")}}`;
    case "map":
      return value.nil
        ? `${value.type}(nil)`
        : `${value.type}{${sortedKeys(value)
            .map((key) => `${goQuoted(key)}:${goSyntax(value.entries.get(key) ?? null)}`)
            .join(", ")}}`;
    case "struct":
      return `${value.pointer ? "&" : ""}${value.type}{${[...value.fields].map(([name, part]) => `${name}:${goSyntax(part)}`).join(", ")}}`;
    case "named":
      return goSyntax(value.value);
    case "duration":
      return String(value.nanos);
    default:
      return valueText(value);
  }
}

/** One value by one verb. */
function formatted(value: Value, verb: string, given: Flags, top = true): string {
  if (verb === "v" && given.plus && given.names === undefined)
    return formatted(value, verb, { ...given, plus: false, names: true }, top);
  const flags = given;
  if (verb === "T") return pad(typeName(value), flags, false);
  if (value === null) return verb === "v" ? pad("<nil>", flags, false) : top ? wrong(verb, value, flags) : "<nil>";
  if (verb === "v" && flags.sharp) return pad(goSyntax(value), flags, false);
  switch (typeof value) {
    case "boolean":
      return verb === "v" || verb === "t" ? pad(String(value), flags, false) : wrong(verb, value, flags);
    case "bigint":
      return integer(value, verb, flags) ?? wrong(verb, value, flags);
    case "number":
      return float(value, verb, flags) ?? wrong(verb, value, flags);
    case "string":
      return textual(value, verb, flags) ?? wrong(verb, value, flags);
  }
  const own = "vsxXq".includes(verb) ? stringOf(value) : undefined;
  if (own !== undefined) return textual(own, verb, flags) ?? wrong(verb, value, flags);
  const inner = (part: Value) => formatted(part, verb, flags, false);
  switch (value.kind) {
    case "map":
      return `map[${sortedKeys(value)
        .map((key) => `${inner(key)}:${inner(value.entries.get(key) ?? null)}`)
        .join(" ")}]`;
    case "list":
      return `[${value.items.map(inner).join(" ")}]`;
    case "struct": {
      const { names } = flags;
      const parts = [...value.fields].map(([name, part]) => (names ? `${name}:` : "") + inner(part));
      return `${value.pointer ? "&" : ""}{${[...parts, ...(value.hidden ?? []).map(inner)].join(" ")}}`;
    }
    case "named":
      return inner(value.value);
    case "duration":
      return integer(value.nanos, verb, flags) ?? wrong(verb, value, flags);
    default:
      return wrong(verb, value, flags);
  }
}

type VerbParts = readonly [
  flags: string,
  widthFrom: string | undefined,
  width: string | undefined,
  dot: string | undefined,
  precisionFrom: string | undefined,
  precision: string | undefined,
  from: string | undefined,
  verb: string | undefined,
];

/** Go's fmt.Sprintf. What does not fit a verb is said in the text ("%!d(string=hi)"), as Go does. */
export function sprintf(format: string, args: readonly Value[]): string {
  let used = 0;
  let reordered = false;
  /** Moves to the argument that a number in brackets names; false where there is none. */
  const jump = (written: string | undefined): boolean => {
    if (written === undefined) return true;
    reordered = true;
    const index = Number(written) - 1;
    if (written === "" || index < 0 || index >= args.length) return false;
    used = index;
    return true;
  };
  const take = (): { readonly value: Value } | undefined => {
    const value = args[used];
    if (used >= args.length || value === undefined) return undefined;
    used += 1;
    return { value };
  };

  const one = (...[flagText, widthFrom, wide, dot, precisionFrom, exact, from, verb]: VerbParts): string => {
    let notes = "";
    const size = (written: string | undefined, what: string): number | undefined => {
      if (written !== "*") return written === undefined ? undefined : Number(written);
      const given = take()?.value;
      if (typeof given === "bigint" && given <= BigInt(WIDEST) && given >= -BigInt(WIDEST)) return Number(given);
      notes += `%!(BAD${what})`;
      return undefined;
    };
    const widthFound = jump(widthFrom);
    const width = size(wide, "WIDTH");
    const precisionFound = jump(precisionFrom);
    const precision = dot === undefined ? undefined : exact === undefined ? 0 : size(exact, "PREC");
    const found = jump(from);
    if (verb === undefined) return `${notes}%!(NOVERB)`;
    if (verb === "%") return "%";
    if ((width ?? 0) > WIDEST || (precision ?? 0) > WIDEST) return `${notes}%!(BADWIDTH)`;
    if (!widthFound || !precisionFound || !found) return `${notes}%!${verb}(BADINDEX)`;
    const minus = flagText.includes("-") || (width ?? 0) < 0;
    const flags: Flags = {
      minus,
      plus: flagText.includes("+"),
      sharp: flagText.includes("#"),
      space: flagText.includes(" "),
      zero: flagText.includes("0") && !minus,
      width: width === undefined ? undefined : Math.abs(width),
      precision: precision !== undefined && precision < 0 ? undefined : precision,
    };
    const taken = take();
    return notes + (taken ? formatted(taken.value, verb, flags) : `%!${verb}(MISSING)`);
  };

  const text = format.replace(VERB, (_all, ...parts) => one(...(parts.slice(0, 8) as unknown as VerbParts)));
  if (reordered || used >= args.length) return text;
  const extra = args
    .slice(used)
    .map((value) => (value === null ? "<nil>" : `${typeName(value)}=${formatted(value, "v", PLAIN)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

const isText = (value: Value): boolean => typeof plainOf(value) === "string";

/** Go's fmt.Sprint: blanks between two neighbours only where neither is a text. */
export function sprint(args: readonly Value[]): string {
  return args
    .map((value, index) => {
      const gap = index > 0 && !isText(value) && !isText(args[index - 1] ?? null) ? " " : "";
      return gap + formatted(value, "v", PLAIN);
    })
    .join("");
}

export const sprintln = (args: readonly Value[]): string =>
  `${args.map((value) => formatted(value, "v", PLAIN)).join(" ")}\n`;

const PLAIN: Flags = { minus: false, plus: false, sharp: false, space: false, zero: false };
