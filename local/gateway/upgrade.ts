import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { AnswerHead } from "./answer-head.ts";
import type { Ask, Refusal } from "./ask.ts";
import type { GatewayCore } from "./core.ts";
import type { HashKeys } from "./hash-key.ts";
import { dropLink, type Link, type LinkUser, useLink } from "./link.ts";
import { type ProblemCode, rawProblem } from "./problem.ts";
import type { Ending } from "./retries.ts";
import { newTicket, type Ticket } from "./ticket.ts";
import { takeLink, type Upstream } from "./upstream.ts";

interface UpgradeRequest {
  readonly core: GatewayCore;
  readonly incoming: IncomingMessage;
  readonly socket: Socket;
  /** What came behind the head. */
  readonly early: Buffer;
  readonly read: (incoming: IncomingMessage, upgrade?: string) => Ask | Refusal;
  readonly keys: HashKeys;
  /** Real ms until the rate limit lets it through; 0: now. */
  readonly wait: () => number;
}

export const limited = ({ service, traffic }: GatewayCore): string =>
  `${service}: more than ${traffic.limits.rate} requests a second`;

const fields = (head: AnswerHead): string => {
  let text = `HTTP/1.1 ${head.status} ${head.reason}\r\n`;
  for (let at = 0; at + 1 < head.headers.length; at += 2) text += `${head.headers[at]}: ${head.headers[at + 1]}\r\n`;
  return text;
};

/**
 * Passes on a request that asks for another protocol (RFC 9110 §7.8), such as WebSocket: after a 101 the two connections are one.
 * Any other answer is passed on, and ends the connection. Tried again only where no connection could be made. Rate limit, places, queue
 * and limits of time are those of any request, until the protocol is switched.
 */
export function upgrade({ core, incoming, socket, early, read, keys, wait }: UpgradeRequest): void {
  const { service, counts } = core;
  const arrivedAt = performance.now();
  let link: Link | undefined;
  let upstream: Upstream | undefined;
  let ticket: Ticket | undefined;
  let status = 0;
  let over = false;
  let tryAt = arrivedAt;
  let timer: NodeJS.Timeout | undefined;
  let leave: (() => void) | undefined;

  const endTry = (ending: Ending) => {
    if (upstream && ticket) core.members.end(upstream, ticket, ending, performance.now() - tryAt);
    upstream = undefined;
    link = undefined;
    core.wake();
  };
  const finish = () => {
    if (over) return;
    over = true;
    clearTimeout(timer);
    leave?.();
    const open = link;
    if (open) dropLink(open);
    endTry(status === 0 ? "gone" : status);
    counts.inFlight--;
    counts.queued = core.room.size();
    if (status === 0) counts.abandoned++;
    else if (status >= 500) counts.failed++;
    else counts.completed++;
    if (ticket) core.finished(ticket, status === 0 ? 499 : status, performance.now() - arrivedAt);
  };
  const refuse = (code: number, problem: ProblemCode, why: string, headers: readonly string[] = []) => {
    status = code;
    clearTimeout(timer);
    if (problem !== "gateway.unreachable" && problem !== "gateway.timeout") counts.refused++;
    socket.end(rawProblem(code, problem, why, headers));
  };

  counts.inFlight++;
  socket.setNoDelay(true);
  socket.setTimeout(0);
  // Nobody tells of a client that vanished, and a switched protocol may be silent for long.
  socket.setKeepAlive(true, 60_000);
  socket.on("error", () => socket.destroy());
  socket.once("close", finish);
  const protocol = String(incoming.headers.upgrade ?? "");
  const asked = read(incoming, protocol);
  if ("why" in asked) {
    refuse(asked.status, "gateway.request", asked.why);
    return;
  }
  if (asked.body !== 0) {
    refuse(400, "gateway.request", "an upgrade with a body is not passed on");
    return;
  }
  const mine = newTicket(asked, incoming);
  ticket = mine;
  keys.apply(mine);

  const user: LinkUser = {
    method: asked.method,
    head: (_, head) => {
      if (head.status < 200) return;
      status = head.status;
      clearTimeout(timer);
      const framing = head.length === -1 ? "transfer-encoding: chunked\r\n" : "";
      chunked = head.length === -1;
      socket.write(`${fields(head)}${framing}connection: close\r\n\r\n`, "latin1");
    },
    part: (from, part) => {
      mine.bytes += part.length;
      if (chunked) socket.write(`${part.length.toString(16)}\r\n`, "latin1");
      const more = socket.write(Buffer.from(part));
      if (chunked) socket.write("\r\n", "latin1");
      if (more) return;
      from.socket.pause();
      socket.once("drain", () => from.socket.resume());
    },
    end: (from) => {
      dropLink(from);
      endTry(status);
      socket.end(chunked ? "0\r\n\r\n" : "");
    },
    broken: (from, error) => {
      const reached = from.connected;
      const { id } = from.of;
      if (!reached && upstream) {
        core.members.down(upstream);
        (mine.tried ??= []).push(upstream);
      }
      endTry(reached ? "reset" : "connect");
      if (status !== 0) return void socket.destroy();
      if (!reached && mine.tries <= core.traffic.retry.max && !over) {
        counts.retried++;
        return send();
      }
      refuse(502, "gateway.unreachable", `${id}: ${error.message}`);
    },
    switched: (from, head, rest) => {
      status = 101;
      clearTimeout(timer);
      socket.write(`${fields(head)}connection: upgrade\r\nupgrade: ${protocol}\r\n\r\n`, "latin1");
      join(from, rest);
    },
  };
  let chunked = false;

  /** Bytes both ways from now on, each side as fast as the other one reads. */
  const join = (from: Link, rest: Buffer) => {
    const other = from.socket;
    if (rest.length > 0) socket.write(rest);
    if (early.length > 0) other.write(early);
    from.raw = (bytes) => {
      mine.bytes += bytes.length;
      if (socket.write(Buffer.from(bytes))) return;
      other.pause();
      socket.once("drain", () => other.resume());
    };
    socket.on("data", (bytes: Buffer) => {
      if (other.write(bytes)) return;
      socket.pause();
      other.once("drain", () => socket.resume());
    });
    socket.on("end", () => other.end());
    other.on("end", () => socket.end());
    other.on("close", () => socket.destroySoon());
    socket.resume();
  };

  const send = () => {
    const found = core.members.pick(mine);
    if (!found) {
      const none = `${service}: ${core.members.obstacle()}`;
      return refuse(503, "backend.none", none, ["retry-after: 1"]);
    }
    upstream = found;
    mine.tries++;
    mine.backend = found.id;
    tryAt = performance.now();
    core.members.begin(found);
    link = takeLink(found, true);
    useLink(link, user);
    link.socket.write(`${asked.method} ${asked.path} HTTP/1.1\r\n${asked.head}\r\n`, "latin1");
  };

  const { retry, timeout, totalTimeout = timeout } = core.traffic;
  const late = wait();
  const longest = Math.min(timeout, totalTimeout, retry.perTryTimeout ?? timeout);
  const busy = `${service}: all backends are busy`;
  const soon = ["retry-after: 1"];
  const go = () => {
    timer = setTimeout(() => {
      if (link) dropLink(link);
      endTry("timeout");
      refuse(504, "gateway.timeout", `${mine.backend} did not answer in ${longest} ms`);
    }, longest);
    send();
  };
  const queue = () => {
    leave = core.room.enter(asked.priority, (how) => {
      leave = undefined;
      counts.queued = core.room.size();
      if (how === "shed") counts.shed++;
      if (how === "admitted") go();
      else refuse(503, how === "closed" ? "gateway.closing" : "gateway.saturated", busy, soon);
    });
    counts.queued = core.room.size();
    if (!leave) refuse(503, "gateway.saturated", busy, soon);
  };
  if (late > 0) {
    counts.limited++;
    refuse(429, "gateway.limited", limited(core), [`retry-after: ${Math.max(1, Math.ceil(late / 1000))}`]);
  } else if (core.closing) refuse(503, "gateway.closing", `${service}: the gateway is closing`, soon);
  else if (core.full()) queue();
  else go();
}
