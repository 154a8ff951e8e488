import type { Day } from "../../shared/core/cost/day.ts";
import { claimOf, sameClaim } from "../../shared/core/cost/sources/claims.ts";
import type { FoundDay } from "../../shared/core/cost/sources/look-up.ts";
import type { BillDay, Charge } from "../../shared/core/cost/types.ts";
import { type BillPlace, readPart } from "./bill-store.ts";

/** What one source has for a span: kept in the object store, or made when it is asked for. */
export interface SourceDays {
  readonly name: string;
  readonly days: ReadonlyMap<Day, readonly SourcePiece[]>;
}

/** Charges of one day, and whose they are. */
export interface SourcePiece {
  readonly day: Day;
  readonly claims: readonly string[];
  /** It says all there is of the day for these accounts; corrections that fall on it do not. */
  readonly whole: boolean;
  readonly head: Omit<BillDay, "charges">;
  readonly charges: () => AsyncIterable<readonly Charge[]> | Iterable<readonly Charge[]>;
  /** Begins to read, for who will soon want it. */
  readonly warm?: () => void;
}

/** What is kept of a day, as a piece; nothing is read yet. */
export function keptPiece(place: BillPlace, { from, day, stored }: FoundDay): SourcePiece {
  let first: Promise<readonly Charge[]> | undefined;
  const [part] = stored.parts;
  return {
    ...{ day, claims: from.claims, whole: stored.lane === "usage" },
    head: { v: 1, source: place.source, day, finality: stored.finality, at: from.at, revision: stored.revision },
    charges: async function* () {
      for (const [at, one] of stored.parts.entries()) {
        const begun = at === 0 ? first : undefined;
        // Held no longer than it is waited for: days that were read are not kept in memory.
        first = undefined;
        yield await (begun ?? readPart(place, one, day));
      }
    },
    warm: () => {
      if (first || part === undefined) return;
      first = readPart(place, part, day);
      first.catch(() => undefined);
    },
  };
}

/** Days on which a source was left out, wholly or in part, because earlier ones bill the same. */
export interface Overlap {
  readonly source: string;
  readonly by: ReadonlySet<string>;
  readonly days: readonly Day[];
}

/** Claims that earlier sources of the configuration have on a day, by source. */
type Claimed = readonly (readonly [string, readonly string[]])[];

const takenBy = (claim: string, claimed: Claimed): string | undefined =>
  claimed.find(([, claims]) => claims.some((one) => sameClaim(one, claim)))?.[0];

/** Where sources bill the same thing on the same day: the earlier one in the configuration counts. */
export function overlapsOf(sources: readonly SourceDays[]): readonly Overlap[] {
  return sources.flatMap((source, at) => {
    const by = new Set<string>();
    const days: Day[] = [];
    for (const [day, pieces] of source.days) {
      const claimed = claimedBefore(sources.slice(0, at), day);
      const others = pieces.flatMap(({ claims }) => claims.flatMap((claim) => takenBy(claim, claimed) ?? []));
      if (others.length === 0) continue;
      for (const other of others) by.add(other);
      days.push(day);
    }
    return days.length === 0 ? [] : [{ source: source.name, by, days }];
  });
}

const claimedBefore = (sources: readonly SourceDays[], day: Day): Claimed =>
  sources.flatMap(({ name, days }) => {
    const claims = (days.get(day) ?? []).flatMap((piece) => (piece.whole ? piece.claims : []));
    return claims.length === 0 ? [] : [[name, claims] as const];
  });

/** Pieces whose reading is begun before they are wanted: a store far away takes longer to answer than to be summed. */
const AHEAD = 3;

/** Every charge of the sources once, by day and in the order of the sources. */
export async function* daysOnce(sources: readonly SourceDays[]): AsyncGenerator<BillDay> {
  const days = [...new Set(sources.flatMap((source) => [...source.days.keys()]))].sort();
  const wanted = days.flatMap((day) =>
    sources.flatMap((source, at) => {
      const claimed = claimedBefore(sources.slice(0, at), day);
      return (source.days.get(day) ?? []).flatMap((piece) => {
        const taken = piece.claims.filter((claim) => takenBy(claim, claimed) !== undefined);
        return piece.claims.length > 0 && taken.length === piece.claims.length
          ? []
          : [{ piece, claimed: taken.length === 0 ? [] : claimed }];
      });
    }),
  );
  for (const [at, { piece, claimed }] of wanted.entries()) {
    for (const next of wanted.slice(at, at + AHEAD)) next.piece.warm?.();
    yield* pieceOnce(piece, claimed);
  }
}

async function* pieceOnce({ head, charges }: SourcePiece, claimed: Claimed): AsyncGenerator<BillDay> {
  let told = false;
  for await (const some of charges()) {
    const left = claimed.length === 0 ? some : some.filter((one) => takenBy(claimOf(one), claimed) === undefined);
    if (left.length === 0) continue;
    told = true;
    yield { ...head, charges: left };
  }
  // A day that is covered and costs nothing is an answer.
  if (!told) yield { ...head, charges: [] };
}
