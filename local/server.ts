import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { HeadgateError } from "../shared/core/kernel/errors.ts";
import { consoleAsset, isConsolePath } from "./console-assets.ts";

export interface LocalServer {
  readonly port: number;
  readonly url: string;
  /** From now on requests are answered; before, they get 503. */
  use(fetch: (request: Request) => Response | Promise<Response>): void;
  close(): Promise<void>;
}

/** Real ms that requests in flight get when the server closes; event streams never end by themselves. */
const CLOSE_MS = 1000;

/**
 * Listens on 127.0.0.1 only. Opened before anything else is started, so that a taken port costs nothing.
 *
 * @throws HeadgateError `port.in_use` naming the option that changes it
 */
export async function openServer(port: number, consoleDir: string): Promise<LocalServer> {
  let answer: ((request: Request) => Response | Promise<Response>) | undefined;
  const server = createAdaptorServer({
    fetch: (request: Request) => {
      const { pathname } = new URL(request.url);
      if (isConsolePath(request.method, pathname)) return consoleAsset(consoleDir, pathname);
      return answer ? answer(request) : new Response("starting\n", { status: 503, headers: { "retry-after": "1" } });
    },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const why: Readonly<Record<string, string>> = {
        EADDRINUSE: `port ${port} is taken by another program`,
        EACCES: `port ${port} may not be used by this user`,
      };
      reject(
        new HeadgateError(
          "port.in_use",
          `${why[cause.code ?? ""] ?? `port ${port}: ${cause.message}`}. Choose another one with --port N.`,
          { cause },
        ),
      );
    });
    server.listen({ port, host: "127.0.0.1", exclusive: true }, resolve);
  });
  const actual = (server.address() as AddressInfo).port;
  return {
    port: actual,
    url: `http://127.0.0.1:${actual}`,
    use: (fetch) => {
      answer = fetch;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}
