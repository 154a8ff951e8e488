import { type Arg, TemplateFault } from "./ast.ts";
import { goUnquote } from "./go-string.ts";
import type { Token } from "./lex.ts";

/** What a quoted constant stands for. */
export const stringValue = (token: Token): string => goUnquote(token.text) ?? "";

/**
 * Go's untyped constants: an integer where it is written or valued as one, a float always.
 *
 * @throws TemplateFault
 */
export function numberOf({ type, text, pos }: Token): Arg {
  if (type === "char") {
    const point = BigInt((goUnquote(text) ?? "").codePointAt(0) ?? 0);
    return { type: "number", text, int: point, float: Number(point), pos };
  }
  const digits = text.replaceAll("_", "");
  const sign = digits.startsWith("-") ? -1n : 1n;
  const size = digits.replace(/^[+-]/, "");
  const octal = /^0[0-7]+$/.test(size);
  const hexFloat = /^0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/.exec(size);
  if (hexFloat) {
    const [, whole = "", fraction = "", exponent = ""] = hexFloat;
    const float =
      Number(sign) * Number.parseInt(`${whole}${fraction}`, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
    return { type: "number", text, ...(Number.isSafeInteger(float) ? { int: BigInt(float) } : {}), float, pos };
  }
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$|^\d+$/.test(size)) {
    if (/^0\d/.test(size) && !octal) throw new TemplateFault(`integer overflow: ${JSON.stringify(text)}`, pos);
    const int = sign * BigInt(octal ? `0o${size.slice(1)}` : size);
    if (int >= 2n ** 63n || int < -(2n ** 63n))
      throw new TemplateFault(`integer overflow: ${JSON.stringify(text)}`, pos);
    return { type: "number", text, int, float: Number(int), pos };
  }
  const float = size === "" ? Number.NaN : Number(size) * Number(sign);
  if (!Number.isFinite(float)) throw new TemplateFault(`illegal number syntax: ${JSON.stringify(text)}`, pos);
  const whole = Number.isSafeInteger(float) ? { int: BigInt(float) } : {};
  return { type: "number", text, ...whole, float, pos };
}
