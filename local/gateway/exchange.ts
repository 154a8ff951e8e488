import type { IncomingMessage, ServerResponse } from "node:http";
import type { GatewayCore } from "./core.ts";
import type { Link, LinkUser } from "./link.ts";
import type { Ticket } from "./ticket.ts";
import type { Upstream } from "./upstream.ts";

/** One request from its arrival to its end, with all its tries. */
export interface Exchange extends LinkUser, Ticket {
  readonly core: GatewayCore;
  readonly outgoing: ServerResponse;
  /** Real monotonic ms. */
  readonly arrivedAt: number;
  tryAt: number;
  upstream: Upstream | undefined;
  link: Link | undefined;
  /** Parts of the body that were sent, while they are few enough to be sent again. */
  sent: Buffer[] | undefined;
  sentBytes: number;
  /** The client has sent all of it. */
  complete: boolean;
  /** When it had, real monotonic ms: a backend's time begins no earlier. */
  completeAt: number;
  /** Something of the body went to a backend. */
  bodyUsed: boolean;
  /** The client's body is being read. */
  pumping: boolean;
  /** What is read goes to the connection of this try. */
  flowing: boolean;
  /** A try is on its way, and counted so. */
  trying: boolean;
  continued: boolean;
  trailers: readonly string[];
  leave: (() => void) | undefined;
  timer: NodeJS.Timeout | undefined;
  retrying: boolean;
  /** Position in the list of what is on its way; −1: not there. */
  slot: number;
  status: number;
  over: boolean;
  /** Whether the answer goes out in chunks, so that trailers can follow. */
  chunked: boolean;
}

/** Node's objects, with the way back to the exchange they belong to. */
export type Held = ServerResponse & { exchange?: Exchange };
export type HeldIncoming = IncomingMessage & { exchange?: Exchange };
