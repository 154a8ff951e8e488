import type { ChangeProof } from "../../shared/core/cost/change/types.ts";
import { addDays, type Day, dayOf } from "../../shared/core/cost/day.ts";
import { decimal, fromNumber, round, text, toNumber } from "../../shared/core/cost/decimal.ts";
import { type Ledger, ledger } from "../../shared/core/cost/forecast/ledger.ts";
import { MOST_AFTER, prove } from "../../shared/core/cost/proof/prove.ts";
import { type Touches, touches } from "../../shared/core/cost/proof/scope.ts";
import { runningTotal, type Savings } from "../../shared/core/cost/proof/total.ts";
import type { Proof, ProofChange, ProofDay } from "../../shared/core/cost/proof/types.ts";
import { proofText } from "../../shared/core/cost/proof/words.ts";
import type { SourceState } from "../../shared/core/cost/types.ts";
import { sameJson } from "../../shared/core/kernel/json.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { arnsOf } from "./allocate.ts";
import { keepProof } from "./change.ts";
import { type KeptChange, listChanges } from "./change-store.ts";
import { collectBills } from "./collect.ts";
import type { CostWork } from "./context.ts";
import { loadOf } from "./proof-load.ts";
import { refuseMixed, troublesOf } from "./standing.ts";
import "../shared-parts.ts";

/** One change and what the bills say of it. */
export interface ProvenChange {
  readonly id: string;
  /** What was promised, as a sentence. */
  readonly text: string;
  readonly promisedPerMonth?: string;
  readonly currency: string;
  readonly applied: Day;
  readonly reverted?: Day;
  readonly proof: Proof;
  /** What the proof says, as a sentence. */
  readonly says: string;
  /** Whether charges were compared that the bill names for it, or all of what it is part of; `none`: the bill has neither. */
  readonly scope: "exact" | "wide" | "none";
}

export interface ProvenAnswer {
  readonly currency: string;
  readonly items: readonly ProvenChange[];
  readonly total: Savings;
  readonly notes: readonly string[];
  readonly sources: readonly SourceState[];
}

/** What is compared with lies so long before a change at the most. */
const BASELINE_DAYS = 56;
const SCHEDULED: Trigger = { type: "schedule", detail: "closed days" };

interface Applied extends KeptChange {
  readonly change: ProofChange;
  readonly touches: Touches;
}

/**
 * What every applied change has saved by the closed days since, beside what it promised, and the total. `keep` also writes it into the changes' own states (a decision each,
 * where it says something new).
 *
 * @throws HeadgateError `bill.currency`; those of the store and of reading bills
 */
export async function proveChanges(
  work: CostWork,
  { keep = true, trigger = SCHEDULED }: { readonly keep?: boolean; readonly trigger?: Trigger } = {},
): Promise<ProvenAnswer> {
  const applied = (await listChanges(work)).flatMap((kept) => appliedOf(work, kept) ?? []);
  const { currency } = work.config;
  if (applied.length === 0) return { currency, items: [], total: runningTotal([]), notes: [], sources: [] };
  const first = applied.reduce(
    (least, { change }) => (change.applied < least ? change.applied : least),
    dayOf(work.now),
  );
  const from = addDays(first, -BASELINE_DAYS);
  const { book, overlaps, sources } = await readScopes(work, applied, { from, to: dayOf(work.now) });
  refuseMixed(book.exchange);
  const items: ProvenChange[] = [];
  for (const one of applied) {
    const item = await provenOf(work, one, applied, book, overlaps);
    items.push(item);
    if (keep) await keepNews(work, one, item, trigger);
  }
  return { currency, items, total: runningTotal(items.map(savedBy(book))), notes: troublesOf(sources), sources };
}

const IN_FORCE: ReadonlySet<string> = new Set(["guarded", "applied", "reverting"]);

/** Undefined where the change was never in force. */
function appliedOf(work: CostWork, kept: KeptChange): Applied | undefined {
  const { id, state } = kept;
  const { applied, ended, opportunity, status } = state;
  if (!applied || !opportunity || status === "applying") return undefined;
  // One that was taken back and is dismissed or open since is over all the same; what was never set saves nothing.
  const isOver = status !== "reverting" && ended !== undefined;
  if (!isOver && !IN_FORCE.has(status)) return undefined;
  const promised = opportunity.savingPerMonth === undefined ? undefined : decimal(opportunity.savingPerMonth);
  const { clusters } = work.config.allocation;
  const alone = Object.keys(work.all?.streams ?? {}).length <= 1;
  return {
    ...kept,
    touches: touches(opportunity, clusters, alone, arnsOf(work.all)),
    change: {
      id,
      applied: dayOf(applied.at),
      ...(isOver ? { reverted: dayOf(ended.at) } : {}),
      ...(promised ? { promisedPerMonth: toNumber(promised) } : {}),
    },
  };
}

const exactOf = (id: string): string => `exact ${id}`;
const wideOf = (id: string): string => `wide ${id}`;

/** One pass over the bills: the days of every change's charges, and which changes share some. */
async function readScopes(work: CostWork, applied: readonly Applied[], span: { readonly from: Day; readonly to: Day }) {
  const bills = await collectBills(work, span);
  const { basis, currency, rates } = work.config;
  const overlaps = new Set<string>();
  const book = ledger({
    ...{ basis, currency, rates, today: span.to },
    seriesOf: (charge) => {
      const names = applied.flatMap(({ id, touches: { exact, wide } }) => [
        ...(exact(charge) ? [exactOf(id)] : []),
        ...(wide(charge) ? [wideOf(id)] : []),
      ]);
      if (names.length > 1) for (const a of names) for (const b of names) if (a !== b) overlaps.add(`${a}\n${b}`);
      return names;
    },
  });
  for await (const day of bills.days) book.add(day);
  return { book: book.result(), overlaps, sources: bills.sources };
}

async function provenOf(
  work: CostWork,
  one: Applied,
  all: readonly Applied[],
  book: Ledger,
  overlaps: ReadonlySet<string>,
): Promise<ProvenChange> {
  const { id, state, change } = one;
  const { currency } = work.config;
  const scope = [exactOf(id), wideOf(id)].find((name) => book.names.includes(name));
  const closed = scope === undefined ? [] : closedDays(book, scope);
  const load = closed.length === 0 ? new Map<Day, number>() : await loadOf(work, one, closed);
  const days = closed.map(({ day, cost }): ProofDay => {
    const known = load.get(day);
    return { day, cost, ...(known === undefined ? {} : { load: known }) };
  });
  const shares = (other: Applied): boolean =>
    [exactOf(other.id), wideOf(other.id)].some((name) => overlaps.has(`${scope}\n${name}`));
  const others = all.filter((other) => other.id !== id && shares(other)).map((other) => other.change);
  const proof = prove({ change, days, others });
  return {
    id,
    text: state.opportunity?.text ?? id,
    ...(state.opportunity?.savingPerMonth === undefined ? {} : { promisedPerMonth: state.opportunity.savingPerMonth }),
    ...{ currency: book.exchange.currency ?? currency, applied: change.applied, proof },
    ...(change.reverted === undefined ? {} : { reverted: change.reverted }),
    says: proofText(proof, change.promisedPerMonth, book.exchange.currency ?? currency),
    scope: scope === undefined ? "none" : scope === exactOf(id) ? "exact" : "wide",
  };
}

/** Days that the bill will not change any more. */
const closedDays = (book: Ledger, name: string): readonly { readonly day: Day; readonly cost: number }[] =>
  book
    .series(name)
    .flatMap(({ day, value, apart = 0, open, estimated }) => (open || estimated ? [] : [{ day, cost: value + apart }]));

/** For the running total: what was measured, and closed days after those that a proof looks at. */
function savedBy(book: Ledger) {
  return ({ proof, promisedPerMonth, reverted }: ProvenChange) => {
    const last = proof.realised?.to;
    const later =
      last === undefined || reverted !== undefined || proof.after < MOST_AFTER
        ? 0
        : book.days.filter((day) => day > last && book.finality.get(day) !== "estimated").length;
    const promised = promisedPerMonth === undefined ? undefined : decimal(promisedPerMonth);
    return {
      proof,
      later,
      holds: reverted === undefined,
      ...(promised ? { promisedPerMonth: toNumber(promised) } : {}),
    };
  };
}

const money = (value: number): string => text(round(fromNumber(value), 2));

/** Keeps what a proof says where it says something new. */
async function keepNews(work: CostWork, { id, state }: Applied, item: ProvenChange, trigger: Trigger): Promise<void> {
  const { proof, currency, says } = item;
  const { realised } = proof;
  const isTold = realised !== undefined && proof.verdict !== "no_signal";
  const said: Omit<ChangeProof, "at"> = {
    final: item.reverted !== undefined ? proof.verdict !== "too_early" : proof.after >= MOST_AFTER,
    ...(isTold
      ? { realisedPerMonth: money(realised.perMonth), low: money(realised.low), high: money(realised.high) }
      : {}),
    currency,
    ...(realised ? { from: realised.from, to: realised.to, days: realised.days } : {}),
    text: says,
    values: {
      ...{ verdict: proof.verdict, before: proof.before, after: proof.after, needed: proof.needed, scope: item.scope },
      ...(realised
        ? { soFar: money(realised.soFar), soFarLow: money(realised.soFarLow), soFarHigh: money(realised.soFarHigh) }
        : {}),
      ...(proof.ofPromised === undefined ? {} : { ofPromised: Math.round(proof.ofPromised * 1000) / 1000 }),
      by: { ...proof.by },
      leftOut: proof.leftOut,
      sharedWith: proof.sharedWith,
    },
  };
  const { at: _, ...before } = state.proof ?? { at: 0 };
  if (state.proof && sameJson(before as never, said as never)) return;
  try {
    await keepProof(work, id, { at: Math.floor(work.runtime.now()), ...said }, trigger);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    work.runtime.telemetry.log("warn", "a proof could not be kept; the next look will", {
      tenant: work.tenant,
      change: id,
      error: why,
    });
  }
}
