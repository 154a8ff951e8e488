import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpSeen {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Closes the connection instead: before anything, or after the headers and half of the body. */
  readonly drop?: "at once" | "half way";
  /** Never answers. */
  readonly hang?: boolean;
}

/** A plain HTTP server on a free loopback port, with what it was asked. */
export interface HttpWire {
  readonly endpoint: string;
  readonly seen: readonly HttpSeen[];
  /** The next `times` requests are answered so instead. */
  readonly inject: (answer: HttpAnswer, times?: number) => void;
  readonly close: () => Promise<void>;
}

export async function httpWire(handle: (request: HttpSeen) => HttpAnswer | Promise<HttpAnswer>): Promise<HttpWire> {
  const seen: HttpSeen[] = [];
  const injected: { answer: HttpAnswer; times: number }[] = [];
  const server: Server = createServer(async (incoming, response) => {
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const request = {
      method: incoming.method ?? "GET",
      url: new URL(incoming.url ?? "/", "http://127.0.0.1"),
      headers: incoming.headers,
      body: Buffer.concat(parts).toString("utf8"),
    };
    seen.push(request);
    const instead = injected.find(({ times }) => times > 0);
    if (instead) instead.times--;
    const answer = instead?.answer ?? (await handle(request));
    if (answer.hang) return;
    if (answer.drop === "at once") {
      incoming.socket.destroy();
      return;
    }
    response.writeHead(answer.status, answer.headers ?? {});
    if (answer.drop === "half way") {
      response.write((answer.body ?? "{").slice(0, 1), () => incoming.socket.destroy());
      return;
    }
    response.end(answer.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    inject: (answer, times = 1) => void injected.push({ answer, times }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
