import { lookup as dnsLookup } from "node:dns";
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { isThisMachine, refusedAddress } from "./refused-address.ts";

export interface GetLimits {
  /** Real ms for all of it: name, connection, answer and body. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  /** Whether this machine itself may be asked. Never where somebody else's configuration is carried out. */
  readonly loopback: boolean;
  /** Default: JSON. */
  readonly accept?: string;
  /** Host header, where it is not the address that is asked. */
  readonly host?: string;
  /** Only the head is of interest: the body is not read, whatever it is, and a redirect is as good a status as any. */
  readonly headOnly?: boolean;
}

/** The answer, or why there is none, as the end of a sentence: "nothing listens there". */
export type Got =
  | { readonly ok: true; readonly status: number; readonly type?: string; readonly text: string }
  | { readonly ok: false; readonly why: string };

const JSON_TYPES = "application/json, application/health+json;q=0.9";

/** Why an address must not be asked; undefined where it may. */
export function refused(address: string, loopback: boolean): string | undefined {
  const what = refusedAddress(address);
  if (what === undefined) return undefined;
  if (!isThisMachine(what)) return `${address} is ${what}, which is never asked`;
  return loopback ? undefined : `${address} is this machine itself, which is not asked`;
}

/** Looks a name up and refuses what it must not lead to; the connection is made to the very address that was checked. */
const guarded =
  (loopback: boolean): LookupFunction =>
  (name, options, done) => {
    dnsLookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, "", 0);
      const bad = addresses.map(({ address }) => refused(address, loopback)).find((why) => why !== undefined);
      const [first] = addresses;
      if (bad !== undefined || !first)
        return done(Object.assign(new Error(bad ?? "no address"), { refused: true }), "", 0);
      if (options.all) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it closed the connection",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name could not be looked up",
  EHOSTUNREACH: "it cannot be reached",
  ENETUNREACH: "it cannot be reached",
};

const wordsOf = (error: unknown): string => {
  const { code, message } = error as { readonly code?: string; readonly message?: string };
  return WORDS[code ?? ""] ?? message ?? String(error);
};

/**
 * One GET that can harm nobody: within a time, up to a size, to the address that was asked for and nowhere else (a redirect is
 * an answer, not a way), never to a link-local or metadata address. Never throws.
 */
export function limitedGet(
  url: URL,
  { timeoutMs, maxBytes, loopback, accept = JSON_TYPES, host: hostHeader, headOnly = false }: GetLimits,
): Promise<Got> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const bad = isIP(host) === 0 ? undefined : refused(host, loopback);
  if (bad !== undefined) return Promise.resolve({ ok: false, why: bad });
  return new Promise((resolve) => {
    let settled = false;
    const finish = (got: Got): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve(got);
      request.destroy();
    };
    const options: RequestOptions = {
      agent: false,
      lookup: guarded(loopback),
      headers: { accept, "user-agent": "headgate", ...(hostHeader === undefined ? {} : { host: hostHeader }) },
    };
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options, (response) =>
      headOnly ? finish({ ok: true, status: response.statusCode ?? 0, text: "" }) : read(response, maxBytes, finish),
    );
    const timer = setTimeout(() => finish({ ok: false, why: `no answer within ${timeoutMs} ms` }), timeoutMs);
    request.on("error", (error) => finish({ ok: false, why: wordsOf(error) }));
    request.end();
  });
}

/** Why the answer is not read at all, from its head. */
function unread({ statusCode = 0, headers }: IncomingMessage, maxBytes: number): string | undefined {
  if (statusCode >= 300 && statusCode < 400) return `it answered ${statusCode}; redirects are not followed`;
  const encoding = headers["content-encoding"];
  if (encoding !== undefined) return `it answered in ${encoding.slice(0, 40)}, which was not asked for`;
  return Number(headers["content-length"] ?? 0) > maxBytes ? tooLarge(maxBytes) : undefined;
}

const tooLarge = (maxBytes: number) => `its answer is larger than ${maxBytes} bytes`;

function read(response: IncomingMessage, maxBytes: number, finish: (got: Got) => void): void {
  const why = unread(response, maxBytes);
  if (why !== undefined) {
    finish({ ok: false, why });
    return;
  }
  const parts: Buffer[] = [];
  let bytes = 0;
  response.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes > maxBytes) finish({ ok: false, why: tooLarge(maxBytes) });
    else parts.push(part);
  });
  response.on("end", () => {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(parts));
      const type = response.headers["content-type"];
      finish({ ok: true, status: response.statusCode ?? 0, ...(type === undefined ? {} : { type }), text });
    } catch {
      finish({ ok: false, why: "its answer is not text" });
    }
  });
  response.on("aborted", () => finish({ ok: false, why: "its answer broke off" }));
}
