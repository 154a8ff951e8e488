import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Balancer, balancer } from "./balancer.ts";
import { forwardHeaders, problem, safeToRepeat } from "./gateway-http.ts";
import type { Backend } from "./process-group.ts";
import { type TrafficCounts, trafficCounts } from "./traffic-counts.ts";
import { waitingRoom } from "./waiting-room.ts";

/** A reverse proxy in front of one service, on loopback. */
export interface Gateway {
  readonly port: number;
  readonly url: string;
  readonly counts: TrafficCounts;
  readonly balancer: Balancer;
  /** Something changed in the fleet: those who wait may find an instance now. */
  wake(): void;
  /** Stops listening; requests in flight finish, those that wait are refused. */
  close(): Promise<void>;
}

export interface GatewayOptions {
  readonly service: string;
  readonly backends: () => readonly Backend[];
  /** 0 = any free one; a taken one falls back to any. */
  readonly port?: number;
  /** Requests in flight on one instance. */
  readonly mostPerInstance?: number;
  readonly queuePlaces?: number;
  /** Real ms a request may wait for an instance before it is refused with 503. */
  readonly queueMs?: number;
  /** Real ms an instance may be silent before 504. Default: the platform's backend timeout. */
  readonly silentMs?: number;
}

/** Real ms that requests in flight get when the gateway closes. */
const CLOSE_MS = 5000;
const CONNECT_ERRORS = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH"]);

export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const counts = trafficCounts();
  const pool = balancer(options.mostPerInstance ?? 256);
  const room = waitingRoom(options.queuePlaces ?? 512, options.queueMs ?? 5000);
  const silentMs = options.silentMs ?? 300_000;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: Number.POSITIVE_INFINITY,
    maxFreeSockets: 64,
    timeout: 60_000,
  });
  const wake = () => {
    room.admit(() => pool.pick(options.backends()) !== undefined);
    counts.queued = room.size();
  };

  let closing = false;

  const handle = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    // Clients that keep their connection have to notice that there will be no more answers on it.
    if (closing) outgoing.shouldKeepAlive = false;
    const arrivedAt = performance.now();
    let leave: (() => void) | undefined;
    let tries = 0;
    counts.arrived++;
    counts.inFlight++;
    outgoing.once("close", () => {
      counts.inFlight--;
      leave?.();
      counts.queued = room.size();
      if (!outgoing.writableFinished) counts.abandoned++;
      else if (outgoing.statusCode >= 500) counts.failed++;
      else counts.completed++;
      if (outgoing.writableFinished) counts.latency.record(performance.now() - arrivedAt);
    });

    const refuse = (detail: string) => {
      counts.refused++;
      problem(outgoing, 503, "no-instance", `${options.service}: ${detail}`, { "retry-after": "1" });
    };
    const queue = () => {
      leave = room.enter((admitted) => {
        leave = undefined;
        if (admitted) dispatch();
        else refuse("no instance became ready in time");
      });
      counts.queued = room.size();
      if (!leave) refuse("too many requests are waiting already");
    };
    const dispatch = (not?: string) => {
      const backend = pool.pick(options.backends(), not);
      if (backend) send(backend);
      else queue();
    };

    const send = (backend: Backend) => {
      tries++;
      pool.begin(backend.id);
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        pool.end(backend.id);
        wake();
      };
      const upstream = httpRequest({
        agent,
        host: "127.0.0.1",
        port: backend.port,
        method: incoming.method,
        path: incoming.url,
        headers: forwardHeaders(incoming),
        timeout: silentMs,
      });
      const clientGone = () => upstream.destroy();
      outgoing.once("close", clientGone);
      upstream.on("response", (response) => {
        pool.sound(backend.id);
        if (closing) outgoing.shouldKeepAlive = false;
        outgoing.writeHead(response.statusCode ?? 502, forwardHeaders(response));
        response.pipe(outgoing);
        response.once("close", () => {
          release();
          // The instance broke off in the middle: the client has to see that, too.
          if (!response.complete) outgoing.destroy();
        });
      });
      upstream.on("timeout", () => upstream.destroy(Object.assign(new Error("silent"), { code: "SILENT" })));
      upstream.on("error", (error: NodeJS.ErrnoException) => {
        release();
        outgoing.off("close", clientGone);
        if (outgoing.destroyed || outgoing.headersSent) {
          outgoing.destroy();
          return;
        }
        if (error.code === "SILENT")
          return problem(outgoing, 504, "instance-silent", `${backend.id} did not answer in ${silentMs / 1000} s`);
        // A kept-alive connection that was closed in the same moment says nothing about the instance.
        if (CONNECT_ERRORS.has(error.code ?? "") && !upstream.reusedSocket) pool.eject(backend.id);
        if (tries === 1 && safeToRepeat(incoming)) {
          counts.retried++;
          return dispatch(upstream.reusedSocket || options.backends().length < 2 ? undefined : backend.id);
        }
        return problem(outgoing, 502, "instance-unreachable", `${backend.id}: ${error.message}`);
      });
      if (safeToRepeat(incoming)) upstream.end();
      else incoming.pipe(upstream);
    };
    dispatch();
  };

  const server = createServer({ keepAliveTimeout: 30_000 }, handle);
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  await listen(options.port ?? 0).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
    await listen(0);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    counts,
    balancer: pool,
    wake,
    close: async () => {
      closing = true;
      room.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const late = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(late);
      agent.destroy();
    },
  };
}
