import type { IncomingMessage, ServerResponse } from "node:http";
import { onBroken, onEnd, onFlush, onHead, onPart } from "./answering.ts";
import type { Ask } from "./ask.ts";
import type { GatewayCore } from "./core.ts";
import type { Exchange, Held } from "./exchange.ts";
import { dropLink } from "./link.ts";
import { onConnected, onDrained } from "./request-body.ts";
import { endTry } from "./tries.ts";

/** A request begins; it ends with its answer's "close". */
export function newExchange(
  core: GatewayCore,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  ask: Ask,
): Exchange {
  const exchange: Exchange = {
    core,
    incoming,
    outgoing,
    ask,
    method: ask.method,
    arrivedAt: performance.now(),
    tryAt: 0,
    tries: 0,
    tried: undefined,
    upstream: undefined,
    link: undefined,
    admission: undefined,
    hashed: false,
    hashHigh: 0,
    hashLow: 0,
    cookie: undefined,
    tags: undefined,
    match: undefined,
    sent: undefined,
    sentBytes: 0,
    complete: ask.body === 0,
    completeAt: 0,
    bodyUsed: false,
    pumping: false,
    flowing: false,
    trying: false,
    continued: false,
    trailers: [],
    leave: undefined,
    timer: undefined,
    retrying: false,
    slot: -1,
    bytes: 0,
    status: 0,
    over: false,
    backend: "",
    chunked: false,
    head: onHead,
    part: onPart,
    end: onEnd,
    broken: onBroken,
    connected: onConnected,
    drained: onDrained,
    flush: onFlush,
  };
  (outgoing as Held).exchange = exchange;
  outgoing.on("close", onOutgoingClose);
  outgoing.on("error", ignore);
  core.counts.inFlight++;
  core.enlist(exchange);
  return exchange;
}

/** What is written to a client that has gone is an error of nobody's; its "close" is what counts. */
function ignore(): void {}

/** The client has its answer, or has gone. */
function onOutgoingClose(this: ServerResponse): void {
  const { exchange } = this as Held;
  if (!exchange || exchange.over) return;
  exchange.over = true;
  const { core, link } = exchange;
  const { counts } = core;
  if (link) dropLink(link);
  endTry(exchange, "gone");
  // Whatever is left of the body is read and dropped, so that the next request can be seen.
  if (exchange.pumping && !exchange.complete) exchange.incoming.resume();
  clearTimeout(exchange.timer);
  exchange.leave?.();
  if (exchange.retrying) counts.retrying--;
  counts.inFlight--;
  counts.queued = core.room.size();
  core.delist(exchange);
  const ms = performance.now() - exchange.arrivedAt;
  const status = this.writableFinished ? this.statusCode : 499;
  if (!this.writableFinished) counts.abandoned++;
  else {
    if (status >= 500) counts.failed++;
    else counts.completed++;
    counts.latency.record(ms);
  }
  core.finished(exchange, status, ms);
}
