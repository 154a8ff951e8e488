import type { ServerResponse } from "node:http";
import type { AnswerHead } from "./answer-head.ts";
import { passedTrailers } from "./chunks.ts";
import type { Exchange, Held } from "./exchange.ts";
import { dropLink, type Link, type LinkUser } from "./link.ts";
import { answerProblem } from "./problem.ts";
import { type Ending, mayRetry } from "./retries.ts";
import { again, endTry } from "./tries.ts";
import { closeIdle, releaseLink } from "./upstream.ts";

export function onHead(this: LinkUser, link: Link, head: AnswerHead): void {
  const exchange = this as Exchange;
  const { core, outgoing, ask } = exchange;
  if (head.status < 200) {
    if (head.status === 103) passHints(exchange, head);
    if (head.status !== 100 || !ask.expects || exchange.continued || outgoing.headersSent) return;
    exchange.continued = true;
    outgoing.writeContinue();
    return;
  }
  if (head.status >= 500 && mayRetry(exchange, head.status)) {
    // What is left of this answer is nobody's: the connection goes with it.
    dropLink(link);
    endTry(exchange, head.status);
    again(exchange, false);
    return;
  }
  exchange.status = head.status;
  const { headers } = head;
  if (exchange.cookie !== undefined) headers.push("set-cookie", exchange.cookie);
  // Without its 100 the client may or may not send the body: what comes next on its connection is not to be told.
  if (core.closing || (ask.expects && !exchange.continued)) outgoing.shouldKeepAlive = false;
  exchange.chunked = head.length < 0;
  try {
    outgoing.writeHead(
      head.status,
      head.reason,
      exchange.chunked && isOld(exchange) ? withoutTrailer(headers) : headers,
    );
  } catch (cause) {
    outgoing.statusMessage = "";
    dropLink(link);
    endTry(exchange, "reset");
    answerProblem(
      outgoing,
      502,
      "gateway.unreachable",
      `${exchange.backend}: ${(cause as Error).message}`,
      core.service,
    );
    return;
  }
}

/** An HTTP/1.0 client gets no chunks, and so no trailers. */
const isOld = ({ incoming }: Exchange): boolean => incoming.httpVersionMajor === 1 && incoming.httpVersionMinor === 0;

const withoutTrailer = (headers: readonly string[]): string[] =>
  headers.filter((_, at) => (headers[at - (at % 2)] as string).toLowerCase() !== "trailer");

/** 103 is for the client (RFC 9110 §15.2), as long as it reads what it is sent. */
function passHints(exchange: Exchange, { headers }: AnswerHead): void {
  const { outgoing } = exchange;
  if (outgoing.headersSent || isOld(exchange) || outgoing.socket?.writableNeedDrain) return;
  const link = headers.filter((_, at) => at % 2 === 1 && (headers[at - 1] as string).toLowerCase() === "link");
  try {
    if (link.length > 0) outgoing.writeEarlyHints({ link });
  } catch {
    // A link that node does not understand is only a hint.
  }
}

/** The head came alone and its body may be long in coming: the client is to know that the answer has begun. */
export function onFlush(this: LinkUser): void {
  const { outgoing } = this as Exchange;
  if (outgoing.headersSent && !outgoing.writableEnded) outgoing.flushHeaders();
}

export function onPart(this: LinkUser, link: Link, part: Buffer, last: boolean): void {
  const exchange = this as Exchange;
  const { outgoing } = exchange;
  exchange.bytes += part.length;
  // The buffer is read into again at once.
  const own = Buffer.from(part);
  if (last) {
    outgoing.end(own);
    return;
  }
  if (!outgoing.write(own)) {
    link.socket.pause();
    outgoing.once("drain", onOutgoingDrain);
  }
}

function onOutgoingDrain(this: ServerResponse): void {
  const link = (this as Held).exchange?.link;
  if (!link) return;
  link.lastAt = performance.now();
  link.socket.resume();
}

export function onEnd(this: LinkUser, link: Link, trailers: readonly string[]): void {
  const exchange = this as Exchange;
  const { outgoing } = exchange;
  // With a body that is still on its way the connection cannot take another request.
  if (exchange.complete) releaseLink(link);
  else dropLink(link);
  endTry(exchange, exchange.status);
  if (!outgoing.writableFinished && outgoing.writableLength > 0)
    // The backend is through: only the client can be slow now, and it has no place here for ever.
    outgoing.socket?.setTimeout(exchange.core.traffic.timeout);
  if (outgoing.writableEnded) return;
  if (trailers.length > 0 && exchange.chunked && exchange.ask.method !== "HEAD") addTrailers(outgoing, trailers);
  outgoing.end();
}

function addTrailers(outgoing: ServerResponse, raw: readonly string[]): void {
  const passed = passedTrailers(raw);
  const pairs: [string, string][] = [];
  for (let at = 0; at + 1 < passed.length; at += 2) pairs.push([passed[at] as string, passed[at + 1] as string]);
  try {
    outgoing.addTrailers(pairs);
  } catch {
    // An HTTP/1.0 client gets the body without them.
  }
}

const CONNECT_ERRORS = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT"]);

export function onBroken(this: LinkUser, link: Link, error: NodeJS.ErrnoException): void {
  const exchange = this as Exchange;
  const { outgoing, core, upstream } = exchange;
  const ending: Ending = !link.connected || CONNECT_ERRORS.has(error.code ?? "") ? "connect" : "reset";
  // A kept connection that was closed in the same moment says nothing about the backend; its likes are as old.
  const stale = link.answers > 0 && !link.begun;
  if (stale && upstream) closeIdle(upstream);
  if (ending === "connect" && upstream && !stale) core.members.down(upstream);
  const delivered = link.connected;
  exchange.link = undefined;
  const answered = outgoing.headersSent || outgoing.destroyed;
  const retry = !answered && mayRetry(exchange, stale ? "reset" : ending, delivered);
  endTry(exchange, stale ? "stale" : ending, stale && !retry);
  if (answered) {
    // It broke off in the middle: the client has to see that, too.
    outgoing.destroy();
    return;
  }
  if (retry) {
    again(exchange, stale);
    return;
  }
  answerProblem(
    outgoing,
    502,
    "gateway.unreachable",
    `${exchange.backend}: ${error.message}${exchange.tries > 1 ? ` (after ${exchange.tries} tries)` : ""}`,
    core.service,
  );
}
