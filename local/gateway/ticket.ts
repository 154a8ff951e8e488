import type { IncomingMessage } from "node:http";
import type { Ask } from "./ask.ts";
import type { BreakerTicket } from "./breakers.ts";
import type { Upstream } from "./upstream.ts";

/** What a request is chosen a backend by, and what is written about it at its end. */
export interface Ticket {
  readonly ask: Ask;
  readonly incoming: IncomingMessage;
  /** Tries so far. */
  tries: number;
  tried: Upstream[] | undefined;
  admission: BreakerTicket | undefined;
  /** xxHash64 of its key, as two halves; `hashed` false: it has none. */
  hashed: boolean;
  hashHigh: number;
  hashLow: number;
  /** Cookie that keeps the client with its backend, to be set with the answer. */
  cookie: string | undefined;
  tags: readonly string[] | undefined;
  match: Readonly<Record<string, string>> | undefined;
  /** Id of the backend that was asked last. */
  backend: string;
  /** Of the answer's body. */
  bytes: number;
}

export function newTicket(ask: Ask, incoming: IncomingMessage): Ticket {
  return {
    ask,
    incoming,
    tries: 0,
    tried: undefined,
    admission: undefined,
    hashed: false,
    hashHigh: 0,
    hashLow: 0,
    cookie: undefined,
    tags: undefined,
    match: undefined,
    backend: "",
    bytes: 0,
  };
}
