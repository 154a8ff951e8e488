/** What an answer was: its status, and whether the connection may be used again. */
export type AnswerRead = (status: number, again: boolean) => void;

/** Reads one HTTP/1.1 answer after another, and keeps nothing of the bodies. */
export interface ResponseReader {
  /** The next answer belongs to such a request. */
  expect(head: boolean): void;
  /** @returns undefined, or why this is no answer; the connection is of no use then */
  feed(bytes: Buffer): string | undefined;
  /** The connection has ended: an answer without a length ends with it. True: it was one. */
  end(): boolean;
  /** Whether some of the awaited answer has come. */
  begun(): boolean;
}

interface Head {
  readonly status: number;
  readonly again: boolean;
  readonly body: "none" | "chunked" | "close" | number;
}

const BREAK = Buffer.from("\r\n\r\n");
const MOST_HEAD = 65_536;
/** A line of a chunk's size with its extensions. */
const MOST_LINE = 4096;

function readHead(text: string): Head | undefined {
  const status = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |\r|$)/.exec(text);
  if (!status) return undefined;
  const code = Number(status[2]);
  const connection = /\r\nconnection:([^\r\n]*)/i.exec(text)?.[1] ?? "";
  const again = status[1] === "1" ? !/\bclose\b/i.test(connection) : /\bkeep-alive\b/i.test(connection);
  if (code < 200 || code === 204 || code === 304) return { status: code, again, body: "none" };
  if (/\r\ntransfer-encoding:[^\r\n]*\bchunked\b/i.test(text)) return { status: code, again, body: "chunked" };
  const length = /\r\ncontent-length:[ \t]*(\d+)[ \t]*(?:\r|$)/i.exec(text)?.[1];
  if (length !== undefined) return { status: code, again, body: Number(length) };
  return /\r\ncontent-length:/i.test(text) ? undefined : { status: code, again: false, body: "close" };
}

type State = "head" | "body" | "size" | "data" | "data-end" | "trailer" | "close";

export function responseReader(read: AnswerRead): ResponseReader {
  let state: State = "head";
  let kept: Buffer | undefined;
  let left = 0;
  let current: Head | undefined;
  let isHead = false;
  let waiting = false;
  let begun = false;
  let lastText = "";
  let lastHead: Head | undefined;

  const finish = (): void => {
    const head = current as Head;
    [state, current, waiting, begun] = ["head", undefined, false, false];
    read(head.status, head.again);
  };
  /** The line that begins at `at`; undefined: it has not all come. */
  const line = (bytes: Buffer, at: number): { readonly text: string; readonly next: number } | undefined => {
    const end = bytes.indexOf("\r\n", at, "latin1");
    return end < 0 ? undefined : { text: bytes.toString("latin1", at, end), next: end + 2 };
  };
  const keep = (bytes: Buffer, at: number, most: number): string | undefined => {
    if (bytes.length - at > most) return `more than ${most} bytes of a head`;
    kept = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
    return undefined;
  };

  /** Takes up a head at `at`; the place behind it, or why not, or undefined where it has not all come. */
  const takeHead = (bytes: Buffer, at: number): number | string | undefined => {
    const end = bytes.indexOf(BREAK, at);
    if (end < 0) return undefined;
    const text = bytes.toString("latin1", at, end);
    // Most answers of a second are alike to the letter.
    const head = text === lastText ? lastHead : readHead(text);
    [lastText, lastHead] = [text, head];
    if (!head) return "the answer is not HTTP/1.1";
    if (head.status === 101) return "the answer leaves HTTP (status 101)";
    // 100 and 103 go before the answer.
    if (head.status < 200) return end + 4;
    current = head;
    const { body } = head;
    if (isHead || body === "none" || body === 0) finish();
    else if (body === "chunked") state = "size";
    else if (body === "close") state = "close";
    else [state, left] = ["body", body];
    return end + 4;
  };

  const takeSize = (bytes: Buffer, at: number): number | string | undefined => {
    const found = line(bytes, at);
    if (!found) return undefined;
    const [, digits] = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(found.text) ?? [];
    if (digits === undefined) return "the size of a chunk is none";
    left = Number.parseInt(digits, 16);
    state = left === 0 ? "trailer" : "data";
    return found.next;
  };

  const feed = (given: Buffer): string | undefined => {
    const bytes = kept ? Buffer.concat([kept, given]) : given;
    kept = undefined;
    let at = 0;
    while (at < bytes.length) {
      if (!waiting) return "bytes that nobody asked for";
      begun = true;
      if (state === "close") return undefined;
      if (state === "body" || state === "data") {
        const some = Math.min(left, bytes.length - at);
        [left, at] = [left - some, at + some];
        if (left > 0) return undefined;
        if (state === "data") state = "data-end";
        else finish();
        continue;
      }
      if (state === "data-end") {
        if (bytes.length - at < 2) return keep(bytes, at, MOST_LINE);
        if (bytes[at] !== 13 || bytes[at + 1] !== 10) return "a chunk is longer than it said";
        [state, at] = ["size", at + 2];
        continue;
      }
      if (state === "trailer") {
        const found = line(bytes, at);
        if (!found) return keep(bytes, at, MOST_HEAD);
        at = found.next;
        if (found.text === "") finish();
        continue;
      }
      const next = state === "head" ? takeHead(bytes, at) : takeSize(bytes, at);
      if (next === undefined) return keep(bytes, at, state === "head" ? MOST_HEAD : MOST_LINE);
      if (typeof next === "string") return next;
      at = next;
    }
    return undefined;
  };

  return {
    feed,
    expect: (head) => {
      [isHead, waiting, begun] = [head, true, false];
    },
    end: () => {
      if (state !== "close") return false;
      finish();
      return true;
    },
    begun: () => begun,
  };
}
