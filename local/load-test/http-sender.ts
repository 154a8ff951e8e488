import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { prng } from "../../shared/core/kernel/prng.ts";
import type { Cohort, Recorder } from "./recorder.ts";
import { type ResponseReader, responseReader } from "./response-reader.ts";
import type { Sender } from "./sender.ts";

/** One kind of request, as it goes over the wire. */
export interface WireRequest {
  readonly bytes: Buffer;
  readonly method: string;
  readonly weight: number;
  /** The only good status; undefined: any below 400. */
  readonly expect?: number;
}

export interface HttpSenderOptions {
  /** Where connections go: the address that was looked up and allowed, not its name. */
  readonly host: string;
  readonly port: number;
  /** Name for TLS; undefined: no TLS. */
  readonly tlsName?: string;
  readonly requests: readonly WireRequest[];
  readonly connections: number;
  /** Ms, from when a request was due. */
  readonly timeoutMs: number;
  readonly seed: number;
  readonly recorder: Recorder;
  readonly now: () => number;
}

interface Pending {
  readonly at: number;
  readonly cohort: Cohort;
  readonly request: WireRequest;
  sentAt: number;
  line: Line | undefined;
  over: boolean;
  again: boolean;
}

interface Line {
  readonly socket: Socket;
  readonly reader: ResponseReader;
  current: Pending | undefined;
  ready: boolean;
  used: boolean;
  closed: boolean;
  /** The target has ended it in order, after all it had to say. */
  ended: boolean;
}

/** Methods that may be sent again when an idle connection turns out to be closed (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]);

/**
 * HTTP/1.1 over sockets of its own: one request at a time on a connection, the one used last is used next, a new one where all are busy. At
 * the limit requests wait, and their wait counts.
 */
export function httpSender(options: HttpSenderOptions): Sender {
  const { requests, connections, timeoutMs, recorder, now } = options;
  const pick = picker(requests, options.seed);
  const idle: Line[] = [];
  const lines = new Set<Line>();
  /** In the order in which they were due, which is the order in which they time out. */
  const open = queue<Pending>();
  const waiting = queue<Pending>();
  let stopped = false;

  const write = (line: Line, one: Pending): void => {
    line.current = one;
    one.line = line;
    line.reader.expect(one.request.method === "HEAD");
    if (line.ready) line.socket.write(one.request.bytes);
  };
  const hand = (line: Line, one: Pending, late: boolean): void => {
    one.sentAt = now();
    recorder.sent(one.cohort, late, one.sentAt);
    write(line, one);
  };
  const free = (line: Line): void => {
    const next = nextWaiting();
    if (next) hand(line, next, true);
    else idle.push(line);
  };
  const nextWaiting = (): Pending | undefined => {
    for (let one = waiting.shift(); one; one = waiting.shift()) if (!one.over) return one;
    return undefined;
  };
  const answered = (line: Line, status: number, again: boolean): void => {
    const one = line.current;
    if (!one) return;
    line.current = undefined;
    line.used = true;
    const { expect } = one.request;
    const ok = expect === undefined ? status < 400 : status === expect;
    // One that was given up has been counted.
    if (!one.over) recorder.answered(one.cohort, one.at, one.sentAt, now(), ok);
    one.over = true;
    if (again && !line.closed) free(line);
    else line.socket.destroy();
  };
  const closed = (line: Line): void => {
    if (line.closed) return;
    line.closed = true;
    lines.delete(line);
    const at = idle.indexOf(line);
    if (at >= 0) idle.splice(at, 1);
    // An answer without a length is whole only where its connection ended in order: a reset cuts it off.
    if (line.ended && line.reader.end()) {
      refill();
      return;
    }
    const one = line.current;
    line.current = undefined;
    if (one && !one.over) lost(line, one);
    refill();
  };
  /** The target may close an idle connection just when it is used again: that is nobody's failure. */
  const lost = (line: Line, one: Pending): void => {
    if (!stopped && line.used && !line.reader.begun() && !one.again && IDEMPOTENT.has(one.request.method)) {
      one.again = true;
      write(begin(), one);
      return;
    }
    one.over = true;
    recorder.failed(one.cohort, true);
  };
  const refill = (): void => {
    while (lines.size < connections) {
      const next = nextWaiting();
      if (!next) return;
      hand(begin(), next, true);
    }
  };
  const begin = (): Line => {
    const { host, port, tlsName } = options;
    const socket =
      tlsName === undefined
        ? connectTcp({ host, port, noDelay: true })
        : connectTls({ host, port, ...(isIP(tlsName) ? {} : { servername: tlsName }), ALPNProtocols: ["http/1.1"] });
    const line: Line = {
      socket,
      reader: responseReader((status, again) => answered(line, status, again)),
      ...{ current: undefined, ready: false, used: false, closed: false, ended: false },
    };
    lines.add(line);
    socket.setNoDelay(true);
    socket.on(tlsName === undefined ? "connect" : "secureConnect", () => {
      line.ready = true;
      if (line.current) socket.write(line.current.request.bytes);
    });
    socket.on("data", (bytes: Buffer) => {
      if (line.reader.feed(bytes) !== undefined) socket.destroy();
    });
    socket.on("error", () => {});
    socket.on("end", () => {
      line.ended = true;
      socket.destroy();
    });
    socket.on("close", () => closed(line));
    return line;
  };

  return {
    send: (at, cohort) => {
      const one: Pending = { at, cohort, request: pick(), sentAt: 0, line: undefined, over: false, again: false };
      open.push(one);
      const line = idle.pop();
      if (line) hand(line, one, false);
      else if (lines.size < connections) hand(begin(), one, false);
      else waiting.push(one);
    },
    stop: () => {
      stopped = true;
      for (let one = nextWaiting(); one; one = nextWaiting()) {
        one.over = true;
        recorder.withdrawn(one.cohort);
      }
    },
    check: (at) => {
      for (let one = open.peek(); one && (one.over || one.at + timeoutMs <= at); one = open.peek()) {
        open.shift();
        if (one.over) continue;
        one.over = true;
        recorder.givenUp(one.cohort, one.at, one.line !== undefined, at);
        // Its answer may still come, so the connection is of no use to anybody else.
        one.line?.socket.destroy();
      }
    },
    isOpen: () => {
      while (open.peek()?.over) open.shift();
      return open.peek() !== undefined;
    },
    close: async () => {
      for (const { socket } of [...lines]) socket.destroy();
    },
  };
}

interface Queue<T> {
  push(one: T): void;
  peek(): T | undefined;
  shift(): T | undefined;
}

/** First in, first out, without moving everything for each one that leaves. */
function queue<T>(): Queue<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  return {
    push: (one) => void items.push(one),
    peek: () => items[head],
    shift: () => {
      const one = items[head];
      if (head < items.length) items[head++] = undefined;
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return one;
    },
  };
}

/** Draws a request by weight. */
function picker(requests: readonly WireRequest[], seed: number): () => WireRequest {
  const [first] = requests;
  if (!first) throw new RangeError("no request to send");
  if (requests.length === 1) return () => first;
  const draw = prng(seed);
  const total = requests.reduce((sum, { weight }) => sum + weight, 0);
  return () => {
    let left = draw() * total;
    return requests.find(({ weight }) => (left -= weight) < 0) ?? first;
  };
}
