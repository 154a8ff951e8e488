import { CallFault } from "../../go-template/function-types.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** base64.URLEncoding: may stand in a query of a URL. */
export function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const word = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    const count = Math.min(3, bytes.length - at);
    const chars = [18, 12, 6, 0].map((shift) => ALPHABET[(word >> shift) & 63]);
    parts.push(chars.slice(0, count + 1).join(""), "=".repeat(3 - count));
  }
  return parts.join("");
}

/**
 * The text that {@link base64Url} made, line ends within it aside.
 *
 * @throws CallFault at the first byte that does not belong
 */
export function fromBase64Url(text: string): string {
  const bytes: number[] = [];
  const fail = (at: number): never => {
    throw new CallFault(`illegal base64 data at input byte ${at}`);
  };
  let at = 0;
  const skip = () => {
    while (text[at] === "\n" || text[at] === "\r") at += 1;
  };
  while (true) {
    let word = 0;
    let count = 0;
    let ended = false;
    while (count < 4) {
      skip();
      const char = text[at];
      if (char === undefined) {
        if (count === 0) return new TextDecoder().decode(Uint8Array.from(bytes));
        fail(at - count);
      }
      const digit = ALPHABET.indexOf(char as string);
      if (digit === -1) {
        if (char !== "=" || count < 2) fail(at);
        at += 1;
        if (count === 2) {
          skip();
          if (text[at] === undefined) fail(text.length);
          if (text[at] !== "=") fail(at);
          at += 1;
        }
        skip();
        if (at < text.length) fail(at);
        ended = true;
        break;
      }
      word |= digit << (18 - 6 * count);
      count += 1;
      at += 1;
    }
    const whole = [(word >> 16) & 255, (word >> 8) & 255, word & 255];
    bytes.push(...whole.slice(0, ended ? count - 1 : 3));
    if (ended) return new TextDecoder().decode(Uint8Array.from(bytes));
  }
}
