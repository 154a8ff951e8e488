import { lookup } from "node:dns";
import { type Agent, type IncomingMessage, request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { DurationMs } from "../../core/kernel/time.ts";
import { guardedLookup, HttpFailure, refuseLiteral } from "../http-client.ts";
import { judgeOf } from "./address-judge.ts";
import { type Agents, agents, type Connecting } from "./agents.ts";
import { userOf } from "./proxy.ts";

export interface SendAsk {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: URL;
  /** Go with every request of this ask, redirects included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Go to the host of `url` only: what proves who is asking. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Until the answer is complete, redirects included. */
  readonly timeoutMs: DurationMs;
  readonly signal?: AbortSignal;
  readonly connecting?: Connecting;
  readonly followRedirects?: boolean;
}

export interface SendReply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** The first 64 KB. */
  readonly body: string;
}

export interface HttpSender {
  /** Rejects with HttpFailure whose message is a sentence without paths and queries: those may be secrets. */
  send(ask: SendAsk): Promise<SendReply>;
  /** Closes kept connections. */
  close(): void;
}

/** As many redirects as Go's client follows. */
const MOST_REDIRECTS = 10;
const MOST_BYTES = 65_536;
const REDIRECTS = [301, 302, 303, 307, 308];

interface Hop {
  readonly method: SendAsk["method"];
  readonly url: URL;
  readonly headers: Record<string, string | number>;
  readonly body: string;
}

function proxyHeaders(proxy: URL): Readonly<Record<string, string>> {
  const user = userOf(proxy);
  return user === undefined ? {} : { "Proxy-Authorization": user };
}

/** The answer up to {@link MOST_BYTES}; a longer one is left, and the connection with it. */
function read(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    const whole = () =>
      resolve(parts.length === 0 ? "" : Buffer.concat(parts).subarray(0, MOST_BYTES).toString("utf8"));
    response.on("data", (part: Buffer) => {
      parts.push(part);
      bytes += part.length;
      if (bytes <= MOST_BYTES) return;
      whole();
      response.destroy();
    });
    response.on("end", () =>
      response.complete ? whole() : reject(new Error("the connection was closed before the end")),
    );
    response.on("error", reject);
    // A connection that is lost half way brings `aborted` and `close`, and an error only to whoever reads on.
    response.on("close", () => reject(new Error("the connection was closed before the end")));
  });
}

export interface HttpSendOptions {
  /** Loopback addresses may be reached. */
  readonly allowLocal: boolean;
  /** Where a name leads that only this machine knows, such as a local service's; undefined: wherever the network says. */
  readonly localAddress?: (host: string) => { readonly hostname: string; readonly port: string } | undefined;
}

/**
 * HTTP for notifications: connections are kept, names are judged at the moment of connecting and not again, redirects are followed as
 * Go's client does with each new address judged, and an answer is read up to 64 KB.
 */
export function httpSender({ allowLocal, localAddress }: HttpSendOptions): HttpSender {
  const judge = judgeOf(allowLocal);
  const kept: Agents = agents(guardedLookup(lookup, judge));

  const once = (hop: Hop, ask: SendAsk, agent: Agent, left: DurationMs, again: boolean): Promise<SendReply> =>
    new Promise((resolve, reject) => {
      const { url } = hop;
      const via = ask.connecting?.proxy;
      const secure = url.protocol === "https:";
      // A proxy is asked for the whole address of what is not encrypted; for the rest the agent opens a tunnel.
      const through = via !== undefined && !secure;
      const target = through ? via : url;
      const known = through || secure ? undefined : localAddress?.(url.hostname);
      let answered = false;
      let timedOut = false;
      const sent = (secure ? tlsRequest : plainRequest)({
        protocol: target.protocol,
        hostname: (known ?? target).hostname.replace(/^\[|\]$/g, ""),
        port: (known ?? target).port || undefined,
        path: through ? url.href : `${url.pathname}${url.search}`,
        method: hop.method,
        headers: through ? { ...hop.headers, ...proxyHeaders(via) } : hop.headers,
        agent,
      });
      const timer = setTimeout(() => {
        timedOut = true;
        sent.destroy(new Error("timeout"));
      }, left);
      const stop = () => sent.destroy(new Error("stopped"));
      ask.signal?.addEventListener("abort", stop, { once: true });
      const end = () => {
        clearTimeout(timer);
        ask.signal?.removeEventListener("abort", stop);
      };
      const fail = (cause: Error & { code?: string }) => {
        end();
        if (cause instanceof HttpFailure) return reject(cause);
        if (ask.signal?.aborted)
          return reject(new HttpFailure("timeout", `${url.host}: no answer in the time there was`, { cause }));
        if (timedOut)
          return reject(new HttpFailure("timeout", `${url.host} did not answer within ${ask.timeoutMs} ms`, { cause }));
        // A kept connection may have been closed by the other side just now: that says nothing about the receiver.
        const stale = sent.reusedSocket && !answered && (cause.code === "ECONNRESET" || cause.code === "EPIPE");
        if (stale && again) return once(hop, ask, agent, left, false).then(resolve, reject);
        const what = answered ? "broke off its answer" : "did not answer";
        reject(new HttpFailure("lost", `${url.host} ${what}: ${cause.message || cause.code || cause.name}`, { cause }));
      };
      sent.on("error", fail);
      sent.on("response", (response) => {
        answered = true;
        read(response).then((body) => {
          end();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        }, fail);
      });
      sent.end(hop.body);
    });

  /** What a redirect asks for next; undefined where the answer is the last. */
  const next = (hop: Hop, reply: SendReply, ask: SendAsk): Hop | undefined => {
    const { location } = reply.headers;
    if (ask.followRedirects === false || !REDIRECTS.includes(reply.status) || location === undefined) return undefined;
    if (!URL.canParse(location, hop.url.href))
      throw new HttpFailure("refused", `${hop.url.host} redirects to what is no address`);
    const url = new URL(location, hop.url);
    // 301, 302 and 303 turn into a GET, as with Go and browsers.
    const keeps = reply.status === 307 || reply.status === 308 || hop.method === "GET";
    return { ...hop, url, method: keeps ? hop.method : "GET", body: keeps ? hop.body : "" };
  };

  const dressed = (hop: Hop, ask: SendAsk): Hop => {
    const { "Content-Type": type, ...others } = ask.headers;
    return {
      ...hop,
      headers: {
        ...others,
        ...(hop.url.host === ask.url.host && hop.url.protocol === ask.url.protocol ? ask.secretHeaders : {}),
        ...(hop.method === "GET"
          ? {}
          : { ...(type ? { "Content-Type": type } : {}), "Content-Length": Buffer.byteLength(hop.body) }),
        Host: hop.url.host,
      },
    };
  };

  return {
    send: async (ask) => {
      if (ask.signal?.aborted) throw new HttpFailure("timeout", `${ask.url.host}: no answer in the time there was`);
      const started = performance.now();
      let hop: Hop = { method: ask.method, url: ask.url, headers: {}, body: ask.body };
      for (let redirects = 0; ; redirects += 1) {
        const { protocol } = hop.url;
        if (protocol !== "http:" && protocol !== "https:")
          throw new HttpFailure("refused", `only http and https addresses are sent to, not ${protocol.slice(0, 20)}`);
        refuseLiteral(hop.url, judge);
        if (ask.connecting?.proxy) refuseLiteral(ask.connecting.proxy, judge);
        const left = Math.max(1, ask.timeoutMs - (performance.now() - started));
        const agent = kept.of(protocol === "https:", ask.connecting);
        const reply = await once(dressed(hop, ask), ask, agent, left, true);
        const following = next(hop, reply, ask);
        if (!following) return reply;
        if (redirects === MOST_REDIRECTS)
          throw new HttpFailure("lost", `${ask.url.host}: stopped after ${MOST_REDIRECTS} redirects`);
        hop = following;
      }
    },
    close: () => kept.close(),
  };
}
