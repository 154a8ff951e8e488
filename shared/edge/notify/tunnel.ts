import { type ClientRequest, request } from "node:http";
import { type Agent, request as tlsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { TlsSettings } from "./agents.ts";
import { userOf } from "./proxy.ts";

const CONNECT_MS = 10_000;

type Done = (error: Error | null, socket?: TLSSocket) => void;

/** Makes an agent open its connections through a proxy's CONNECT; what is encrypted stays so from end to end. */
export function tunnel(
  agent: Agent,
  proxy: URL,
  headers: Readonly<Record<string, string>>,
  tls: TlsSettings,
  lookup: LookupFunction,
): void {
  const user = userOf(proxy);
  const open = (options: ConnectionOptions & { host?: string; port?: number }, done: Done): undefined => {
    const host = options.host ?? "";
    const target = `${host.includes(":") ? `[${host}]` : host}:${options.port ?? 443}`;
    const asked: ClientRequest = (proxy.protocol === "https:" ? tlsRequest : request)({
      method: "CONNECT",
      hostname: proxy.hostname.replace(/^\[|\]$/g, ""),
      port: proxy.port === "" ? undefined : proxy.port,
      path: target,
      timeout: CONNECT_MS,
      agent: false,
      headers: {
        Host: target,
        ...headers,
        ...(user === undefined ? {} : { "Proxy-Authorization": user }),
      },
      lookup,
    });
    asked.on("timeout", () => asked.destroy(new Error("the proxy did not answer")));
    asked.on("error", (error) => done(error));
    asked.on("connect", ({ statusCode }, socket) => {
      if (statusCode !== 200) {
        socket.destroy();
        done(new Error(`the proxy answered ${statusCode}`));
        return;
      }
      const servername = tls.servername ?? options.servername ?? host;
      const secure = connect({ ...tls, socket, servername });
      secure.once("secureConnect", () => done(null, secure));
      secure.once("error", (error) => done(error));
    });
    asked.end();
    return undefined;
  };
  Object.assign(agent, { createConnection: open });
}
