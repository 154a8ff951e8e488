import type { lookup as lookupName } from "node:dns";
import type { IncomingMessage, RequestOptions } from "node:http";
import type { LookupFunction } from "node:net";
import type { DurationMs } from "../core/kernel/time.ts";
import { refusedAddress } from "./refused-address.ts";

export interface HttpAsk {
  readonly method: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Name look-up, connection, request and whole answer. */
  readonly timeoutMs: DurationMs;
  /** An answer that is longer is given up on while it arrives. */
  readonly maxBytes: number;
}

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

/** One request to an address that a person configured. Rejects with an Error whose message is a sentence; never follows redirects. */
export type Http = (ask: HttpAsk) => Promise<HttpReply>;

export interface HttpClientOptions {
  /** Loopback and link-local addresses may be reached. For a laptop; deployed, they are the doors to credentials. */
  readonly allowLocal: boolean;
}

/**
 * A request that ended without an answer, and whether it may have been carried out. `refused`: by a rule of ours, trying
 * again is useless. `lost`: the connection broke before anything of an answer came, as a kept-alive one does that the other side closed.
 */
export class HttpFailure extends Error {
  readonly kind: "refused" | "lost" | "timeout" | "too_large";

  constructor(kind: HttpFailure["kind"], message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = "HttpFailure";
    this.kind = kind;
  }
}

/** Why an address may not be reached; undefined where it may. */
export type AddressJudge = (address: string) => string | undefined;

/** Refuses a URL whose host is such an address itself: those are connected to without a look-up. Throws {@link HttpFailure}. */
export function refuseLiteral(url: URL, judge: AddressJudge = refusedAddress): void {
  const why = judge(url.hostname.replace(/^\[|\]$/g, ""));
  if (why) throw new HttpFailure("refused", `${url.host} is ${why}, which may not be reached from here`);
}

/** A look-up of names that fails where one of their addresses is refused: made at the moment of connecting, and once per connection. */
export function guardedLookup(lookup: typeof lookupName, judge: AddressJudge = refusedAddress): LookupFunction {
  return (host, how, done) =>
    lookup(host, how, (error, address, family) => {
      const addresses = Array.isArray(address) ? address.map((one) => one.address) : [address];
      const why = error ? undefined : addresses.map(judge).find((one) => one !== undefined);
      if (why) done(new HttpFailure("refused", `${host} leads to ${why}, which may not be reached from here`), "", 4);
      else done(error, address, family);
    });
}

/**
 * HTTP over node:http, which unlike fetch lets the address be judged that is really connected to: a name that points to
 * 169.254.169.254 is as bad as the number, and one that changes between two look-ups would pass any check made before.
 */
export function httpClient(options: HttpClientOptions): Http {
  return async (ask) => {
    const { url, timeoutMs } = ask;
    if (!options.allowLocal) refuseLiteral(url);
    const [{ request }, { lookup }] = await Promise.all([
      url.protocol === "https:" ? import("node:https") : import("node:http"),
      import("node:dns"),
    ]);
    const signal = AbortSignal.timeout(timeoutMs);
    const settings: RequestOptions = {
      method: ask.method,
      headers: { ...ask.headers, ...(ask.body === undefined ? {} : { "content-length": Buffer.byteLength(ask.body) }) },
      signal,
      ...(options.allowLocal ? {} : { lookup: guardedLookup(lookup) }),
    };
    return new Promise<HttpReply>((resolve, reject) => {
      let answered = false;
      const fail = (cause: unknown) => reject(failureOf(cause, signal, answered, ask));
      const sent = request(url, settings, (response) => {
        answered = true;
        read(response, ask.maxBytes).then(
          (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          fail,
        );
      });
      sent.on("error", fail);
      sent.end(ask.body);
    });
  };
}

function failureOf(cause: unknown, signal: AbortSignal, answered: boolean, { url, timeoutMs }: HttpAsk): HttpFailure {
  if (cause instanceof HttpFailure) return cause;
  if (signal.aborted) return new HttpFailure("timeout", `${url.host} did not answer within ${timeoutMs} ms`, { cause });
  const said = cause instanceof Error ? cause.message || cause.name : String(cause);
  const what = answered ? "broke off its answer" : "did not answer";
  return new HttpFailure("lost", `${url.host} ${what}: ${said}`, { cause });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    // Leaving the loop destroys the response, and with it the connection.
    if (bytes > maxBytes) throw new HttpFailure("too_large", `the answer has more than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
