import type { Day } from "../../shared/core/cost/day.ts";
import { add } from "../../shared/core/cost/decimal.ts";
import { leastSure, lookUp, unanswered } from "../../shared/core/cost/sources/look-up.ts";
import type { NamedSource } from "../../shared/core/cost/sources/names.ts";
import type { BillDay, SourceState } from "../../shared/core/cost/types.ts";
import { type BillPlace, readIndex } from "./bill-store.ts";
import { refreshExplorer } from "./collect-explorer.ts";
import { refreshFiles } from "./collect-files.ts";
import { pricedDays } from "./collect-prices.ts";
import { sampleDaysOf } from "./collect-sample.ts";
import type { CostWork } from "./context.ts";
import { daysOnce, keptPiece, overlapsOf, type SourceDays } from "./days.ts";
import { importedSources } from "./imported.ts";
import { inTurn } from "./in-turn.ts";
import { priceOf } from "./paid-requests.ts";
import type { CollectNote, Refreshed } from "./refreshed.ts";

export type { CollectNote } from "./refreshed.ts";

export interface CollectAsk {
  /** Both included. Absent: the first and the last day that is kept. */
  readonly from?: Day;
  readonly to?: Day;
  /** `due`: sources are asked for what is missing or may have changed since. `never`: only what is kept; nothing is paid. Default `due`. */
  readonly refresh?: "due" | "never";
  /** Only these sources, by name. */
  readonly only?: readonly string[];
}

export interface Collected {
  /**
   * By day, and in the order of the sources within one. A day of many charges comes in several pieces that follow each other (same source and day), so that
   * memory stays bounded; a day that a source covers and that has no charge comes with none. What an earlier source bills already is left out.
   */
  readonly days: AsyncIterable<BillDay>;
  /** In the order of the configuration; imports that it does not name behind. */
  readonly sources: readonly SourceState[];
  readonly notes: readonly CollectNote[];
}

interface Asked extends SourceDays {
  readonly state: SourceState;
  readonly notes: readonly CollectNote[];
}

const QUIET: Refreshed = { requests: 0, notes: [] };

/**
 * All bills of the span, each charge once. One source that does not answer is told in its state and harms no other.
 *
 * @throws those of the object store; what a source has done wrong is in its state
 */
export async function collectBills(work: CostWork, ask: CollectAsk = {}): Promise<Collected> {
  const wanted = ({ name }: { readonly name: string }) => ask.only === undefined || ask.only.includes(name);
  const asked: Asked[] = [];
  for (const source of work.sources.filter(wanted)) asked.push(await askSource(work, source, ask));
  const imported = (await importedSources(work)).map((name) => ({ name })).filter(wanted);
  for (const { name } of imported) asked.push(await kept(work, name, ask, QUIET));
  const overlaps = overlapsOf(asked).map(({ source, by, days }): CollectNote => {
    const when = days.length === 1 ? `on ${days[0]}` : `on ${days.length} days (${days[0]} to ${days.at(-1)})`;
    const text = `${source} and ${[...by].join(", ")} bill the same accounts ${when}; what ${[...by].join(", ")} says is counted`;
    return { kind: "overlap", source, text };
  });
  return {
    days: daysOnce(asked),
    sources: asked.map(({ state }) => state),
    notes: [...asked.flatMap(({ notes }) => notes), ...overlaps],
  };
}

async function askSource(work: CostWork, { name, source }: NamedSource, ask: CollectAsk): Promise<Asked> {
  if ("sample" in source) return made(name, "made_up", sampleDaysOf(work, name, source.sample, ask));
  if ("prices" in source) {
    const { days, notes, trouble } = await pricedDays(work, name, source, ask);
    return { ...made(name, "priced", days, trouble), notes };
  }
  return kept(
    work,
    name,
    ask,
    ask.refresh === "never" ? QUIET : await inTurn(work, name, () => refresh(work, name, source, ask)),
  );
}

const refresh = (work: CostWork, name: string, source: NamedSource["source"], ask: CollectAsk): Promise<Refreshed> => {
  if ("costExplorer" in source) return refreshExplorer(work, name, source.costExplorer, ask);
  if ("cur" in source) return refreshFiles(work, name, source.cur, "cur", source.region);
  if ("focus" in source) return refreshFiles(work, name, source.focus, "focus", source.region);
  return Promise.resolve(QUIET);
};

/** What is kept of a source, and how asking it went. */
async function kept(work: CostWork, name: string, ask: CollectAsk, refreshed: Refreshed): Promise<Asked> {
  const place: BillPlace = { runtime: work.runtime, prefix: work.prefix, source: name };
  const index = await readIndex(place);
  const found = lookUp(index, ask.from, ask.to);
  const silent = unanswered(index, ask.from, ask.to);
  const days = new Map([...found].map(([day, all]) => [day, all.map((one) => keptPiece(place, one))] as const));
  const { requests } = refreshed;
  const silence =
    silent.length === 0 ? undefined : `${name} said nothing about ${silent.length} days from ${silent[0]} on`;
  // No answer at all is trouble; with some, it is a gap.
  const trouble =
    refreshed.trouble ??
    (silence !== undefined && found.size === 0 ? { status: "unavailable" as const, why: silence } : undefined);
  const notes =
    silence === undefined
      ? refreshed.notes
      : [...refreshed.notes, { kind: "limited" as const, source: name, text: silence }];
  const { scanned } = refreshed;
  const asking = {
    requests,
    ...(scanned ? { scannedBytes: scanned.bytes } : {}),
    paid: scanned ? add(priceOf(requests), scanned.paid) : priceOf(requests),
  };
  const all = [...found.values()].flat();
  const finality = leastSure(all.map(({ stored }) => stored.finality));
  const some = all.some(({ stored }) => stored.rows > 0);
  const through = [...found.keys()].at(-1);
  const state: SourceState = trouble
    ? { source: name, status: trouble.status, why: trouble.why, ...asking }
    : some && finality !== undefined
      ? { source: name, status: "read", finality, ...(through === undefined ? {} : { through }), ...asking }
      : { source: name, status: "none", ...asking };
  return { name, days, state, notes };
}

function made(
  name: string,
  finality: "made_up" | "priced",
  days: SourceDays["days"],
  trouble?: Refreshed["trouble"],
): Asked {
  const paid = priceOf(0);
  const through = [...days.keys()].at(-1);
  const state: SourceState = trouble
    ? { source: name, status: trouble.status, why: trouble.why, requests: 0, paid }
    : through === undefined
      ? { source: name, status: "none", requests: 0, paid }
      : { source: name, status: "read", finality, through, requests: 0, paid };
  return { name, days, state, notes: [] };
}
