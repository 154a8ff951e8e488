import { readFields } from "./answer-head.ts";

/** Where in a chunked body the reading is. */
export interface Chunks {
  phase: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
  /** Bytes of the chunk that are still to come. */
  left: number;
  digits: number;
  /** Bytes of extensions, which mean nothing and are not passed on. */
  extension: number;
  /** Trailer section so far, one character per byte. */
  trailer: string;
  /** Names and values in turn, once the body has ended. */
  readonly trailers: string[];
}

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA = 3;
const DATA_CR = 4;
const DATA_LF = 5;
const TRAILER = 6;
const END = 7;

/** 13 hex digits are the most a number holds exactly. */
const MOST_DIGITS = 13;
const MOST_EXTENSION = 4096;
const MOST_TRAILER = 16_384;

export const MORE = -1;
export const BROKEN = -2;

export function newChunks(): Chunks {
  return { phase: SIZE, left: 0, digits: 0, extension: 0, trailer: "", trailers: [] };
}

const hexOf = (code: number): number => {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
};

/** Framing and routing have no place behind a body (RFC 9110 §6.5.1). */
const NO_TRAILER = new Set([
  "transfer-encoding",
  "content-length",
  "host",
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "content-encoding",
  "content-type",
  "content-range",
  "authorization",
  "set-cookie",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
]);

/** Trailers that may be passed on, names and values in turn. */
export function passedTrailers(raw: readonly string[]): string[] {
  const passed: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2)
    if (!NO_TRAILER.has((raw[at] as string).toLowerCase())) passed.push(raw[at] as string, raw[at + 1] as string);
  return passed;
}

/**
 * Reads on in a chunked body (RFC 9112 §7.1), strictly: CRLF only, hexadecimal sizes of at most 13 digits, nothing between a
 * chunk and its CRLF. `take` gets parts of `bytes`, to be copied if kept.
 *
 * @returns position behind the body, `MORE` when all of `bytes` was used and it goes on, `BROKEN`
 */
export function readChunks(chunks: Chunks, bytes: Buffer, from: number, take: (part: Buffer) => void): number {
  let at = from;
  const { length } = bytes;
  while (at < length) {
    if (chunks.phase === DATA) {
      const to = Math.min(length, at + chunks.left);
      chunks.left -= to - at;
      take(bytes.subarray(at, to));
      at = to;
      if (chunks.left === 0) chunks.phase = DATA_CR;
      continue;
    }
    if (chunks.phase === TRAILER) {
      const before = chunks.trailer.length;
      chunks.trailer += bytes.toString("latin1", at, Math.min(length, at + MOST_TRAILER));
      if (chunks.trailer.startsWith("\r\n")) return ended(chunks, at + 2 - before);
      const end = chunks.trailer.indexOf("\r\n\r\n");
      if (end < 0) return chunks.trailer.length > MOST_TRAILER ? BROKEN : MORE;
      const text = chunks.trailer.slice(0, end + 2);
      const sound = readFields(text, 0, (name, value) => chunks.trailers.push(name, value) > 0);
      return sound ? ended(chunks, at + end + 4 - before) : BROKEN;
    }
    const code = bytes[at++] as number;
    switch (chunks.phase) {
      case SIZE: {
        const digit = hexOf(code);
        if (digit >= 0) {
          if (++chunks.digits > MOST_DIGITS) return BROKEN;
          chunks.left = chunks.left * 16 + digit;
        } else if (chunks.digits === 0) return BROKEN;
        else if (code === 13) chunks.phase = SIZE_LF;
        else if (code === 59) chunks.phase = EXTENSION;
        else return BROKEN;
        break;
      }
      case EXTENSION:
        if (code === 13) chunks.phase = SIZE_LF;
        else if ((code < 32 && code !== 9) || code === 127 || ++chunks.extension > MOST_EXTENSION) return BROKEN;
        break;
      case SIZE_LF:
        if (code !== 10) return BROKEN;
        chunks.digits = 0;
        chunks.phase = chunks.left === 0 ? TRAILER : DATA;
        break;
      case DATA_CR:
        if (code !== 13) return BROKEN;
        chunks.phase = DATA_LF;
        break;
      case DATA_LF:
        if (code !== 10) return BROKEN;
        chunks.phase = SIZE;
        break;
      default:
        return BROKEN;
    }
  }
  return MORE;
}

function ended(chunks: Chunks, at: number): number {
  chunks.phase = END;
  return at;
}
