import { acted } from "../core/kernel/acted.ts";
import type { DecisionRecord, Outcome } from "../core/kernel/record.ts";
import type { DecisionQuery, Journal } from "../core/ports/journal.ts";
import {
  cursorPlace,
  DEFAULT_DECISIONS,
  type JournalEntry,
  type JournalPlace,
  MAX_DECISIONS,
  matches,
  placeCursor,
  recordText,
  withOutcomes,
} from "./journal-rules.ts";
import { compareUtf8, pageSize } from "./store-rules.ts";

/** A record as text, and beside it what a query asks for, so that only what is answered has to be read. */
interface Entry extends JournalEntry {
  readonly text: string;
  readonly outcomes: Map<string, string>;
}

interface Tenant {
  readonly byId: Map<string, Entry>;
  /** Oldest first. */
  readonly ordered: Entry[];
  readonly bySubject: Map<string, Entry[]>;
}

const before = (a: JournalPlace, b: JournalPlace): boolean =>
  a.at === b.at ? compareUtf8(a.id, b.id) < 0 : a.at < b.at;

/** Index of the first entry for which `reached` holds, where it holds for all that follow. */
function search(entries: readonly Entry[], reached: (entry: Entry) => boolean): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (reached(entries[middle] as Entry)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const position = (entries: readonly Entry[], place: JournalPlace): number =>
  search(entries, (entry) => !before(entry, place));

const insert = (entries: Entry[], entry: Entry): void => void entries.splice(position(entries, entry), 0, entry);

const read = (entry: Entry): DecisionRecord =>
  withOutcomes(
    entry.text,
    [...entry.outcomes.values()].map((text) => JSON.parse(text) as Outcome),
  );

/** Index after the newest entry that the query's `to` and cursor leave. */
function end(entries: readonly Entry[], { to, cursor }: DecisionQuery): number {
  const place = cursor === undefined ? undefined : cursorPlace(cursor);
  const byCursor = place === undefined ? entries.length : position(entries, place);
  return to === undefined
    ? byCursor
    : Math.min(
        byCursor,
        search(entries, (entry) => entry.at >= to),
      );
}

/** A journal that forgets: for tests and benches. */
export function memoryJournal(): Journal {
  const tenants = new Map<string, Tenant>();

  return {
    async append(record) {
      const text = recordText(record);
      const tenant = tenants.get(record.tenant) ?? { byId: new Map(), ordered: [], bySubject: new Map() };
      tenants.set(record.tenant, tenant);
      if (tenant.byId.has(record.id)) return;
      const { at, id, noun, subject, reason } = record;
      const entry: Entry = { at, id, noun, subject, reason, acted: acted(record), text, outcomes: new Map() };
      for (const outcome of record.outcomes)
        entry.outcomes.set(`${outcome.phase}/${outcome.at}`, JSON.stringify(outcome));
      const own = tenant.bySubject.get(subject) ?? [];
      tenant.bySubject.set(subject, own);
      tenant.byId.set(id, entry);
      insert(tenant.ordered, entry);
      insert(own, entry);
    },
    async outcome(tenant, id, outcome) {
      const entry = tenants.get(tenant)?.byId.get(id);
      const name = `${outcome.phase}/${outcome.at}`;
      if (entry && !entry.outcomes.has(name)) entry.outcomes.set(name, JSON.stringify(outcome));
    },
    async get(tenant, id) {
      const entry = tenants.get(tenant)?.byId.get(id);
      return entry && read(entry);
    },
    async list(query) {
      const limit = pageSize(query.limit, MAX_DECISIONS, DEFAULT_DECISIONS);
      const tenant = tenants.get(query.tenant);
      const entries = (query.subject === undefined ? tenant?.ordered : tenant?.bySubject.get(query.subject)) ?? [];
      const oldest = query.from ?? Number.NEGATIVE_INFINITY;
      const found: Entry[] = [];
      for (let index = end(entries, query) - 1; index >= 0 && found.length <= limit; index -= 1) {
        const entry = entries[index] as Entry;
        if (entry.at < oldest) break;
        if (matches(query, entry)) found.push(entry);
      }
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items: items.map(read), ...(last && found.length > limit ? { cursor: placeCursor(last) } : {}) };
    },
    async close() {},
  };
}
