import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Belong to one connection, not to the message (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Headers as they go on to the other side. */
export function forwardHeaders(message: IncomingMessage): OutgoingHttpHeaders {
  const named = new Set(
    String(message.headers.connection ?? "")
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(message.headers))
    if (value !== undefined && !HOP_BY_HOP.has(name) && !named.has(name)) headers[name] = value;
  if (message.method !== undefined) {
    // Node frames no body of a GET or DELETE by itself: the instance would take it for the next request on the connection.
    if (!bodiless(message) && headers["content-length"] === undefined) headers["transfer-encoding"] = "chunked";
    const peer = message.socket.remoteAddress ?? "unknown";
    headers["x-forwarded-for"] = headers["x-forwarded-for"] ? `${headers["x-forwarded-for"]}, ${peer}` : peer;
    headers["x-forwarded-proto"] = "http";
  }
  return headers;
}

const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** Whether a request can be sent a second time: its method is idempotent (RFC 9110 §9.2.2) and no body has been used up. */
export function safeToRepeat(message: IncomingMessage): boolean {
  return IDEMPOTENT.has(message.method ?? "") && bodiless(message);
}

function bodiless(message: IncomingMessage): boolean {
  const length = message.headers["content-length"];
  return message.headers["transfer-encoding"] === undefined && (length === undefined || length === "0");
}

/** Answers with RFC 9457 problem details; `kind` ends the type's address. */
export function problem(
  outgoing: ServerResponse,
  status: number,
  kind: string,
  detail: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const titles: Readonly<Record<number, string>> = {
    502: "Bad gateway",
    503: "Service unavailable",
    504: "Gateway timeout",
  };
  const body = JSON.stringify({
    type: `https://headgate.dev/problems/gateway-${kind}`,
    title: titles[status] ?? "Error",
    status,
    detail,
  });
  outgoing.writeHead(status, {
    ...headers,
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
  });
  outgoing.end(body);
}
