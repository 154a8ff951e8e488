import { goFloat } from "./go-float.ts";
import { goQuote } from "./go-string.ts";
import { type SampleValue, sortedKeys, typeName, type Value, valueText } from "./values.ts";

interface Flags {
  readonly minus: boolean;
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
}

const VERB = /%([-+# 0]*)(\*|\d+)?(?:(\.)(\*|\d+)?)?([\s\S])?/gu;
/** Wider than this nobody means; Go's own limit is a million. */
const WIDEST = 10_000;

const longest = (text: string, count: number | undefined): string =>
  count === undefined ? text : [...text].slice(0, count).join("");

const hexOf = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

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
      if (verb === "q") return pad(goQuote(char, "'"), flags, false);
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

/** Whether it may stand in raw quotes. */
const isBackquotable = (text: string): boolean =>
  !text.includes("`") && /^[\p{L}\p{M}\p{N}\p{P}\p{S} \t]*$/u.test(text);

function textual(value: string, verb: string, flags: Flags): string | undefined {
  switch (verb) {
    case "v":
    case "s":
      return pad(longest(value, flags.precision), flags, false);
    case "q":
      return pad(
        flags.sharp && isBackquotable(value) ? `\`${value}\`` : goQuote(longest(value, flags.precision)),
        flags,
        false,
      );
    case "x":
      return pad(hexOf(longest(value, flags.precision)), flags, false);
    case "X":
      return pad(hexOf(longest(value, flags.precision)).toUpperCase(), flags, false);
    default:
      return undefined;
  }
}

const wrong = (verb: string, value: Value): string =>
  value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${valueText(value)})`;

function sample(value: SampleValue, verb: string, flags: Flags, top: boolean): string {
  const inner = `{${formatted(value.labels, verb, flags)} ${formatted(value.value, verb, flags)}}`;
  return top ? `&${inner}` : inner;
}

/** One value by one verb. */
function formatted(value: Value, verb: string, flags: Flags): string {
  if (verb === "T") return pad(typeName(value), flags, false);
  if (value === null) return verb === "v" ? pad("<nil>", flags, false) : wrong(verb, value);
  switch (typeof value) {
    case "boolean":
      return verb === "v" || verb === "t" ? pad(String(value), flags, false) : wrong(verb, value);
    case "bigint":
      return integer(value, verb, flags) ?? wrong(verb, value);
    case "number":
      return float(value, verb, flags) ?? wrong(verb, value);
    case "string":
      return textual(value, verb, flags) ?? wrong(verb, value);
  }
  switch (value.kind) {
    case "map":
      return `map[${sortedKeys(value)
        .map((key) => `${formatted(key, verb, flags)}:${formatted(value.entries.get(key) ?? null, verb, flags)}`)
        .join(" ")}]`;
    case "sample":
      return sample(value, verb, flags, true);
    case "vector":
      return `[${value.items.map((item) => sample(item, verb, flags, true)).join(" ")}]`;
    default:
      return verb === "v" || verb === "s" ? pad(valueText(value), flags, false) : wrong(verb, value);
  }
}

/** Go's fmt.Sprintf. What does not fit a verb is said in the text ("%!d(string=hi)"), as Go does. */
export function sprintf(format: string, args: readonly Value[]): string {
  let used = 0;
  let reordered = false;
  const take = (): { readonly value: Value } | undefined => {
    const value = args[used];
    if (used >= args.length || value === undefined) return undefined;
    used += 1;
    return { value };
  };
  const text = format.replace(
    VERB,
    (_all, flagText: string, wide?: string, dot?: string, exact?: string, verb?: string) => {
      let notes = "";
      const size = (written: string | undefined, what: string): number | undefined => {
        if (written !== "*") return written === undefined ? undefined : Number(written);
        const given = take()?.value;
        if (typeof given === "bigint" && given <= BigInt(WIDEST) && given >= -BigInt(WIDEST)) return Number(given);
        notes += `%!(BAD${what})`;
        return undefined;
      };
      const width = size(wide, "WIDTH");
      const precision = dot === undefined ? undefined : exact === undefined ? 0 : size(exact, "PREC");
      if (verb === undefined) return `${notes}%!(NOVERB)`;
      if (verb === "%") return "%";
      if ((width ?? 0) > WIDEST || (precision ?? 0) > WIDEST) return `${notes}%!(BADWIDTH)`;
      if (verb === "[") reordered = true;
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
      if (!taken) return `${notes}%!${verb}(MISSING)`;
      return notes + formatted(taken.value, verb, flags);
    },
  );
  if (reordered || used >= args.length) return text;
  const extra = args.slice(used).map((value) => (value === null ? "<nil>" : `${typeName(value)}=${valueText(value)}`));
  return `${text}%!(EXTRA ${extra.join(", ")})`;
}

/** Go's fmt.Sprint: blanks between two neighbours only where neither is a text. */
export function sprint(args: readonly Value[]): string {
  return args
    .map((value, index) => {
      const before = args[index - 1];
      const gap = index > 0 && typeof value !== "string" && typeof before !== "string" ? " " : "";
      return gap + formatted(value, "v", PLAIN);
    })
    .join("");
}

export const sprintln = (args: readonly Value[]): string =>
  `${args.map((value) => formatted(value, "v", PLAIN)).join(" ")}\n`;

const PLAIN: Flags = { minus: false, plus: false, sharp: false, space: false, zero: false };
