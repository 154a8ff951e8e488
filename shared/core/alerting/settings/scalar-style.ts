import { resolvePlain } from "../../kernel/written.ts";

/** How a text may be written. Source: yaml.v2 encode.go stringv, emitterc.go yaml_emitter_analyze_scalar. */
export type ScalarStyle = "plain" | "single" | "double" | "literal";

const isBreak = (character: string): boolean => "\r\n\u0085\u2028\u2029".includes(character);
const isBlank = (character: string | undefined): boolean =>
  character === undefined || character === " " || character === "\t" || isBreak(character);

/** What needs no escape to libyaml: no control characters, no tab, nothing past U+FFFF. */
export function isPrintable(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x80) return code === 0x0a || (code >= 0x20 && code <= 0x7e);
  if (code < 0xa0 || code > 0xfffd || code === 0xfeff) return false;
  return code < 0xd800 || code >= 0xe000;
}

/** Numbers in base 60, which other readers of YAML 1.1 would see in `12:30:45`. */
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)?)?$/;

/** Whether a text would be read as something else without quotes. */
const isOther = (text: string): boolean =>
  typeof resolvePlain(text) !== "string" || BASE_60.test(text) || TIMESTAMP.test(text);

interface Analysis {
  readonly flowPlain: boolean;
  readonly blockPlain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

function analyse(characters: readonly string[]): Analysis {
  if (characters.length === 0) return { flowPlain: false, blockPlain: true, single: true, block: false };
  let [flow, block] = [false, false];
  let special = false;
  let breaks = false;
  let breakThenSpace = false;
  let spaceThenBreak = false;
  const start = characters.slice(0, 3).join("");
  if (start === "---" || start === "...") [flow, block] = [true, true];
  for (const [at, character] of characters.entries()) {
    const before = characters[at - 1];
    const blankAfter = isBlank(characters[at + 1]);
    if (at === 0) {
      if ("#,[]{}&*!|>'\"%@`".includes(character)) [flow, block] = [true, true];
      else if (character === "?" || character === ":") [flow, block] = [true, block || blankAfter];
      else if (character === "-" && blankAfter) [flow, block] = [true, true];
    } else if (",?[]{}".includes(character)) flow = true;
    else if (character === ":") [flow, block] = [true, block || blankAfter];
    else if (character === "#" && isBlank(before)) [flow, block] = [true, true];
    if (!isPrintable(character)) special = true;
    if (character === " ") breakThenSpace ||= before !== undefined && isBreak(before);
    else if (isBreak(character)) {
      breaks = true;
      spaceThenBreak ||= before === " ";
    }
  }
  const [first, last] = [characters[0] as string, characters.at(-1) as string];
  const edge = [first, last].some((one) => one === " " || isBreak(one));
  const noBlock = spaceThenBreak || special;
  const plain = !edge && !breakThenSpace && !noBlock && !breaks;
  return {
    flowPlain: plain && !flow,
    blockPlain: plain && !block,
    single: !breakThenSpace && !noBlock,
    block: !noBlock && last !== " ",
  };
}

/** The style that yaml.v2 writes a text in. `key`: of a map; `flow`: within `[…]` or `{…}`. */
export function styleOf(text: string, place: { readonly flow: boolean; readonly key: boolean }): ScalarStyle {
  const characters = Array.from(text);
  const allowed = analyse(characters);
  if (text.includes("\n")) return allowed.block && !place.flow && !place.key ? "literal" : "double";
  if (isOther(text)) return "double";
  const plain = place.flow ? allowed.flowPlain : allowed.blockPlain;
  if (plain && !(characters.length === 0 && (place.flow || place.key))) return "plain";
  return allowed.single && !(place.key && characters.some(isBreak)) ? "single" : "double";
}
