// Opportunities and changes as /api/v1/cost answers with them, loaded with the first request.
import "../shared-parts.ts";
import type { NotedOpportunity, Setting } from "../../shared/core/cost/change/types.ts";
import { add, type Decimal, decimal, text, ZERO } from "../../shared/core/cost/decimal.ts";
import { savingOf } from "../../shared/core/cost/saving-sum.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { parseDuration } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import {
  applyOpportunity,
  type ChangeDone,
  dismissOpportunity,
  noted,
  reopenOpportunity,
  revertChange,
} from "./change.ts";
import { type KeptChange, listChanges } from "./change-store.ts";
import { type CostWork, openCost } from "./context.ts";
import { type Dismissed, listOpportunities } from "./opportunities.ts";
import { type ProvenAnswer, proveChanges } from "./proof.ts";
import type {
  CostChangesView,
  CostChangeView,
  CostCommandView,
  CostDismissedView,
  CostOpportunitiesView,
} from "./views.ts";

interface Said {
  readonly by: string;
  readonly why: string;
}

const sumOf = (amounts: readonly (string | undefined)[]): Decimal =>
  amounts.reduce((all, one) => add(all, decimal(one ?? "0") ?? ZERO), ZERO);

/**
 * Settings of the changes that people were shown last, by tenant: whoever applies one agrees to change those, and not what another hand has set since. An
 * instance that showed nothing expects nothing: the floor is looked at all the same.
 */
const shown = new WeakMap<Runtime, Map<string, ReadonlyMap<string, readonly Setting[]>>>();

function keepShown(runtime: Runtime, tenant: string, items: readonly NotedOpportunity[]): void {
  const before = items.flatMap(({ id, action }) => ("before" in action ? [[id, action.before] as const] : []));
  const tenants = shown.get(runtime) ?? new Map();
  shown.set(runtime, tenants.set(tenant, new Map(before)));
}

export async function opportunitiesAnswer(runtime: Runtime, tenant: string): Promise<CostOpportunitiesView> {
  const work = await openCost(runtime, tenant);
  const { opportunities, notProposed, dismissed, troubles } = await listOpportunities(work);
  const items = opportunities.map(noted);
  keepShown(runtime, tenant, items);
  const { retention, currency } = work.config;
  return {
    ...(retention ? { mode: retention.mode } : {}),
    ...savingOf(items, currency),
    items,
    notProposed,
    dismissed: dismissed.flatMap(dismissedView),
    troubles,
  };
}

function dismissedView({ id, state: { dismissal, opportunity } }: Dismissed): readonly CostDismissedView[] {
  if (dismissal === undefined) return [];
  const { why, ...said } = dismissal;
  return [
    { id, reason: why, ...said, ...(opportunity ? { text: opportunity.text, resource: opportunity.resource } : {}) },
  ];
}

/** In these the setting of the change holds, or is just being made. */
const HOLDS: ReadonlySet<string> = new Set(["applying", "guarded", "applied"]);

function changeView({ id, state }: KeptChange): CostChangeView {
  const { status, since, opportunity, applied, proof, ended, trouble } = state;
  const promised = opportunity?.savingPerMonth;
  return {
    ...{ id, status, since, text: opportunity?.text ?? id, revertible: HOLDS.has(status) },
    ...(opportunity
      ? {
          ...{ kind: opportunity.kind, resource: opportunity.resource, currency: opportunity.currency },
          action: opportunity.action,
        }
      : {}),
    ...(promised === undefined ? {} : { promisedPerMonth: promised }),
    ...(applied ? { appliedAt: applied.at, by: applied.by, why: applied.why } : {}),
    ...(proof ? { proof } : {}),
    ...(ended ? { ended } : {}),
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/** What bills say of all changes by now. Where they cannot be read the changes are told all the same. */
async function proofs(work: CostWork, changes: number): Promise<Pick<ProvenAnswer, "notes"> & Partial<ProvenAnswer>> {
  if (changes === 0) return { notes: [] };
  try {
    return await proveChanges(work, { keep: false });
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    return { notes: [`what they save cannot be told now: ${error.message}`] };
  }
}

export async function changesAnswer(runtime: Runtime, tenant: string): Promise<CostChangesView> {
  const work = await openCost(runtime, tenant);
  const items = (await listChanges(work))
    .filter(({ state }) => state.applied !== undefined)
    .map(changeView)
    .sort((a, b) => (b.appliedAt ?? 0) - (a.appliedAt ?? 0) || (a.id < b.id ? -1 : 1));
  const { total, notes } = await proofs(work, items.length);
  const holding = items.filter(({ status }) => HOLDS.has(status));
  const proven = holding.flatMap(({ proof }) => proof?.realisedPerMonth ?? []);
  return {
    currency: work.config.currency,
    items,
    promisedPerMonth: text(sumOf(holding.map(({ promisedPerMonth }) => promisedPerMonth))),
    ...(proven.length === 0 ? {} : { realisedPerMonth: text(sumOf(proven)) }),
    ...(total && total.told > 0
      ? { saved: { soFar: total.soFar, low: total.soFarLow, high: total.soFarHigh, carried: total.carried } }
      : {}),
    notes,
  };
}

const commandView = ({ id, reason, text: said, decision }: ChangeDone): CostCommandView => ({
  ...{ id, reason, text: said, ok: !reason.startsWith("not_") && !reason.startsWith("held_") },
  ...(decision === undefined ? {} : { decision }),
});

export async function applyAnswer(runtime: Runtime, tenant: string, id: string, said: Said): Promise<CostCommandView> {
  const seen = shown.get(runtime)?.get(tenant)?.get(id);
  return commandView(await applyOpportunity(await openCost(runtime, tenant), id, said, undefined, seen));
}

export async function revertAnswer(runtime: Runtime, tenant: string, id: string, said: Said): Promise<CostCommandView> {
  return commandView(await revertChange(await openCost(runtime, tenant), id, said));
}

export async function reopenAnswer(runtime: Runtime, tenant: string, id: string, said: Said): Promise<CostCommandView> {
  return commandView(await reopenOpportunity(await openCost(runtime, tenant), id, said));
}

/** @throws HeadgateError `input.invalid` where `for` is no length of time */
export async function dismissAnswer(
  runtime: Runtime,
  tenant: string,
  id: string,
  { for: lasts, ...said }: Said & { readonly for?: string },
): Promise<CostCommandView> {
  const work = await openCost(runtime, tenant);
  const ms = lasts === undefined ? undefined : parseDuration(lasts);
  if (lasts !== undefined && (ms === undefined || ms <= 0)) {
    const message = `${JSON.stringify(lasts)} is no length of time`;
    throw new HeadgateError("input.invalid", message, {
      faults: [{ path: "for", message, allowed: "a duration such as 30d, 12h or 2w" }],
    });
  }
  const until = ms === undefined ? {} : { until: Math.floor(runtime.now()) + ms };
  return commandView(await dismissOpportunity(work, id, { ...said, ...until }));
}
