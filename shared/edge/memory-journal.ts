import type { Outcome } from "../core/kernel/record.ts";
import type { Journal } from "../core/ports/journal.ts";
import {
  cursorPlace,
  DEFAULT_DECISIONS,
  type JournalPlace,
  MAX_DECISIONS,
  matches,
  placeCursor,
  recordText,
  withOutcomes,
} from "./journal-rules.ts";
import { compareUtf8, pageSize } from "./store-rules.ts";

interface Entry extends JournalPlace {
  readonly text: string;
  readonly outcomes: Map<string, string>;
}

const before = (a: JournalPlace, b: JournalPlace): boolean =>
  a.at === b.at ? compareUtf8(a.id, b.id) < 0 : a.at < b.at;

/** Index of the first entry that is not before `place`, in ascending order. */
function position(entries: readonly Entry[], place: JournalPlace): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (before(entries[middle] as Entry, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const read = (entry: Entry) =>
  withOutcomes(
    entry.text,
    [...entry.outcomes.values()].map((text) => JSON.parse(text) as Outcome),
  );

/** A journal that forgets: for tests. */
export function memoryJournal(): Journal {
  const tenants = new Map<string, { byId: Map<string, Entry>; ordered: Entry[] }>();

  return {
    async append(record) {
      const text = recordText(record);
      const tenant = tenants.get(record.tenant) ?? { byId: new Map(), ordered: [] };
      tenants.set(record.tenant, tenant);
      if (tenant.byId.has(record.id)) return;
      const entry: Entry = { at: record.at, id: record.id, text, outcomes: new Map() };
      for (const outcome of record.outcomes)
        entry.outcomes.set(`${outcome.phase}/${outcome.at}`, JSON.stringify(outcome));
      tenant.byId.set(record.id, entry);
      tenant.ordered.splice(position(tenant.ordered, entry), 0, entry);
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
      const ordered = tenants.get(query.tenant)?.ordered ?? [];
      const place = query.cursor === undefined ? undefined : cursorPlace(query.cursor);
      const found = [];
      for (
        let index = (place ? position(ordered, place) : ordered.length) - 1;
        index >= 0 && found.length <= limit;
        index -= 1
      ) {
        const record = read(ordered[index] as Entry);
        if (matches(query, record)) found.push(record);
      }
      const items = found.slice(0, limit);
      const last = items.at(-1);
      return { items, ...(last && found.length > limit ? { cursor: placeCursor(last) } : {}) };
    },
    async close() {},
  };
}
