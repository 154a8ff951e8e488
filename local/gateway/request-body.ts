import type { IncomingMessage } from "node:http";
import { CHUNKED } from "./answer-head.ts";
import { passedTrailers } from "./chunks.ts";
import type { Exchange, HeldIncoming } from "./exchange.ts";
import type { Link, LinkUser } from "./link.ts";

/** Bodies up to so many bytes are kept while a retry is possible. */
const MOST_KEPT = 65_536;

/** A new connection is there: only now is a body touched, so that nothing of it is lost where none could be made. */
export function onConnected(this: LinkUser): void {
  const exchange = this as Exchange;
  if (exchange.ask.body !== 0) pump(exchange);
}

/** Sends what a try before has sent, and then what comes from the client. */
export function pump(exchange: Exchange): void {
  const { ask, incoming, link } = exchange;
  if (!link) return;
  exchange.flowing = true;
  for (const part of exchange.sent ?? []) writeBody(exchange, link, part);
  if (exchange.complete) {
    endBody(exchange, link);
    return;
  }
  if (exchange.pumping) {
    incoming.resume();
    return;
  }
  exchange.pumping = true;
  // A small body is kept for the next try, as long as there may be one.
  if (ask.repeatable && exchange.core.traffic.retry.max > 0) exchange.sent = [];
  (incoming as HeldIncoming).exchange = exchange;
  incoming.on("data", onBody).on("end", onBodyEnd);
}

function writeBody(exchange: Exchange, link: Link, part: Buffer): boolean {
  if (exchange.ask.body !== CHUNKED) return link.socket.write(part);
  link.socket.cork();
  link.socket.write(`${part.length.toString(16)}\r\n`, "latin1");
  link.socket.write(part);
  const more = link.socket.write("\r\n", "latin1");
  link.socket.uncork();
  return more;
}

function endBody(exchange: Exchange, link: Link): void {
  if (exchange.ask.body !== CHUNKED) return;
  const { trailers } = exchange;
  let text = "0\r\n";
  for (let at = 0; at + 1 < trailers.length; at += 2) text += `${trailers[at]}: ${trailers[at + 1]}\r\n`;
  link.socket.write(`${text}\r\n`, "latin1");
}

function onBody(this: IncomingMessage, part: Buffer): void {
  const { exchange } = this as HeldIncoming;
  // Between two tries it waits; after the answer the rest is read and dropped.
  if (!exchange || exchange.over) return;
  exchange.bodyUsed = true;
  exchange.sentBytes += part.length;
  if (exchange.sent) {
    if (exchange.sentBytes <= MOST_KEPT) exchange.sent.push(part);
    else exchange.sent = undefined;
  }
  const { link } = exchange;
  if (!link || !exchange.flowing) {
    this.pause();
    return;
  }
  link.lastAt = performance.now();
  if (!writeBody(exchange, link, part)) this.pause();
}

function onBodyEnd(this: IncomingMessage): void {
  const { exchange } = this as HeldIncoming;
  if (!exchange || exchange.over) return;
  exchange.complete = true;
  exchange.completeAt = performance.now();
  if (this.rawTrailers.length > 0) exchange.trailers = passedTrailers(this.rawTrailers);
  if (exchange.link && exchange.flowing) endBody(exchange, exchange.link);
}

export function onDrained(this: LinkUser): void {
  const { incoming, pumping, complete } = this as Exchange;
  if (pumping && !complete) incoming.resume();
}
