import type { IncomingMessage } from "node:http";
import { CHUNKED } from "./answer-head.ts";
import { connectionNames, headerKinds, Kind } from "./header-kinds.ts";
import { newTraceparent, validTraceparent } from "./trace-header.ts";
import { PRIORITIES } from "./waiting.ts";

/** A request as it goes on to a backend. */
export interface Ask {
  readonly method: string;
  readonly path: string;
  /** Header lines, each with its CRLF, without the empty one. */
  readonly head: string;
  /** Bytes of the body, or `CHUNKED`; 0: none. */
  readonly body: number;
  /** May be sent twice: its method is idempotent (RFC 9110 §9.2.2), or it carries an Idempotency-Key. */
  readonly repeatable: boolean;
  /** Waits for 100 Continue before it sends its body. */
  readonly expects: boolean;
  /** 0 is the most important. */
  readonly priority: number;
  /** Values of the headers that the gateway was told to look at, by kind; absent: none of them was there. */
  readonly extra: Record<number, string> | undefined;
}

/** Why a request is not passed on. */
export interface Refusal {
  readonly status: number;
  readonly why: string;
}

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]);
const DEFAULT_PRIORITY = 4;

/** Reads requests for one gateway. @param extra names in lower case of headers whose values are wanted, with kinds from `Kind.extra` on */
export function askReader(priorityHeader: string, extra: Readonly<Record<string, number>>) {
  const PRIORITY = Kind.extra - 1;
  const kindOf = headerKinds({ [priorityHeader.toLowerCase()]: PRIORITY, ...extra });
  const random = Math.random;

  /** @param upgrade the protocol that the connection is to be switched to; undefined: none */
  return (incoming: IncomingMessage, upgrade?: string): Ask | Refusal => {
    const { method = "GET", url = "/", rawHeaders: raw } = incoming;
    if (method === "TRACE" || method === "CONNECT") return { status: 405, why: `${method} is not passed on` };
    let path = url;
    let host: string | undefined;
    if (path.charCodeAt(0) !== 47) {
      const absolute = /^https?:\/\/([^/?#@\\\s]+)(\/[^\s]*|\?[^\s]*)?$/i.exec(url);
      if (absolute) {
        host = absolute[1] as string;
        path = absolute[2] ?? "/";
        if (path.startsWith("?")) path = `/${path}`;
      } else if (url !== "*" || method !== "OPTIONS") return { status: 400, why: "the request target is no path" };
    }
    // A fragment is the client's own matter.
    const hash = path.indexOf("#");
    if (hash >= 0) path = path.slice(0, hash);

    let head = "";
    let hosts = 0;
    let length = -1;
    let coding: string | undefined;
    let names: ReadonlySet<string> | undefined;
    let forwarded = "";
    let proto = false;
    let original = false;
    let traced = false;
    let expects = false;
    let key = false;
    let trailer = "";
    let priority = DEFAULT_PRIORITY;
    let found: Record<number, string> | undefined;
    for (let at = 0; at < raw.length; at += 2) {
      const name = raw[at] as string;
      const value = raw[at + 1] as string;
      const kind = kindOf(name);
      switch (kind) {
        case Kind.plain:
          head += `${name}: ${value}\r\n`;
          break;
        case Kind.hop:
        case Kind.keepAlive:
        case Kind.upgrade:
          break;
        case Kind.connection: {
          const more = connectionNames(value);
          if (more) names = names ? new Set([...names, ...more]) : more;
          break;
        }
        case Kind.host:
          if (hosts++ > 0) return { status: 400, why: "there is more than one Host header" };
          host ??= value;
          break;
        case Kind.contentLength:
          if (length >= 0 || !/^[0-9]{1,15}$/.test(value))
            return { status: 400, why: "the Content-Length is no length" };
          length = Number(value);
          break;
        case Kind.transferEncoding:
          if (coding !== undefined || value.trim().toLowerCase() !== "chunked")
            return { status: 501, why: "only the transfer coding chunked is understood" };
          coding = value;
          break;
        case Kind.forwardedFor:
          forwarded += forwarded === "" ? value : `, ${value}`;
          break;
        case Kind.forwardedProto:
          proto = true;
          head += `${name}: ${value}\r\n`;
          break;
        case Kind.forwardedHost:
          original = true;
          head += `${name}: ${value}\r\n`;
          break;
        case Kind.traceparent:
          if (traced || !validTraceparent(value)) break;
          traced = true;
          head += `${name}: ${value}\r\n`;
          break;
        case Kind.expect:
          expects = value.toLowerCase() === "100-continue";
          break;
        case Kind.idempotencyKey:
          key = value !== "";
          head += `${name}: ${value}\r\n`;
          break;
        case Kind.trailer:
          trailer = `${name}: ${value}\r\n`;
          break;
        case PRIORITY:
          if (/^[0-7]$/.test(value)) priority = Math.min(PRIORITIES - 1, Number(value));
          head += `${name}: ${value}\r\n`;
          break;
        default:
          (found ??= {})[kind] ??= value;
          head += `${name}: ${value}\r\n`;
      }
    }
    if (hosts === 0 && incoming.httpVersion !== "1.0") return { status: 400, why: "there is no Host header" };
    if (coding !== undefined && length >= 0)
      return { status: 400, why: "Content-Length and Transfer-Encoding contradict each other" };
    if (names) head = without(head, names);
    if (coding !== undefined) head += `transfer-encoding: chunked\r\n${trailer}`;
    else if (length >= 0) head += `content-length: ${length}\r\n`;
    const body = coding === undefined ? Math.max(0, length) : CHUNKED;
    if (body === 0) expects = false;
    if (expects) head += "expect: 100-continue\r\n";
    const peer = incoming.socket.remoteAddress ?? "unknown";
    head = `host: ${host ?? ""}\r\n${head}x-forwarded-for: ${forwarded === "" ? peer : `${forwarded}, ${peer}`}\r\n`;
    if (!proto) head += "x-forwarded-proto: http\r\n";
    if (!original && host !== undefined) head += `x-forwarded-host: ${host}\r\n`;
    if (!traced) head += `traceparent: ${newTraceparent(random)}\r\n`;
    head += upgrade === undefined ? "connection: keep-alive\r\n" : `connection: upgrade\r\nupgrade: ${upgrade}\r\n`;
    return {
      method,
      path,
      head,
      body,
      repeatable: key || IDEMPOTENT.has(method),
      expects,
      priority,
      extra: found,
    };
  };
}

/** Header lines whose names a Connection header lists belong to that connection. */
function without(head: string, names: ReadonlySet<string>): string {
  return head
    .split("\r\n")
    .filter((line) => line !== "" && !names.has(line.slice(0, line.indexOf(":")).toLowerCase()))
    .map((line) => `${line}\r\n`)
    .join("");
}
