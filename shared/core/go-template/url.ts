import { CallFault } from "./function-types.ts";

/**
 * url.QueryUnescape: `+` is a blank, `%41` a byte.
 *
 * @throws CallFault at an escape that is none
 */
export function queryUnescaped(text: string): string {
  const wrong = /%(?![0-9a-fA-F]{2})/.exec(text);
  if (wrong) throw new CallFault(`invalid URL escape ${JSON.stringify(text.slice(wrong.index, wrong.index + 3))}`);
  if (!/[%+]/.test(text)) return text;
  const bytes: number[] = [];
  for (const piece of text.replaceAll("+", " ").split(/(%[0-9a-fA-F]{2})/)) {
    if (/^%[0-9a-fA-F]{2}$/.test(piece)) bytes.push(Number.parseInt(piece.slice(1), 16));
    else for (const byte of new TextEncoder().encode(piece)) bytes.push(byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
