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
  if (/^0[xXbBoO]/.test(size) || /^\d+$/.test(size)) {
    if (/^0\d/.test(size) && !octal) throw new TemplateFault(`illegal number syntax: ${JSON.stringify(text)}`, pos);
    const int = sign * BigInt(octal ? `0o${size.slice(1)}` : size);
    if (int >= 2n ** 63n || int < -(2n ** 63n))
      throw new TemplateFault(`integer overflow: ${JSON.stringify(text)}`, pos);
    return { type: "number", text, int, float: Number(int), pos };
  }
  const float = Number(size) * Number(sign);
  if (!Number.isFinite(float)) throw new TemplateFault(`illegal number syntax: ${JSON.stringify(text)}`, pos);
  const whole = Number.isSafeInteger(float) ? { int: BigInt(float) } : {};
  return { type: "number", text, ...whole, float, pos };
}
