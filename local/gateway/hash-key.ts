import { randomUUID } from "node:crypto";
import { hashText } from "../../shared/core/traffic/hash/xxhash64.ts";
import type { TrafficConfig } from "../../shared/core/traffic/section.ts";
import type { PickRequest } from "../../shared/core/traffic/types.ts";
import type { AskedRequest } from "../../shared/shell/gateway-look.ts";
import { Kind } from "./header-kinds.ts";
import type { Ticket } from "./ticket.ts";

/** Header that names the data a request is about, for `data_locality_aware`: "tag-a, tag-b". */
export const TAGS_HEADER = "x-data-affinity-tags";
const SUBSET_HEADER = "x-subset-";

/** What of a request its backend is chosen by. */
export interface HashKeys {
  /** Headers whose values are needed, with the kinds they are to be given. */
  readonly headers: Readonly<Record<string, number>>;
  /** Sets the ticket's hash, tags and subset. */
  apply(ticket: Ticket): void;
  /** The same for a request that is only asked about. */
  asked(request: AskedRequest): Omit<PickRequest, "at">;
}

export function hashKeys(traffic: TrafficConfig): HashKeys {
  const headers: Record<string, number> = {};
  let next: number = Kind.extra;
  const want = (name: string): number => (headers[name.toLowerCase()] ??= next++);
  const sources = traffic.hash.map((by) => {
    if (by === "path") return (ticket: Ticket) => pathOf(ticket.ask.path);
    if (by === "source") return ({ incoming }: Ticket) => incoming.socket.remoteAddress;
    const { header, cookie, query, ttl } = by;
    if (header !== undefined) {
      const kind = want(header);
      return ({ ask, incoming }: Ticket) => ask.extra?.[kind] ?? ownHeader(incoming.headers, header);
    }
    if (query !== undefined) return ({ ask }: Ticket) => queryOf(ask.path, query);
    if (cookie === undefined) return () => undefined;
    const kind = want("cookie");
    return (ticket: Ticket) => {
      const known = cookieOf(ticket.ask.extra?.[kind], cookie);
      if (known !== undefined || ttl === undefined) return known;
      const made = randomUUID();
      // 0 is a cookie of the session.
      const age = ttl === 0 ? "" : `; Max-Age=${Math.ceil(ttl / 1000)}`;
      ticket.cookie = `${cookie}=${made}${age}; Path=/; HttpOnly; SameSite=Lax`;
      return made;
    };
  });
  const tags = traffic.balance.policy === "data_locality_aware" ? want(TAGS_HEADER) : -1;
  const subsets = (traffic.subsets?.keys ?? []).map((key) => [key, want(`${SUBSET_HEADER}${key}`)] as const);

  return {
    headers,
    apply: (ticket) => {
      for (const source of sources) {
        const value = source(ticket);
        if (value === undefined || value === "") continue;
        hashText(value, ticket);
        ticket.hashed = true;
        break;
      }
      const { extra } = ticket.ask;
      if (!extra) return;
      const named = tags < 0 ? undefined : extra[tags];
      if (named !== undefined) ticket.tags = listOf(named);
      for (const [key, kind] of subsets) {
        const value = extra[kind];
        if (value !== undefined) ticket.match = { ...ticket.match, [key]: value };
      }
    },
    asked: ({ key, tags, match }) => {
      const request: Omit<PickRequest, "at"> = { hashed: key !== undefined, hashHigh: 0, hashLow: 0, tags, match };
      if (key !== undefined) hashText(key, request);
      return request;
    },
  };
}

const ownHeader = (headers: Readonly<Record<string, string | string[] | undefined>>, name: string) => {
  const value = headers[name.toLowerCase()];
  return typeof value === "string" ? value : value?.[0];
};

const listOf = (text: string): string[] =>
  text
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");

const pathOf = (path: string): string => {
  const query = path.indexOf("?");
  return query < 0 ? path : path.slice(0, query);
};

function queryOf(path: string, name: string): string | undefined {
  const query = path.indexOf("?");
  return query < 0 ? undefined : (new URLSearchParams(path.slice(query + 1)).get(name) ?? undefined);
}

/** Value of a cookie (RFC 6265 §4.2.1), quotes taken off. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return undefined;
}
