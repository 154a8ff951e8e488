import { connect, type Socket } from "node:net";
import { type AnswerHead, CHUNKED, readAnswerHead, UNTIL_CLOSE } from "./answer-head.ts";
import { BROKEN, type Chunks, MORE, newChunks, readChunks } from "./chunks.ts";
import type { Upstream } from "./upstream.ts";

/** What a connection tells whoever uses it. Parts of a body are valid only during the call; `last` where it is known to be. */
export interface LinkUser {
  /** Method of the request on its way. */
  readonly method: string;
  /** 1xx heads come here, too. */
  head(link: Link, head: AnswerHead): void;
  part(link: Link, part: Buffer, last: boolean): void;
  /** The answer is complete; the connection is in use until it is released or closed. */
  end(link: Link, trailers: readonly string[]): void;
  /** It broke before the answer was complete, or could not be made. Called once, and nothing after it. */
  broken(link: Link, error: NodeJS.ErrnoException): void;
  connected?(link: Link): void;
  drained?(link: Link): void;
  /** The head of the answer has come, and nothing behind it yet. */
  flush?(link: Link): void;
  /** Behind the head of a 101: what came with it. The socket is the user's from here on. */
  switched?(link: Link, head: AnswerHead, rest: Buffer): void;
}

const HEAD = 0;
const LENGTH = 1;
const CHUNKS = 2;
const CLOSE = 3;

/** One connection to a backend: one request at a time, never a second one behind an answer that was not clean. */
export interface Link {
  readonly socket: Socket;
  readonly of: Upstream;
  user: LinkUser | undefined;
  connected: boolean;
  /** Answers so far: with one or more, a broken connection may be one that the other side had put away as idle. */
  answers: number;
  /** Bytes of the answer have come. */
  begun: boolean;
  phase: number;
  left: number;
  /** Bytes of a head that is not complete. */
  early: Buffer | undefined;
  chunks: Chunks | undefined;
  reusable: boolean;
  /** Real ms of the last byte in either direction; monotonic. */
  lastAt: number;
  /** Idle: closed then. */
  idleUntil: number;
  closed: boolean;
  /** After a switch of protocols: gets all that is read. */
  raw: ((bytes: Buffer) => void) | undefined;
  /** Real ms that the other side keeps idle connections; 0: it did not say. */
  keepAliveMs: number;
}

const MOST_HEAD = 65_536;
// One read at a time is handled, to its end, before the next: one buffer for all connections.
const READ = Buffer.allocUnsafeSlow(65_536);

const error = (code: string, message: string): NodeJS.ErrnoException => Object.assign(new Error(message), { code });

/** Opens a connection. Nagle's algorithm is off: requests are written whole. */
export function openLink(upstream: Upstream): Link {
  const socket = connect({
    host: upstream.host,
    port: upstream.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Names with both families: the second is tried where the first does not answer.
    autoSelectFamily: true,
    onread: {
      buffer: READ,
      callback: (length: number) => {
        read(link, READ.subarray(0, length));
        return true;
      },
    },
  });
  const link: Link = {
    socket,
    of: upstream,
    user: undefined,
    connected: false,
    answers: 0,
    begun: false,
    phase: HEAD,
    left: 0,
    early: undefined,
    chunks: undefined,
    reusable: false,
    lastAt: performance.now(),
    idleUntil: 0,
    closed: false,
    raw: undefined,
    keepAliveMs: 0,
  };
  upstream.links.add(link);
  let last: NodeJS.ErrnoException | undefined;
  socket.on("connect", () => {
    link.connected = true;
    link.user?.connected?.(link);
  });
  socket.on("error", (cause) => {
    last = cause;
  });
  socket.on("drain", () => link.user?.drained?.(link));
  // The other side has ended: right behind a body that lasts until then, a broken answer anywhere else.
  socket.on("end", () => {
    if (link.raw) return;
    if (link.phase === CLOSE && link.user) finish(link, []);
    else fail(link, error("ECONNRESET", "the connection was closed before the answer was complete"));
  });
  socket.on("close", () => {
    link.closed = true;
    upstream.links.delete(link);
    if (link.raw) return;
    fail(link, last ?? error("ECONNRESET", "the connection was closed before the answer was complete"));
  });
  return link;
}

/** Takes a connection for a request that is about to be written. */
export function useLink(link: Link, user: LinkUser): void {
  link.user = user;
  link.phase = HEAD;
  link.begun = false;
  link.reusable = false;
  link.lastAt = performance.now();
}

/** Ends it now; its user hears nothing more. */
export function dropLink(link: Link): void {
  link.user = undefined;
  link.closed = true;
  link.socket.destroy();
}

function fail(link: Link, cause: NodeJS.ErrnoException): void {
  const { user } = link;
  dropLink(link);
  user?.broken(link, cause);
}

function finish(link: Link, trailers: readonly string[]): void {
  link.answers++;
  link.phase = HEAD;
  link.user?.end(link, trailers);
}

const NONE: readonly string[] = [];

function read(link: Link, bytes: Buffer): void {
  link.lastAt = performance.now();
  if (link.raw) {
    link.raw(bytes);
    return;
  }
  // Nothing was asked: whatever this is, it must not be taken for the next answer.
  if (!link.user) {
    dropLink(link);
    return;
  }
  link.begun = true;
  let rest = bytes;
  while (link.phase === HEAD) {
    let at = rest.indexOf("\r\n\r\n");
    if (link.early || at < 0) {
      const all = link.early ? Buffer.concat([link.early, rest]) : Buffer.from(rest);
      at = all.indexOf("\r\n\r\n");
      if (at < 0 || at > MOST_HEAD) {
        if (all.length > MOST_HEAD) {
          fail(link, error("BAD_ANSWER", "the answer's head is too large"));
          return;
        }
        link.early = all;
        return;
      }
      link.early = undefined;
      rest = all;
    }
    const text = rest.toString("latin1", 0, at + 2);
    rest = rest.subarray(at + 4);
    const user: LinkUser = link.user;
    const head = readAnswerHead(text, user.method);
    if (!head) {
      fail(link, error("BAD_ANSWER", "the answer's head is malformed"));
      return;
    }
    if (head.status < 200) {
      if (head.status === 101) {
        if (!user.switched) {
          fail(link, error("BAD_ANSWER", "it switched protocols unasked"));
          return;
        }
        user.switched(link, head, Buffer.from(rest));
        return;
      }
      user.head(link, head);
      if (!link.user || rest.length === 0) return;
      continue;
    }
    link.reusable = head.reusable;
    link.keepAliveMs = head.keepAliveMs ?? 0;
    link.phase = head.length === CHUNKED ? CHUNKS : head.length === UNTIL_CLOSE ? CLOSE : LENGTH;
    link.left = head.length;
    link.chunks = head.length === CHUNKED ? newChunks() : undefined;
    user.head(link, head);
    if (!link.user) return;
    break;
  }
  if (link.phase === LENGTH) {
    if (rest.length > link.left) {
      // More than was announced: the surplus is nobody's answer.
      link.reusable = false;
      rest = rest.subarray(0, link.left);
    }
    link.left -= rest.length;
    if (rest.length > 0) link.user.part(link, rest, link.left === 0);
    if (link.left === 0 && link.user) finish(link, NONE);
    else if (rest.length === 0) link.user?.flush?.(link);
    return;
  }
  if (rest.length === 0) {
    link.user.flush?.(link);
    return;
  }
  if (link.phase === CLOSE) {
    link.user.part(link, rest, false);
    return;
  }
  const chunks = link.chunks as Chunks;
  const end = readChunks(chunks, rest, 0, (part) => link.user?.part(link, part, false));
  if (end === MORE || !link.user) return;
  if (end === BROKEN) {
    fail(link, error("BAD_ANSWER", "the answer's chunks are malformed"));
    return;
  }
  if (end < rest.length) link.reusable = false;
  finish(link, chunks.trailers);
}
