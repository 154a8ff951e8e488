import { createHash } from "node:crypto";
import { Agent as PlainAgent } from "node:http";
import { type AgentOptions, Agent as TlsAgent } from "node:https";
import type { LookupFunction } from "node:net";
import { tunnel } from "./tunnel.ts";

/** Of TLS as Node wants it: texts of PEM files, not their paths. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: false;
  readonly minVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly maxVersion?: "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
}

/** How a receiver is reached; connections are shared among those that are reached alike. */
export interface Connecting {
  readonly tls?: TlsSettings;
  readonly proxy?: URL;
  /** For the proxy's CONNECT. */
  readonly proxyHeaders?: Readonly<Record<string, string>>;
}

export interface Agents {
  of(secure: boolean, connecting?: Connecting): PlainAgent;
  close(): void;
}

/** Connections to one receiver at once; more requests wait for one of them. */
const MOST_SOCKETS = 128;
/** Ways of connecting that are kept: rotated certificates leave old ones behind. */
const MOST_KEPT = 100;

/** Agents that keep connections, one per way of connecting. */
export function agents(lookup: LookupFunction): Agents {
  const options: AgentOptions = {
    keepAlive: true,
    maxSockets: MOST_SOCKETS,
    maxFreeSockets: MOST_SOCKETS,
    scheduling: "lifo",
    lookup,
  };
  const plain = new PlainAgent(options);
  const secure = new TlsAgent(options);
  const others = new Map<string, PlainAgent>();

  const other = (isSecure: boolean, connecting: Connecting): PlainAgent => {
    const { tls = {}, proxy, proxyHeaders } = connecting;
    // By digest: keys of maps outlive what they were made of, and a private key should not.
    const digest = createHash("sha256")
      .update(JSON.stringify([isSecure, tls, proxy?.href, proxyHeaders]))
      .digest("hex");
    const known = others.get(digest);
    if (known) return known;
    const made = isSecure ? new TlsAgent({ ...options, ...tls }) : plain;
    if (isSecure && proxy) tunnel(made as TlsAgent, proxy, proxyHeaders ?? {}, { ...tls }, lookup);
    const oldest = others.size >= MOST_KEPT ? others.entries().next().value : undefined;
    if (oldest) {
      others.delete(oldest[0]);
      if (oldest[1] !== plain) oldest[1].destroy();
    }
    others.set(digest, made);
    return made;
  };

  return {
    of: (isSecure, connecting) => {
      if (isSecure && (connecting?.tls || connecting?.proxy)) return other(isSecure, connecting);
      return isSecure ? secure : plain;
    },
    close: () => {
      for (const agent of [plain, secure, ...others.values()]) agent.destroy();
    },
  };
}
