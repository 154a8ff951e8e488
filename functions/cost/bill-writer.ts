import type { Day } from "../../shared/core/cost/day.ts";
import type { StoredDay, StoredExport } from "../../shared/core/cost/sources/bill-index.ts";
import { claimOf, fewClaims } from "../../shared/core/cost/sources/claims.ts";
import { chargeHash, type Fold, fold, merged, mergeKey } from "../../shared/core/cost/sources/merge.ts";
import { spanOf, tellsSpan } from "../../shared/core/cost/sources/span.ts";
import type { Charge, Finality } from "../../shared/core/cost/types.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { bounded } from "../bounded.ts";
import { type BillPlace, partKey, writePart } from "./bill-store.ts";

/** Charges that wait to be written, of all days together: about 50 MB. */
const WAITING = 40_000;
/** Objects that are written at the same time. */
const AT_ONCE = 8;
/** Charges of one object. */
const PART = 5_000;

export interface DraftAsk {
  readonly name: string;
  readonly slot?: string;
  readonly at: Millis;
  readonly finality: (day: Day) => Finality;
  /** The month it says everything about, up to a day. */
  readonly whole?: { readonly month: string; readonly until: Day };
  /** Days it is about, where that is known better than by its charges. */
  readonly days?: readonly Day[];
  /** Of which accounts it speaks, where its charges do not say. */
  readonly claims?: readonly string[];
}

export interface BillWriter {
  /** Takes charges of any days, in any order. */
  readonly add: (charges: readonly Charge[]) => Promise<void>;
  /** Writes what is left and says what was written; nothing counts before the index names it. */
  readonly finish: (ask: DraftAsk) => Promise<StoredExport>;
  /** Takes away what was written. */
  readonly abandon: () => Promise<void>;
  readonly rows: () => number;
}

interface DayRoom {
  readonly charges: Map<string, Charge>;
  /** Charges that tell the span, and the others. */
  readonly usage: Fold;
  readonly others: Fold;
  readonly parts: string[];
}

/** Writes charges of one export by day, in bounded memory; those that differ in nothing but time become one. */
export function billWriter(place: BillPlace, at: Millis): BillWriter {
  const id = timeId("bil", at, place.runtime.random);
  const days = new Map<Day, DayRoom>();
  const claims = new Set<string>();
  const all = fold();
  const written: string[] = [];
  let waiting = 0;

  const roomOf = (day: Day): DayRoom => {
    const known = days.get(day);
    if (known) return known;
    const made: DayRoom = { charges: new Map(), usage: fold(), others: fold(), parts: [] };
    days.set(day, made);
    return made;
  };
  const flush = async (day: Day, room: DayRoom): Promise<void> => {
    const charges = [...room.charges.values()];
    room.charges.clear();
    waiting -= charges.length;
    for (let from = 0; from < charges.length; from += PART) {
      const part = `${day}/${id}-${room.parts.length}.json.zst`;
      written.push(part);
      room.parts.push(part);
      await writePart(place, part, charges.slice(from, from + PART));
    }
  };
  const makeRoom = async (): Promise<void> => {
    // The fullest days first: a file in order of time fills one after the other, and none is written in crumbs.
    const fullest = [...days].sort(([, a], [, b]) => b.charges.size - a.charges.size);
    for (const [day, room] of fullest) {
      if (waiting <= WAITING / 2) return;
      await flush(day, room);
    }
  };

  return {
    add: async (charges) => {
      for (const charge of charges) {
        const room = roomOf(charge.day);
        const key = mergeKey(charge);
        const hash = chargeHash(charge, key);
        all.add(hash);
        (tellsSpan(charge) ? room.usage : room.others).add(hash);
        claims.add(claimOf(charge));
        const known = room.charges.get(key);
        if (known) room.charges.set(key, merged(known, charge));
        else {
          room.charges.set(key, charge);
          waiting += 1;
          if (waiting >= WAITING) await makeRoom();
        }
      }
    },
    finish: async (ask) => {
      await bounded([...days], AT_ONCE, ([day, room]) => flush(day, room));
      return draftOf(ask, id, days, all, ask.claims ?? fewClaims(claims));
    },
    abandon: async () => {
      for (const part of written) await place.runtime.objects.remove(partKey(place, part)).catch(() => undefined);
    },
    rows: all.count,
  };
}

function draftOf(
  ask: DraftAsk,
  id: string,
  rooms: ReadonlyMap<Day, DayRoom>,
  all: Fold,
  claims: readonly string[],
): StoredExport {
  const usage = [...rooms].filter(([, room]) => room.usage.count() > 0).map(([day]) => day);
  // A file of purchases and credits alone is about the days it names.
  const telling = usage.length === 0 && !ask.whole ? [...rooms.keys()] : usage;
  const span = ask.days ? new Set(ask.days) : spanOf(telling, ask.whole);
  const days: Record<Day, StoredDay> = {};
  for (const day of [...new Set([...span, ...rooms.keys()])].sort()) {
    const room = rooms.get(day);
    days[day] = {
      lane: span.has(day) ? "usage" : "late",
      finality: ask.finality(day),
      revision: room ? `${room.usage.result()}${room.others.count() === 0 ? "" : `+${room.others.result()}`}` : "none",
      rows: room ? room.usage.count() + room.others.count() : 0,
      parts: room?.parts ?? [],
    };
  }
  const slot = ask.slot === undefined ? {} : { slot: ask.slot };
  return { id, name: ask.name, ...slot, at: ask.at, digest: all.result(), claims, days };
}
