import type { OutgoingHttpHeaders, ServerResponse } from "node:http";

/** Ends of requests that no backend answered; `code` is what programs look at. */
export type ProblemCode =
  | "backend.none"
  | "circuit.open"
  | "gateway.unreachable"
  | "gateway.timeout"
  | "gateway.limited"
  | "gateway.saturated"
  | "gateway.closing"
  | "gateway.request"
  | "gateway.method";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  405: "Method not allowed",
  408: "Request timeout",
  413: "Content too large",
  417: "Expectation failed",
  429: "Too many requests",
  431: "Request header fields too large",
  501: "Not implemented",
  502: "Bad gateway",
  503: "Service unavailable",
  504: "Gateway timeout",
};

/** RFC 9457 problem details. */
export function problemText(status: number, code: ProblemCode, detail: string, service?: string): string {
  return JSON.stringify({
    type: `https://headgate.dev/problems/${code.replace(".", "-")}`,
    title: TITLES[status] ?? "Error",
    status,
    detail,
    code,
    ...(service === undefined ? {} : { service }),
  });
}

/** Answers with problem details in the place of a backend, unless something was answered already. */
export function answerProblem(
  outgoing: ServerResponse,
  status: number,
  code: ProblemCode,
  detail: string,
  service: string,
  headers: OutgoingHttpHeaders = {},
): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  const body = problemText(status, code, detail, service);
  outgoing.writeHead(status, {
    ...headers,
    "content-type": "application/problem+json",
    "content-length": Buffer.byteLength(body),
  });
  outgoing.end(body);
}

/** The same as bytes, for connections that node has no answer object for; they end with it. */
export function rawProblem(status: number, code: ProblemCode, detail: string, headers: readonly string[] = []): string {
  const body = problemText(status, code, detail);
  const lines = [
    `HTTP/1.1 ${status} ${TITLES[status] ?? "Error"}`,
    "content-type: application/problem+json",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
    ...headers,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
