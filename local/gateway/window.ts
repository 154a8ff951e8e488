import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { RecordedRequest } from "../../shared/shell/gateway-look.ts";
import { since } from "../histogram.ts";
import type { TrafficCounts } from "./counts.ts";
import type { Members } from "./members.ts";
import type { Ticket } from "./ticket.ts";
import type { Upstream } from "./upstream.ts";

/** What happened lately. */
export interface Lately {
  readonly requests: number;
  readonly latency: readonly number[];
  of(upstream: Upstream): { readonly requests: number; readonly latency: readonly number[] };
}

/** Remembers the last minute of each backend, and the last requests. */
export interface LookWindow {
  /** Of the gateway's clock. */
  readonly windowMs: DurationMs;
  ended(ticket: Ticket, status: number, ms: number): void;
  read(): Lately;
  recent(): readonly RecordedRequest[];
}

const WINDOW_MS = 60_000;
const SLICES = 6;
/** As many requests are remembered, for replaying a policy over them. */
const KEPT = 4096;

interface Mark {
  readonly requests: number;
  readonly latency: readonly number[];
}

interface Slice {
  readonly at: Millis;
  readonly all: readonly number[];
  readonly marks: ReadonlyMap<Upstream, Mark>;
}

const hex = (half: number): string => half.toString(16).padStart(8, "0");

/** Whole counts are remembered at the beginning of each slice; what is asked for is the difference. */
export function lookWindow(pool: Members, counts: TrafficCounts, now: () => Millis): LookWindow {
  // It begins with nothing counted: what came before the first turn is lately as well.
  const slices: Slice[] = [{ at: now(), all: [], marks: new Map() }];
  const at = new Float64Array(KEPT);
  const took = new Float32Array(KEPT);
  const statuses = new Uint16Array(KEPT);
  const highs = new Uint32Array(KEPT);
  const lows = new Uint32Array(KEPT);
  const hashed = new Uint8Array(KEPT);
  const backends: string[] = [];
  const tags: Ticket["tags"][] = [];
  const matches: Ticket["match"][] = [];
  let ends = 0;
  let nextAt = now() + WINDOW_MS / SLICES;

  const turn = (instant: Millis) => {
    if (instant < nextAt) return;
    const marks = new Map<Upstream, Mark>();
    for (const one of pool.all())
      if (one.requests > 0) marks.set(one, { requests: one.requests, latency: one.latency.counts() });
    slices.push({ at: instant, all: counts.latency.counts(), marks });
    while ((slices[1]?.at ?? instant) <= instant - WINDOW_MS && slices.length > 1) slices.shift();
    nextAt = instant + WINDOW_MS / SLICES;
  };

  return {
    windowMs: WINDOW_MS,
    ended: (ticket, status, ms) => {
      const instant = now();
      turn(instant);
      const slot = ends++ % KEPT;
      at[slot] = instant;
      took[slot] = ms;
      statuses[slot] = status;
      highs[slot] = ticket.hashHigh;
      lows[slot] = ticket.hashLow;
      hashed[slot] = ticket.hashed ? 1 : 0;
      backends[slot] = ticket.backend;
      tags[slot] = ticket.tags;
      matches[slot] = ticket.match;
    },
    read: () => {
      turn(now());
      const first = slices[0];
      const of = (upstream: Upstream): Mark => {
        const mark = first?.marks.get(upstream);
        const latency = upstream.latency.counts();
        return mark
          ? { requests: upstream.requests - mark.requests, latency: since(latency, mark.latency) }
          : { requests: upstream.requests, latency };
      };
      const requests = pool.all().reduce((sum, one) => sum + of(one).requests, 0);
      return { requests, latency: since(counts.latency.counts(), first?.all ?? []), of };
    },
    recent: () => {
      const found: RecordedRequest[] = [];
      for (let end = Math.max(0, ends - KEPT); end < ends; end++) {
        const slot = end % KEPT;
        const backend = backends[slot];
        found.push({
          at: at[slot] as number,
          ms: took[slot] as number,
          status: statuses[slot] as number,
          ...(hashed[slot] === 1 ? { key: hex(highs[slot] as number) + hex(lows[slot] as number) } : {}),
          ...(backend ? { backend } : {}),
          ...(tags[slot] ? { tags: tags[slot] } : {}),
          ...(matches[slot] ? { match: matches[slot] } : {}),
        });
      }
      return found;
    },
  };
}
