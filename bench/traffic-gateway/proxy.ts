import { Agent, createServer, type RequestListener, request, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import * as v from "valibot";
import { localBreakers } from "../../local/gateway/breakers.ts";
import { openGateway } from "../../local/gateway/gateway.ts";
import { requestMetrics } from "../../local/gateway/request-metrics.ts";
import { ServiceTraffic } from "../../shared/core/traffic/section.ts";

// One proxy in a process of its own: which one, and the backend's port, are the arguments.
const [, , kind = "", given = "0"] = process.argv;
const port = Number(given);
const base = `http://127.0.0.1:${port}`;
const load = createRequire(import.meta.url);

const HOP = new Set(["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"]);
const passed = (raw: readonly string[]): string[] => {
  const found: string[] = [];
  for (let at = 0; at < raw.length; at += 2)
    if (!HOP.has((raw[at] as string).toLowerCase())) found.push(raw[at] as string, raw[at + 1] as string);
  return found;
};

const serve = (listener: RequestListener | Server): Promise<number> => {
  const server = typeof listener === "function" ? createServer(listener) : listener;
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)));
};
const agent = () => new Agent({ keepAlive: true, maxSockets: 2048, maxFreeSockets: 256 });

const PROXIES: Readonly<Record<string, () => Promise<number>>> = {
  /** The gateway with everything on: balancing over four backends, breakers, passive detection, the platform's metrics. */
  headgate: async () => {
    const traffic = v.parse(ServiceTraffic, {});
    const backends = Array.from({ length: 4 }, (_, at) => ({ id: `b${at}`, port, maxConnections: 1000 }));
    const metrics = requestMetrics("bench");
    const gateway = await openGateway({
      service: "bench",
      traffic,
      backends: () => backends,
      breakers: localBreakers({ policy: () => traffic.breaker, now: Date.now, random: Math.random }),
      onFinished: ({ method, path, status, ms }) => metrics.count(method, path, status, ms),
    });
    return gateway.port;
  },
  "node:http": () => {
    const kept = agent();
    return serve((incoming, outgoing) => {
      const { method, url: path, headers } = incoming;
      const sent = request({ agent: kept, host: "127.0.0.1", port, method, path, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      sent.on("error", () => outgoing.destroy());
      incoming.pipe(sent);
    });
  },
  /** The second design that was tried: undici's dispatch with raw headers and a lean handler. */
  "undici dispatch": () => {
    const pool = new Pool(base, { connections: 256, pipelining: 1 });
    return serve((incoming, outgoing) => {
      const method = (incoming.method ?? "GET") as "GET";
      pool.dispatch(
        { path: incoming.url ?? "/", method, headers: passed(incoming.rawHeaders) },
        {
          onRequestStart: () => {},
          onResponseStart: (controller, status) => {
            const raw = (controller as { rawHeaders?: readonly Buffer[] }).rawHeaders ?? [];
            outgoing.writeHead(status, passed(raw.map((one) => one.toString("latin1"))));
          },
          onResponseData: (controller, part) => {
            if (outgoing.write(part)) return;
            controller.pause();
            outgoing.once("drain", () => controller.resume());
          },
          onResponseEnd: () => void outgoing.end(),
          onResponseError: () => void outgoing.destroy(),
        },
      );
    });
  },
  "http-proxy": () => {
    const proxy = load("http-proxy").createProxyServer({ target: base, agent: agent() });
    proxy.on("error", () => {});
    return serve((incoming, outgoing) => proxy.web(incoming, outgoing));
  },
  httpxy: async () => {
    const { createProxyServer } = await import("httpxy");
    const proxy = createProxyServer({ target: base, agent: agent() });
    return serve((incoming, outgoing) => void proxy.web(incoming, outgoing).catch(() => {}));
  },
  "@fastify/http-proxy": async () => {
    const app = load("fastify")();
    app.register(load("@fastify/http-proxy"), { upstream: base });
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  },
  "fast-proxy": () => {
    const { proxy } = load("fast-proxy")({ base });
    return serve((incoming, outgoing) => proxy(incoming, outgoing, incoming.url, {}));
  },
  "fast-proxy with undici": () => {
    const { proxy } = load("fast-proxy")({ base, undici: { connections: 256, pipelining: 1 } });
    return serve((incoming, outgoing) => proxy(incoming, outgoing, incoming.url, {}));
  },
};

process.on("message", () => process.send?.(process.cpuUsage()));
process.on("disconnect", () => process.exit());
process.send?.(await PROXIES[kind]?.());
