import { readFileSync } from "node:fs";
import { type ClientRequest, Agent as HttpAgent, get as httpGet, type IncomingMessage } from "node:http";
import { type AgentOptions, Agent as HttpsAgent, get as httpsGet } from "node:https";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { HttpClientSettings, SecretText } from "../../shared/core/monitoring/settings.ts";
import { readEnvValue } from "../../shared/shell/secret-reference.ts";
import { type Keeping, lookUp } from "../run-env.ts";

/** What a GET has brought. */
export interface HttpBody {
  readonly contentType: string | undefined;
  /** Decompressed. */
  readonly body: Uint8Array;
}

export interface GetRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Real ms, for all of it. */
  readonly timeoutMs: number;
  /** Of the body, compressed and decompressed alike. */
  readonly maxBytes: number;
  /** Bytes that the body had last time: room for it is then made at once instead of piece by piece. */
  readonly sizeHint?: number;
  readonly signal?: AbortSignal;
}

/** Keeps connections open; one per `HttpClientSettings`. */
export interface HttpClient {
  /** Throws Error with a text for people: status, timeout, size, connection. */
  get(request: GetRequest): Promise<HttpBody>;
  close(): void;
}

/** As many redirects as Go's client follows. */
const MOST_REDIRECTS = 10;
/** Node's own size of a piece of decompressed data. */
const LEAST_CHUNK = 16_384;
const REDIRECTS = [301, 302, 303, 307, 308];
const inflate = promisify(gunzip);

/** The secret behind a reference; throws where there is none. Read each time, so that a rotated one is taken up. */
function secret(reference: SecretText, keeping: Keeping): string {
  const read = readEnvValue(reference);
  if (read.kind !== "reference") throw new Error("a secret of prometheus.yml is no reference");
  const found = lookUp(read.reference, keeping);
  if (!found.ok) throw new Error(found.why);
  return found.value;
}

function authorization(settings: HttpClientSettings, keeping: Keeping): string | undefined {
  const { basicAuth, authorization: bearer } = settings;
  if (basicAuth) {
    const user = basicAuth.userFrom === undefined ? (basicAuth.user ?? "") : secret(basicAuth.userFrom, keeping);
    const password = basicAuth.passwordFrom === undefined ? "" : secret(basicAuth.passwordFrom, keeping);
    return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }
  if (bearer?.credentialsFrom === undefined) return undefined;
  return `${bearer.type} ${secret(bearer.credentialsFrom, keeping)}`;
}

function tlsOptions(settings: HttpClientSettings, keeping: Keeping): AgentOptions {
  const { tls } = settings;
  const file = (path: string) => readFileSync(resolve(keeping.baseDir, path));
  return {
    ...(tls?.caFile === undefined ? {} : { ca: file(tls.caFile) }),
    ...(tls?.certFile === undefined ? {} : { cert: file(tls.certFile) }),
    ...(tls?.keyFile === undefined ? {} : { key: file(tls.keyFile) }),
    ...(tls?.serverName === undefined ? {} : { servername: tls.serverName }),
    ...(tls?.insecureSkipVerify ? { rejectUnauthorized: false } : {}),
  };
}

const aborted = (request: GetRequest) => request.signal?.reason ?? new Error("stopped");

export function httpClient(settings: HttpClientSettings, keeping: Keeping): HttpClient {
  const plain = new HttpAgent({ keepAlive: true });
  let secure: HttpsAgent | undefined;

  /** One request, until its response's head is there. */
  const ask = (url: URL, headers: Readonly<Record<string, string>>, deadline: AbortSignal, again: boolean) =>
    new Promise<IncomingMessage>((done, failed) => {
      const https = url.protocol === "https:";
      if (https) secure ??= new HttpsAgent({ keepAlive: true, ...tlsOptions(settings, keeping) });
      const options = { headers, signal: deadline };
      const request: ClientRequest = https
        ? httpsGet(url, { ...options, agent: secure }, done)
        : httpGet(url, { ...options, agent: plain }, done);
      request.on("error", (error: NodeJS.ErrnoException) => {
        // A kept connection may have been closed by the other side just now: that says nothing about the target.
        const stale = request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
        if (stale && again && !deadline.aborted) ask(url, headers, deadline, false).then(done, failed);
        else failed(error);
      });
    });

  const follow = async (request: GetRequest, deadline: AbortSignal): Promise<IncomingMessage> => {
    let url = new URL(request.url);
    const { host } = url;
    const auth = authorization(settings, keeping);
    for (let redirects = 0; ; redirects += 1) {
      // Credentials are for the host they were written for.
      const headers =
        auth !== undefined && url.host === host ? { ...request.headers, Authorization: auth } : request.headers;
      const response = await ask(url, headers, deadline, true);
      const { statusCode = 0, statusMessage = "" } = response;
      if (statusCode === 200) return response;
      response.resume();
      const { location } = response.headers;
      if (!settings.followRedirects || !REDIRECTS.includes(statusCode) || location === undefined)
        throw new Error(`server returned HTTP status ${statusCode} ${statusMessage}`.trimEnd());
      if (redirects === MOST_REDIRECTS) throw new Error(`stopped after ${MOST_REDIRECTS} redirects`);
      url = new URL(location, url);
      if (url.protocol !== "http:" && url.protocol !== "https:")
        throw new Error("redirected to something that is no HTTP");
    }
  };

  const read = async (response: IncomingMessage, { maxBytes, sizeHint = 0 }: GetRequest): Promise<Uint8Array> => {
    const tooLarge = () => new Error(`body size limit exceeded (limit: ${maxBytes} bytes)`);
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of response as AsyncIterable<Buffer>) {
      size += part.length;
      // Leaving the loop closes the connection: the rest is not read.
      if (size > maxBytes) throw tooLarge();
      parts.push(part);
    }
    if (!response.complete) throw new Error("the connection was closed before the end");
    const body = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, size);
    if (response.headers["content-encoding"]?.toLowerCase() !== "gzip") return body;
    try {
      // A small body may hold a huge one: it is cut where it gets too large.
      const chunkSize = Math.max(LEAST_CHUNK, sizeHint + (sizeHint >> 3));
      return await inflate(body, { maxOutputLength: maxBytes, chunkSize });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
      throw new Error(`the body is no gzip: ${(error as Error).message}`);
    }
  };

  return {
    get: async (request) => {
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), request.timeoutMs);
      const stop = () => deadline.abort();
      request.signal?.addEventListener("abort", stop, { once: true });
      try {
        const response = await follow(request, deadline.signal);
        const body = await read(response, request);
        return { contentType: response.headers["content-type"], body };
      } catch (error) {
        if (request.signal?.aborted) throw aborted(request);
        if (deadline.signal.aborted)
          throw new Error(`no whole answer within ${request.timeoutMs / 1000} s (deadline exceeded)`);
        throw error;
      } finally {
        clearTimeout(timer);
        request.signal?.removeEventListener("abort", stop);
      }
    },
    close: () => {
      plain.destroy();
      secure?.destroy();
    },
  };
}
