import { goQuoted } from "../../kernel/go-quote.ts";

/** An address as Go's net/url prints it again. */
export interface GoUrl {
  readonly text: string;
  readonly scheme?: string;
  /** With user and password, if there are any. */
  readonly authority?: string;
  readonly path?: string;
  /** Query and fragment, with their marks. */
  readonly rest?: string;
}

export const urlText = (url: GoUrl): string => url.text;

/** `http:`, `mailto:` … at the start. */
const SCHEME = /^([a-zA-Z][a-zA-Z0-9+.-]*):/;
/** What a host may have besides letters and bytes past ASCII: unreserved and sub-delimiters of RFC 3986, and what Go lets pass. */
const HOST = /^[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"\u0080-\uffff]*$/;
const USER = /^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/;
const VALID_PATH = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@/[\]%]*$/;
const VALID_FRAGMENT = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@/?[\]%]*$/;
const FRAGMENT_KEPT = /^[A-Za-z0-9\-_.~$&+,/:;=?@!()*]$/;
const PATH_KEPT = /^[A-Za-z0-9\-_.~$&+,/:;=@]$/;
const USER_KEPT = /^[A-Za-z0-9\-_.~$&+,;=]$/;

const badEscape = (text: string): string | undefined => {
  const found = /%(?![0-9a-fA-F]{2})[\s\S]{0,2}/.exec(text);
  return found ? `invalid URL escape ${goQuoted(found[0])}` : undefined;
};

const percent = (character: string): string =>
  Array.from(
    new TextEncoder().encode(character),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    // Escapes of bytes that are no UTF-8.
    return undefined;
  }
};

/** Escaped anew from what it means, but for characters in `kept`. Escapes of bytes that are no UTF-8 stay as they are. */
const escapedAnew = (text: string, kept: RegExp): string =>
  Array.from(decoded(text) ?? "", (character) => (kept.test(character) ? character : percent(character))).join("") ||
  text;

/** A path as Go prints it: as written where that is valid, else escaped. */
const escapedPath = (path: string): string => (VALID_PATH.test(path) ? path : escapedAnew(path, PATH_KEPT));

/** User and password as Go prints them. */
const escapedUser = (user: string): string =>
  split(user, ":")
    .flatMap((part) => (part === undefined ? [] : [escapedAnew(part, USER_KEPT)]))
    .join(":");

const isAddress = (text: string): boolean => {
  const halves = text.split("::");
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = /^(\d{1,3}\.){3}\d{1,3}$/.test(groups.at(-1) ?? "") ? groups.pop() : undefined;
  const count = groups.length + (last === undefined ? 0 : 2);
  return (
    groups.every((one) => /^[0-9a-fA-F]{1,4}$/.test(one)) &&
    (halves.length === 2 ? count < 8 : halves.length === 1 && count === 8)
  );
};

function hostFault(host: string): string | undefined {
  const open = host.lastIndexOf("[");
  if (open > 0) return "invalid IP-literal";
  const close = host.lastIndexOf("]");
  if (open === 0 && close < 0) return "missing ']' in host";
  // Of several colons the last one counts, as go.mod of upstream has it.
  const port = open === 0 ? host.slice(close + 1) : /:[^:]*$/.exec(host)?.[0];
  if (port !== undefined && !/^(:\d*)?$/.test(port)) return `invalid port ${goQuoted(port)} after host`;
  if (open === 0) {
    const address = host.slice(1, close).split("%25")[0] as string;
    return isAddress(address) ? undefined : `invalid host: ParseAddr(${goQuoted(address)}): unable to parse IP`;
  }
  const ascii = /%(?!25)[0-7][0-9a-fA-F]/.exec(host)?.[0];
  const bad = badEscape(host) ?? (ascii === undefined ? undefined : `invalid URL escape ${goQuoted(ascii)}`);
  if (bad !== undefined) return bad;
  const odd = Array.from(host.replace(/%[0-9a-fA-F]{2}/g, "")).find((character) => !HOST.test(character));
  return odd === undefined ? undefined : `invalid character ${goQuoted(odd)} in host name`;
}

/** A host as Go prints it. */
const escapedHost = (host: string): string => host.replace(/[\u0080-\u{10ffff}]/gu, percent);

/** Reads an address as Go's net/url.Parse does; the message where it is none. */
export function parseUrl(text: string): GoUrl | string {
  const [beforeFragment, fragment] = split(text, "#");
  const fail = (message: string): string => `parse ${goQuoted(beforeFragment)}: ${message}`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (/[\u0000-\u001f\u007f]/.test(beforeFragment)) return fail("net/url: invalid control character in URL");
  if (beforeFragment.startsWith(":")) return fail("missing protocol scheme");
  const scheme = SCHEME.exec(beforeFragment)?.[1] ?? "";
  const afterScheme = scheme === "" ? beforeFragment : beforeFragment.slice(scheme.length + 1);
  const [hierarchy = "", query] = split(afterScheme, "?");
  const lower = scheme.toLowerCase();
  const prefix = lower === "" ? "" : `${lower}:`;
  const wrongFragment = fragment === undefined ? undefined : badEscape(fragment);
  if (wrongFragment) return `parse ${goQuoted(text)}: ${wrongFragment}`;
  const rest = `${query === undefined ? "" : `?${query}`}${fragment === undefined || fragment === "" ? "" : `#${escapedFragment(fragment)}`}`;
  if (!hierarchy.startsWith("/")) {
    if (lower !== "") return { text: `${prefix}${hierarchy}${rest}`, scheme: lower };
    if ((hierarchy.split("/")[0] as string).includes(":"))
      return fail("first path segment in URL cannot contain colon");
  }
  let authority: string | undefined;
  let path = hierarchy;
  if (hierarchy.startsWith("//") && (lower !== "" || !hierarchy.startsWith("///"))) {
    const end = hierarchy.indexOf("/", 2);
    authority = end < 0 ? hierarchy.slice(2) : hierarchy.slice(2, end);
    path = end < 0 ? "" : hierarchy.slice(end);
    const at = authority.lastIndexOf("@");
    const wrong = hostFault(authority.slice(at + 1));
    if (wrong) return fail(wrong);
    if (at >= 0) {
      const user = authority.slice(0, at);
      if (!USER.test(user)) return fail("net/url: invalid userinfo");
      const bad = badEscape(user);
      if (bad) return fail(bad);
    }
    const host = escapedHost(authority.slice(at + 1));
    authority = at < 0 ? host : `${escapedUser(authority.slice(0, at))}@${host}`;
  }
  const bad = badEscape(path);
  if (bad) return fail(bad);
  return assembled({ scheme: lower, ...(authority === undefined ? {} : { authority }), path: escapedPath(path), rest });
}

const escapedFragment = (fragment: string): string =>
  VALID_FRAGMENT.test(fragment) ? fragment : escapedAnew(fragment, FRAGMENT_KEPT);

function split(text: string, mark: string): readonly [string, string?] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function assembled({ scheme = "", authority, path = "", rest = "" }: Omit<GoUrl, "text">): GoUrl {
  const start = `${scheme === "" ? "" : `${scheme}:`}${authority === undefined ? "" : `//${authority}`}`;
  return { text: `${start}${path}${rest}`, scheme, ...(authority === undefined ? {} : { authority }), path, rest };
}

/** Reads an http or https address with a host; the message, in upstream's words, where it is none. */
export function parseHttpUrl(text: string): GoUrl | string {
  const parsed = parseUrl(text);
  if (typeof parsed === "string") return parsed;
  if (parsed.scheme !== "http" && parsed.scheme !== "https")
    return `unsupported scheme ${goQuoted(parsed.scheme ?? "")} for URL`;
  const host = parsed.authority?.slice(parsed.authority.lastIndexOf("@") + 1) ?? "";
  return host === "" ? "missing host for URL" : parsed;
}

/** The address with `/` at the end of its path. */
export const withSlash = (url: GoUrl): GoUrl =>
  url.path === undefined || url.path.endsWith("/")
    ? url
    : assembled({ ...url, path: escapedAnew(`${url.path}/`, PATH_KEPT) });

/** The address with `xxxxx` for its password. */
export function redactedUrl(url: GoUrl): string {
  const at = url.authority?.lastIndexOf("@") ?? -1;
  if (url.authority === undefined || at < 0) return url.text;
  const [user, password] = split(url.authority.slice(0, at), ":");
  if (password === undefined) return url.text;
  return assembled({ ...url, authority: `${user}:xxxxx${url.authority.slice(at)}` }).text;
}
