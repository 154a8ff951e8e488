import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import * as v from "valibot";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import type { OutlierVerdict } from "../../shared/core/traffic/outlier/eject.ts";
import { ServiceTraffic, type TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { CheckState, PickWhy } from "../../shared/core/traffic/types.ts";
import type { AskedRequest, GatewayLook, RecordedRequest } from "../../shared/shell/gateway-look.ts";
import { askReader } from "./ask.ts";
import type { GatewayBreakers } from "./breakers.ts";
import type { GatewayCore } from "./core.ts";
import { type TrafficCounts, trafficCounts } from "./counts.ts";
import { type FinishedRequest, finishedRequest } from "./finished.ts";
import { hashKeys } from "./hash-key.ts";
import { gatewayLook } from "./look.ts";
import { members } from "./members.ts";
import { newExchange } from "./open-exchange.ts";
import { answerProblem, rawProblem } from "./problem.ts";
import { earn } from "./retries.ts";
import { sweeper } from "./sweep.ts";
import { type TokenBucket, tokenBucket } from "./token-bucket.ts";
import { dispatch } from "./tries.ts";
import { limited, upgrade } from "./upgrade.ts";
import type { GatewayBackend } from "./upstream.ts";
import { type VersionsServed, versionsServed } from "./version-counts.ts";
import { waitingRoom } from "./waiting.ts";
import { lookWindow } from "./window.ts";

/** A reverse proxy in front of one service. */
export interface Gateway {
  readonly port: number;
  readonly url: string;
  readonly counts: TrafficCounts;
  /** The same by version, over the last hours. */
  readonly versions: VersionsServed;
  /** Something changed in the list, the checks or the circuits: they are looked at now, and those who wait may find a backend. */
  wake(): void;
  /** New settings, and everything `wake` does. Requests on their way keep the old ones. */
  update(traffic: TrafficConfig): void;
  /** Requests in flight on a backend. */
  active(backend: string): number;
  /** Ends when nothing is in flight on the backend. */
  idle(backend: string): Promise<void>;
  look(): GatewayLook;
  why(request: AskedRequest): PickWhy;
  /** The latest requests, oldest first. */
  recent(): readonly RecordedRequest[];
  /** Stops listening; requests in flight finish, those that wait are refused. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly service: string;
  /** Settings of its traffic; absent: the defaults. */
  readonly traffic?: TrafficConfig;
  /** The list as it is now: the very same array until it changes, or each call makes the gateway compare. */
  readonly backends: () => readonly GatewayBackend[];
  readonly checks?: (backend: string) => CheckState | undefined;
  /** Absent: no breakers, whatever the settings say. */
  readonly breakers?: GatewayBreakers;
  /** 0 = any free one; a taken one falls back to any, unless `exactPort`. */
  readonly port?: number;
  readonly exactPort?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Instants of policies; default: the wall. */
  readonly now?: () => Millis;
  /** Virtual seconds per second. */
  readonly speed?: number;
  readonly seed?: number;
  /** Told of each ejection and return. */
  readonly onVerdict?: (verdict: OutlierVerdict) => void;
  /** Told of each request at its end; must be quick and must not throw. */
  readonly onFinished?: (request: FinishedRequest) => void;
  /** Answers some requests itself, such as health; true: it did. */
  readonly own?: (incoming: IncomingMessage, outgoing: ServerResponse) => boolean;
  /** Real ms that requests in flight get when it closes. */
  readonly closeMs?: number;
  /** Real ms a client may take for its headers: longer is an attack (slow loris). */
  readonly headersMs?: number;
}

const CLOSE_MS = 5000;
const HEADERS_MS = 15_000;

let defaults: TrafficConfig | undefined;

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { service } = options;
  const now = options.now ?? Date.now;
  const speed = options.speed ?? 1;
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  const draws = randomOf(seed);
  let traffic = options.traffic ?? (defaults ??= v.parse(ServiceTraffic, {}));
  const counts = trafficCounts();
  const versions = versionsServed(now());
  const pool = members({
    service,
    traffic: () => traffic,
    backends: options.backends,
    checks: options.checks,
    breakers: options.breakers,
    now,
    speed,
    random: draws,
    onVerdict: options.onVerdict,
    versions,
  });
  const room = waitingRoom(
    () => traffic.limits.queue,
    () => traffic.limits.queueTimeout,
  );
  const sweep = sweeper(() => core);
  const window = lookWindow(pool, counts, now);
  let keys = hashKeys(traffic);
  let read = askReader(traffic.limits.priorityHeader, keys.headers);
  let bucket = bucketOf(traffic);
  const places = () => traffic.limits.concurrency ?? pool.places();

  const core: GatewayCore = {
    service,
    traffic,
    counts,
    members: pool,
    room,
    random: () => draws.next(),
    closing: false,
    reserve: 0,
    full: () => {
      if (room.size() > 0) return true;
      const most = places();
      return most > 0 && counts.inFlight - room.size() - 1 >= most;
    },
    wake: () => {
      if (room.size() > 0) admit();
    },
    enlist: sweep.enlist,
    delist: sweep.delist,
    finished: (ticket, status, ms) => {
      counts.statuses[status] = (counts.statuses[status] ?? 0) + 1;
      if (status < 500 && ticket.tries === 1) earn(core);
      window.ended(ticket, status, ms);
      options.onFinished?.(finishedRequest(ticket, status, ms, now()));
      core.wake();
    },
  };
  const admit = () => {
    const most = places();
    room.admit(() => pool.anyPick() && (most === 0 || counts.inFlight - room.size() < most));
    counts.queued = room.size();
  };

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (options.own?.(incoming, outgoing)) return;
    // Clients that keep their connection have to notice that there will be no more answers on it.
    if (core.closing) outgoing.shouldKeepAlive = false;
    counts.arrived++;
    const ask = read(incoming);
    if ("why" in ask) {
      counts.refused++;
      outgoing.shouldKeepAlive = false;
      const { status, why } = ask;
      const code = status === 405 ? "gateway.method" : "gateway.request";
      if (status === 405) outgoing.setHeader("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
      return answerProblem(outgoing, status, code, why, service);
    }
    const wait = bucket ? bucket.take() : 0;
    const exchange = newExchange(core, incoming, outgoing, ask);
    if (wait > 0) {
      counts.refused++;
      counts.limited++;
      const seconds = String(Math.max(1, Math.ceil(wait / 1000)));
      return answerProblem(outgoing, 429, "gateway.limited", limited(core), service, { "retry-after": seconds });
    }
    keys.apply(exchange);
    dispatch(exchange);
  };

  const { headersMs = HEADERS_MS } = options;
  const server = createServer(
    {
      keepAliveTimeout: 30_000,
      headersTimeout: headersMs,
      // The whole body may take as long as it likes: silence is what ends it.
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(1000, headersMs),
      noDelay: true,
      optimizeEmptyRequests: true,
      // The reader of requests says what is wrong with one, as problem details.
      requireHostHeader: false,
      shouldUpgradeCallback: (request) => !/^\s*h2c?\b/i.test(String(request.headers.upgrade ?? "")),
    },
    handle,
  );
  server.maxHeadersCount = 0;
  server.on("checkContinue", handle);
  server.on("checkExpectation", (_: IncomingMessage, outgoing: ServerResponse) => {
    counts.arrived++;
    counts.refused++;
    outgoing.shouldKeepAlive = false;
    answerProblem(outgoing, 417, "gateway.request", "only 100-continue can be expected", service);
  });
  server.on("connect", (_: IncomingMessage, socket: Socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(
      rawProblem(405, "gateway.method", "CONNECT is not passed on", [
        "allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
      ]),
    );
  });
  // The server waits for them as well, and does not know how to end them.
  const switchedSockets = new Set<Socket>();
  server.on("upgrade", (incoming: IncomingMessage, socket: Socket, early: Buffer) => {
    counts.arrived++;
    switchedSockets.add(socket);
    socket.once("close", () => switchedSockets.delete(socket));
    upgrade({ core, incoming, socket, early, read, keys, wait: () => bucket?.take() ?? 0 });
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: ServerResponse }) => {
    if (!socket.writable || error.code === "ECONNRESET" || socket._httpMessage?.headersSent)
      return void socket.destroy();
    const status = error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
    const why =
      status === 431
        ? "the header is too large"
        : status === 408
          ? "the request did not come in time"
          : "the request is malformed";
    socket.end(rawProblem(status, "gateway.request", why));
  });

  const host = options.host ?? "127.0.0.1";
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, exclusive: true }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  await listen(options.port ?? 0).catch(async (error: NodeJS.ErrnoException) => {
    if (options.exactPort || (error.code !== "EADDRINUSE" && error.code !== "EACCES")) throw error;
    await listen(0);
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const wake = () => {
    pool.update();
    admit();
  };
  return {
    port,
    url,
    counts,
    versions,
    wake,
    update: (next) => {
      traffic = next;
      core.traffic = next;
      keys = hashKeys(next);
      read = askReader(next.limits.priorityHeader, keys.headers);
      bucket = bucketOf(next);
      wake();
    },
    active: pool.active,
    idle: pool.idle,
    look: () => gatewayLook({ core, pool, window, url, now }),
    why: (asked) => pool.why(keys.asked(asked)),
    recent: window.recent,
    close: async () => {
      core.closing = true;
      room.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => {
        server.closeAllConnections();
        for (const socket of switchedSockets) socket.destroy();
      }, options.closeMs ?? CLOSE_MS);
      await closed;
      clearTimeout(late);
      sweep.stop();
      pool.close();
    },
  };
}

function bucketOf({ limits }: TrafficConfig): TokenBucket | undefined {
  if (limits.rate === undefined) return undefined;
  return tokenBucket(limits.rate, limits.burst ?? Math.max(1, Math.ceil(limits.rate)));
}
