import type { GatewayCore } from "./core.ts";
import type { Exchange } from "./exchange.ts";
import { dropLink, useLink } from "./link.ts";
import { answerProblem, type ProblemCode } from "./problem.ts";
import { pump } from "./request-body.ts";
import { type Ending, mayRetry, retryDelayMs } from "./retries.ts";
import { takeLink, type Upstream } from "./upstream.ts";

/** Sends it to a backend, or lets it wait for one. `admitted`: its turn in the queue has come. */
export function dispatch(exchange: Exchange, admitted = false): void {
  const { core } = exchange;
  if (!admitted && exchange.tries === 0 && core.full()) {
    queue(exchange);
    return;
  }
  const upstream = core.members.pick(exchange);
  if (!upstream) {
    queue(exchange);
    return;
  }
  if (exchange.tries === 0) core.members.missed(upstream);
  start(exchange, upstream, false);
}

const VERSIONLESS = "no backend that is well runs a version that has a share";

/** Backends are well, but none of a version that is to get anything. */
const versionless = ({ traffic, members }: GatewayCore): boolean =>
  traffic.versions !== undefined && members.usable() > 0 && !members.anyPick();

function queue(exchange: Exchange): void {
  const { core } = exchange;
  const { members, service } = core;
  const open = members.openUntil();
  if (open !== undefined) {
    const seconds = String(Math.max(1, Math.ceil(open / 1000)));
    refuse(exchange, 503, "circuit.open", `${service}: the circuits of all backends are open`, seconds);
    return;
  }
  if (core.closing) {
    refuse(exchange, 503, "gateway.closing", `${service}: the gateway is closing`);
    return;
  }
  exchange.leave = core.room.enter(exchange.ask.priority, (how) => {
    exchange.leave = undefined;
    core.counts.queued = core.room.size();
    if (how === "admitted") return dispatch(exchange, true);
    if (how === "closed") return refuse(exchange, 503, "gateway.closing", `${service}: the gateway is closing`);
    if (how === "shed") {
      core.counts.shed++;
      return refuse(
        exchange,
        503,
        "gateway.saturated",
        `${service}: more important requests took the place in the queue`,
      );
    }
    if (members.usable() === 0)
      return refuse(exchange, 503, "backend.none", `${service}: ${members.obstacle()}, and none became ready in time`);
    if (versionless(core)) return refuse(exchange, 503, "backend.none", `${service}: ${VERSIONLESS}`);
    refuse(exchange, 503, "gateway.saturated", `${service}: all backends were busy for too long`);
  });
  core.counts.queued = core.room.size();
  if (exchange.leave) return;
  const unversioned = versionless(core);
  const none = unversioned || members.usable() === 0;
  const detail = none
    ? `${unversioned ? VERSIONLESS : members.obstacle()}, and too many requests are waiting already`
    : "too many requests are waiting already";
  refuse(exchange, 503, none ? "backend.none" : "gateway.saturated", `${service}: ${detail}`);
}

function refuse(exchange: Exchange, status: number, code: ProblemCode, detail: string, retryAfter = "1"): void {
  const { core, outgoing } = exchange;
  core.counts.refused++;
  if (exchange.tries === 0 && code !== "gateway.closing") core.members.missed(undefined);
  answerProblem(outgoing, status, code, detail, core.service, { "retry-after": retryAfter });
}

/** One try. The balancer counts it in; `endTry` counts it out. */
function start(exchange: Exchange, upstream: Upstream, fresh: boolean): void {
  const { ask, core } = exchange;
  exchange.tries++;
  exchange.trying = true;
  exchange.upstream = upstream;
  exchange.backend = upstream.id;
  exchange.tryAt = performance.now();
  core.members.begin(upstream);
  const link = takeLink(upstream, fresh);
  exchange.link = link;
  useLink(link, exchange);
  link.socket.write(`${ask.method} ${ask.path} HTTP/1.1\r\n${ask.head}\r\n`, "latin1");
  if (ask.body !== 0 && link.connected) pump(exchange);
}

/** Since when the backend could answer, real monotonic ms: the client's own time for its body is none of the backend's. */
export function askedAt(exchange: Exchange, now: number): number {
  if (exchange.complete) return Math.max(exchange.tryAt, exchange.completeAt);
  return exchange.ask.expects && !exchange.continued ? exchange.tryAt : now;
}

/** Whether it is the client that keeps everybody waiting: with its body, or with reading the answer. */
function clientStalls({ ask, complete, continued, flowing, link, outgoing }: Exchange): boolean {
  if (outgoing.writableNeedDrain) return true;
  return flowing && !complete && link !== undefined && !link.socket.writableNeedDrain && (!ask.expects || continued);
}

/** A limit of time has passed; the sweep calls it. */
export function timeOut(exchange: Exchange, what: "try" | "silent" | "total", limitMs: number): void {
  const { core, link, outgoing } = exchange;
  if (exchange.over) return;
  // Else a few slow clients would have every backend ejected.
  const stalls = clientStalls(exchange);
  if (link) dropLink(link);
  endTry(exchange, stalls ? "gone" : "timeout");
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  if (stalls) {
    outgoing.shouldKeepAlive = false;
    answerProblem(outgoing, 408, "gateway.request", "the request's body did not come in time", core.service);
    return;
  }
  if (what !== "total" && mayRetry(exchange, "timeout")) {
    again(exchange, false);
    return;
  }
  const limit = limitMs % 1000 === 0 ? `${limitMs / 1000} s` : `${limitMs} ms`;
  const detail = what === "total" ? `no answer in ${limit}` : `${exchange.backend} did not answer in ${limit}`;
  answerProblem(outgoing, 504, "gateway.timeout", detail, core.service);
}

/** Once more: after a while, and elsewhere where there is an elsewhere. `stale`: at once, on a new connection. */
export function again(exchange: Exchange, stale: boolean): void {
  const { core, upstream } = exchange;
  exchange.upstream = undefined;
  core.counts.retried++;
  if (!exchange.retrying) {
    exchange.retrying = true;
    core.counts.retrying++;
  }
  if (stale && upstream && upstream.index >= 0) {
    start(exchange, upstream, true);
    return;
  }
  if (upstream) (exchange.tried ??= []).push(upstream);
  const delay = retryDelayMs(core.traffic.retry.backoff, exchange.tries, core.random());
  exchange.timer = setTimeout(() => {
    exchange.timer = undefined;
    if (!exchange.over) dispatch(exchange);
  }, delay);
}

/** The try is over, one way or another. Its connection has been seen to. `lost`: nobody tries again, the client hears of it. */
export function endTry(exchange: Exchange, ending: Ending, lost = false): void {
  const { core, upstream } = exchange;
  exchange.link = undefined;
  if (!exchange.trying || !upstream) return;
  exchange.trying = false;
  exchange.flowing = false;
  const now = performance.now();
  const { complete, tryAt, status } = exchange;
  // It was the backend that a client which has gone waited for.
  const waited = ending === "gone" && complete && status === 0;
  const untold = lost ? "failed" : waited ? "waited" : undefined;
  core.members.end(upstream, exchange, ending, now - (complete ? askedAt(exchange, now) : tryAt), untold);
  core.wake();
}
