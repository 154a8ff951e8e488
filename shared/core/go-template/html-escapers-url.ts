import { FAILSAFE } from "./html-failsafe.ts";

const SAFE_SCHEMES = new Set(["http", "https", "mailto"]);

/** Relative addresses and those of schemes that do nothing but lead elsewhere. */
function isSafeUrl(url: string): boolean {
  const colon = url.indexOf(":");
  const scheme = url.slice(0, Math.max(colon, 0));
  return colon === -1 || scheme.includes("/") || SAFE_SCHEMES.has(scheme.toLowerCase());
}

/** An address, or a fragment that leads nowhere where its scheme could do harm. */
export const urlFiltered = (url: string, type: string): string =>
  type === "template.URL" || isSafeUrl(url) ? url : `#${FAILSAFE}`;

const UNRESERVED = /[A-Za-z0-9\-._~]/;
const RESERVED = /[!#$&*+,/:;=?@[\]]/;

/** Percent-encoded; `normal`: an address as a whole, whose separators and escapes stay. */
export function urlEscaped(url: string, normal: boolean): string {
  return url.replace(/[^A-Za-z0-9\-._~]/gu, (char, at: number) => {
    if (UNRESERVED.test(char)) return char;
    if (normal && RESERVED.test(char)) return char;
    if (normal && char === "%" && /^[0-9a-fA-F]{2}$/.test(url.slice(at + 1, at + 3))) return char;
    return [...new TextEncoder().encode(char)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
  });
}

const IMAGE = /^([\t\n\f\r ]*)([^\t\n\f\r ]*)([\s\S]*)$/;

/** Addresses with sizes, comma separated; each is filtered by itself. */
export function srcsetFiltered(text: string, type: string): string {
  if (type === "template.Srcset") return text;
  if (type === "template.URL") return urlEscaped(text, true).replaceAll(",", "%2c");
  return text
    .split(",")
    .map((one) => {
      const [, blanks = "", url = "", sizes = ""] = IMAGE.exec(one) ?? [];
      const safe = isSafeUrl(url) && /^[\t\n\f\r A-Za-z0-9]*$/.test(sizes);
      return safe ? blanks + urlEscaped(url, true) + sizes : `#${FAILSAFE}`;
    })
    .join(",");
}
