import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { TrafficCounts } from "./counts.ts";
import type { Exchange } from "./exchange.ts";
import type { Members } from "./members.ts";
import type { Ticket } from "./ticket.ts";
import type { WaitingRoom } from "./waiting.ts";

/** What the requests of one gateway share. */
export interface GatewayCore {
  readonly service: string;
  traffic: TrafficConfig;
  readonly counts: TrafficCounts;
  readonly members: Members;
  readonly room: WaitingRoom;
  readonly random: () => number;
  closing: boolean;
  /** Retries beyond the budget that what went well has earned; see `earn`. */
  reserve: number;
  /** So many requests are on their way that the next one has to wait. */
  full(): boolean;
  /** Something came free: those who wait may find it. */
  wake(): void;
  enlist(exchange: Exchange): void;
  delist(exchange: Exchange): void;
  finished(ticket: Ticket, status: number, ms: number): void;
}
