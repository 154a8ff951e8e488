import type { ChangeState } from "../../shared/core/cost/change/types.ts";
import { toNumber } from "../../shared/core/cost/decimal.ts";
import type { NotProposed, Opportunity } from "../../shared/core/cost/opportunity.ts";
import { opportunityId } from "../../shared/core/cost/opportunity-id.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { isDismissed, type KeptChange, listChanges } from "./change-store.ts";
import type { CostWork } from "./context.ts";
import { retentionFindings } from "./find-retention.ts";
import { sizeFindings } from "./find-sizes.ts";
import { pricesOf } from "./unit-prices.ts";
import "../shared-parts.ts";

/** An opportunity that somebody does not want to see, and why. */
export interface Dismissed {
  readonly id: string;
  readonly state: ChangeState;
}

export interface Opportunities {
  /** What could be saved, the largest saving first; those that cannot be told come last. Neither dismissed nor applied. */
  readonly opportunities: readonly Opportunity[];
  readonly notProposed: readonly NotProposed[];
  readonly dismissed: readonly Dismissed[];
  /** Applied and what became of it, also what was taken back. */
  readonly changes: readonly KeptChange[];
  /** Clusters and sources that could not be looked at: whole sentences. What is not seen is not "nothing to save". */
  readonly troubles: readonly string[];
}

/** What one kind of optimiser found. */
export interface Findings {
  readonly opportunities: readonly Opportunity[];
  readonly notProposed: readonly NotProposed[];
  readonly troubles: readonly string[];
}

const rank = ({ savingPerMonth }: Opportunity): number => (savingPerMonth ? toNumber(savingPerMonth) : -1);

async function findings(work: CostWork): Promise<Findings> {
  const { retention, rightsizing } = work.config;
  const prices = retention || rightsizing ? await pricesOf(work) : undefined;
  const all = await Promise.all([retentionFindings(work, prices?.storage ?? {}), sizeFindings(work, prices)]);
  return {
    opportunities: all
      .flatMap(({ opportunities }) => opportunities)
      .sort((a, b) => rank(b) - rank(a) || (a.id < b.id ? -1 : 1)),
    notProposed: all.flatMap(({ notProposed }) => notProposed),
    troubles: all.flatMap(({ troubles }) => troubles),
  };
}

/**
 * Everything that could be saved as of now, and openly what could not and why.
 *
 * @throws HeadgateError of store and objects; a cluster that does not answer is told in `troubles`
 */
export async function listOpportunities(work: CostWork): Promise<Opportunities> {
  const now = Math.floor(work.runtime.now());
  const [found, kept] = await Promise.all([findings(work), listChanges(work)]);
  const hidden = new Set(
    kept
      .filter(
        ({ state }) =>
          isDismissed(state, now) || ["applying", "guarded", "applied", "reverting"].includes(state.status),
      )
      .map(({ id }) => id),
  );
  return {
    opportunities: found.opportunities.filter(({ id }) => !hidden.has(id)),
    notProposed: found.notProposed,
    dismissed: kept.filter(({ state }) => isDismissed(state, now)),
    changes: kept.filter(({ state }) => state.applied !== undefined),
    troubles: found.troubles,
  };
}

/** One opportunity as it stands now, dismissed or not. @throws HeadgateError `opportunity.unknown`, with why there is none where that is known */
export async function findOpportunity(work: CostWork, id: string): Promise<Opportunity> {
  const { opportunities, notProposed, troubles } = await findings(work);
  const found = opportunities.find((one) => one.id === id);
  if (found) return found;
  const left = notProposed.find(({ kind, resource }) => opportunityId(kind, resource) === id);
  const why = [...(left ? [left.text] : []), ...troubles].map((one) => `; ${one}`).join("");
  throw new HeadgateError(
    "opportunity.unknown",
    `there is no opportunity ${JSON.stringify(id)} (any more); headgate cost opportunities lists them${why}`,
  );
}
