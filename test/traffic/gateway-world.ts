import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from "node:net";
import * as v from "valibot";
import { onTestFinished } from "vitest";
import { localBreakers } from "../../local/gateway/breakers.ts";
import { type Gateway, type GatewayOptions, openGateway } from "../../local/gateway/gateway.ts";
import type { GatewayBackend } from "../../local/gateway/upstream.ts";
import { ServiceTraffic, type TrafficConfig } from "../../shared/core/traffic/section.ts";

export type Section = v.InferInput<typeof ServiceTraffic>;

/** A traffic section with its defaults. */
export const traffic = (section: Section = {}): TrafficConfig => v.parse(ServiceTraffic, section);

async function listening(server: Server | NetServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A backend of node's own server. */
export async function httpBackend(id: string, listener: RequestListener, more: Partial<GatewayBackend> = {}) {
  const server = createHttp({ keepAliveTimeout: 60_000 }, listener);
  const port = await listening(server);
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  onTestFinished(close);
  return { id, port, ...more, server, close };
}

/** A backend that says exactly what it is told to; `each` gets every request head (and what came with it). */
export async function rawBackend(id: string, each: (socket: Socket, text: string) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      while (text.includes("\r\n\r\n")) {
        const whole = text;
        text = "";
        each(socket, whole);
      }
    });
  });
  const port = await listening(server);
  const close = () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  onTestFinished(close);
  return { id, port, close, sockets };
}

/** A port nobody listens on. */
export async function deadPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A gateway with breakers of its own. */
export async function gatewayTo(
  backends: readonly GatewayBackend[] | (() => readonly GatewayBackend[]),
  section: Section = {},
  more: Partial<GatewayOptions> = {},
): Promise<Gateway> {
  const settings = traffic(section);
  const gateway = await openGateway({
    service: "orders",
    traffic: settings,
    backends: typeof backends === "function" ? backends : () => backends,
    breakers: localBreakers({ policy: () => settings.breaker, now: more.now ?? Date.now, random: () => 0.5 }),
    seed: 1,
    closeMs: 50,
    ...more,
  });
  onTestFinished(() => gateway.close());
  return gateway;
}

/** Sends bytes as they are and reads until the other side has closed. */
export async function raw(port: number, bytes: string | readonly string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let answer = "";
  socket.on("data", (part) => (answer += part.toString("latin1")));
  socket.on("error", () => {});
  for (const part of typeof bytes === "string" ? [bytes] : bytes) {
    socket.write(part, "latin1");
    await new Promise((resolve) => setImmediate(resolve));
  }
  await new Promise((closed) => socket.once("close", closed));
  return answer;
}

export async function bodyOf(message: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of message) text += part;
  return text;
}

/** Waits for what a test knows will come. */
export async function until(ready: () => boolean): Promise<void> {
  while (!ready()) await new Promise((resolve) => setImmediate(resolve));
}
