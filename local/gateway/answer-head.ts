import { connectionNames, headerKinds, Kind } from "./header-kinds.ts";

/** How the end of an answer's body is known; ≥ 0: so many bytes. */
export const CHUNKED = -1;
export const UNTIL_CLOSE = -2;

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values in turn, as they were spelt, without those of the connection. */
  readonly headers: string[];
  /** Bytes of the body, `CHUNKED` or `UNTIL_CLOSE`. */
  readonly length: number;
  /** Whether another request may be sent on the connection after this answer. */
  readonly reusable: boolean;
  /** Real ms the other side said it keeps an idle connection. */
  readonly keepAliveMs?: number;
}

const TOKEN = 1;
const TEXT = 2;
/** Which bytes may be in a name and in a value (RFC 9110 §5.1 and §5.5). */
const ALLOWED = new Uint8Array(256);
for (let code = 0; code < 256; code++) {
  const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code));
  const text = code === 9 || (code >= 32 && code !== 127);
  ALLOWED[code] = (token ? TOKEN : 0) | (text ? TEXT : 0);
}

const CR = 13;
const LF = 10;
const COLON = 58;
const SPACE = 32;
const TAB = 9;

/**
 * Reads header lines, each ending in CRLF, from a text of one character per byte. Nothing is forgiven: no folded lines, no blanks
 * before the colon, no single CR or LF, no other bytes than RFC 9110 has. Calls `each` in order.
 *
 * @returns false where anything is not exactly so
 */
export function readFields(text: string, from: number, each: (name: string, value: string) => boolean): boolean {
  let at = from;
  const { length } = text;
  while (at < length) {
    const nameFrom = at;
    let code = text.charCodeAt(at);
    while (code !== COLON) {
      if (((ALLOWED[code] as number) & TOKEN) === 0) return false;
      code = text.charCodeAt(++at);
      if (at >= length) return false;
    }
    if (at === nameFrom) return false;
    const name = text.slice(nameFrom, at++);
    code = text.charCodeAt(at);
    while (code === SPACE || code === TAB) code = text.charCodeAt(++at);
    const valueFrom = at;
    while (at < length && ((ALLOWED[code] as number) & TEXT) !== 0) code = text.charCodeAt(++at);
    if (at + 1 >= length || code !== CR || text.charCodeAt(at + 1) !== LF) return false;
    let valueTo = at;
    while (valueTo > valueFrom) {
      const last = text.charCodeAt(valueTo - 1);
      if (last !== SPACE && last !== TAB) break;
      valueTo--;
    }
    if (!each(name, text.slice(valueFrom, valueTo))) return false;
    at += 2;
  }
  return true;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r\n/;

const kindOf = headerKinds({});

// One head is read at a time and none while another is: fields instead of an object per answer.
let found: string[] = [];
let contentLength = -1;
let chunked = false;
let close = false;
let keepAliveMs: number | undefined;
let trailer = false;
let named: ReadonlySet<string> | undefined;

function take(name: string, value: string): boolean {
  switch (kindOf(name)) {
    case Kind.contentLength:
      // Two, even two that agree, are no framing to build upon.
      if (contentLength >= 0 || !/^[0-9]{1,15}$/.test(value)) return false;
      contentLength = Number(value);
      found.push(name, value);
      return true;
    case Kind.transferEncoding:
      if (chunked || value.toLowerCase() !== "chunked") return false;
      chunked = true;
      return true;
    case Kind.connection: {
      if (/(?:^|[\s,])close(?:$|[\s,])/i.test(value)) close = true;
      const more = connectionNames(value);
      if (more) named = named ? new Set([...named, ...more]) : more;
      return true;
    }
    case Kind.keepAlive: {
      const seconds = /(?:^|[\s,;])timeout=([0-9]{1,6})/i.exec(value)?.[1];
      if (seconds !== undefined) keepAliveMs = Number(seconds) * 1000;
      return true;
    }
    case Kind.hop:
    case Kind.upgrade:
      return true;
    case Kind.trailer:
      trailer = true;
      found.push(name, value);
      return true;
    default:
      found.push(name, value);
      return true;
  }
}

/**
 * Reads the head of an answer to a request with `method`, from its first byte to the empty line (exclusive of it), one character
 * per byte. Whoever answers in a way that two readers could take differently gets no second request on the connection, or no
 * answer at all is passed on: undefined where the head is not exactly as RFC 9112 has it, where a length and chunks are both
 * given (§6.3), or a transfer coding other than chunked.
 */
export function readAnswerHead(text: string, method: string): AnswerHead | undefined {
  const line = STATUS_LINE.exec(text);
  if (!line) return undefined;
  found = [];
  contentLength = -1;
  chunked = false;
  close = false;
  keepAliveMs = undefined;
  trailer = false;
  named = undefined;
  if (!readFields(text, line[0].length, take)) return undefined;
  const status = Number(line[2]);
  const old = line[1] === "0";
  if (chunked && (contentLength >= 0 || old)) return undefined;
  const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304;
  const length = bodiless ? 0 : chunked ? CHUNKED : contentLength >= 0 ? contentLength : UNTIL_CLOSE;
  // A body where none can be would be taken for the next answer.
  const suspect = status === 204 && (chunked || contentLength > 0);
  const gone = named as ReadonlySet<string> | undefined;
  let headers = found;
  if (gone || status === 204 || (trailer && length !== CHUNKED))
    headers = filtered(headers, (lower) => {
      if (gone?.has(lower) && lower !== "content-length") return false;
      if (lower === "content-length") return status !== 204;
      return lower !== "trailer" || length === CHUNKED;
    });
  return {
    status,
    reason: line[3] ?? "",
    headers,
    length,
    reusable: !close && !old && !suspect && length !== UNTIL_CLOSE,
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
  };
}

function filtered(headers: string[], keep: (lower: string) => boolean): string[] {
  let dropped = false;
  for (let at = 0; at < headers.length; at += 2) if (!keep((headers[at] as string).toLowerCase())) dropped = true;
  if (!dropped) return headers;
  const kept: string[] = [];
  for (let at = 0; at < headers.length; at += 2)
    if (keep((headers[at] as string).toLowerCase())) kept.push(headers[at] as string, headers[at + 1] as string);
  return kept;
}
