import type {
  CostChangesView,
  CostOpportunitiesView,
  CostTenantDetailView,
  CostTenantsView,
} from "../functions/cost/views.ts";
import { amount, standingText } from "./cost-text.ts";
import { stamp } from "./format.ts";
import { plain, table } from "./io.ts";

const words = (code: string): string => code.replaceAll("_", " ");

/** `details`: with the evidence, the bounds and how it is undone. */
export function opportunityLines(view: CostOpportunitiesView, details: boolean): readonly string[] {
  const { items, notProposed, dismissed, troubles, currency, savingPerMonth, mode } = view;
  const rows = items.map((one) => [
    one.id,
    one.savingPerMonth === undefined ? "cannot be told" : amount(one.savingPerMonth, one.currency),
    words(one.effort),
    words(one.risk),
    words(one.rollback),
    one.text,
  ]);
  const lines = [
    ...(items.length === 0
      ? [notProposed.length > 0 ? "nothing to save was found" : "nothing to save is known"]
      : table([["ID", "A MONTH", "EFFORT", "RISK", "ROLLBACK", "WHAT"], ...rows])),
    ...(items.length === 0 ? [] : [`together ${amount(savingPerMonth, currency)} a month`]),
    mode === undefined ? "retention is not looked at: the configuration has no cost.retention" : `mode: ${mode}`,
  ];
  if (details)
    for (const one of items) {
      lines.push("", plain(`${one.id}: ${one.text}`));
      for (const { name, value, unit, samples, source } of one.evidence)
        lines.push(
          plain(
            `  ${name}: ${JSON.stringify(value)}${unit ? ` ${unit}` : ""}${samples === undefined ? "" : `, ${samples} samples`} (${source})`,
          ),
        );
      for (const bound of one.bounds) lines.push(plain(`  ${bound}`));
      if (one.action.type === "by_hand") for (const step of one.action.steps) lines.push(plain(`  by hand: ${step}`));
    }
  for (const { resource, text } of notProposed)
    lines.push(plain(`not proposed: ${text.includes(resource.name) ? "" : `${resource.name}: `}${text}`));
  for (const one of dismissed)
    lines.push(
      plain(
        `dismissed: ${one.id} by ${one.by}${one.until === undefined ? "" : ` until ${stamp(one.until)}`}: ${one.reason}`,
      ),
    );
  for (const trouble of troubles) lines.push(plain(`not looked at: ${trouble}`));
  return lines;
}

export function changeLines({
  items,
  currency,
  promisedPerMonth,
  realisedPerMonth,
  saved,
  notes,
}: CostChangesView): readonly string[] {
  if (items.length === 0) return ["no change was made"];
  const rows = items.map((one) => [
    one.id,
    one.status,
    one.appliedAt === undefined ? "–" : stamp(one.appliedAt),
    amount(one.promisedPerMonth),
    amount(one.proof?.realisedPerMonth),
    one.revertible ? "one call" : "–",
    one.text,
  ]);
  return [
    ...table([["ID", "STATUS", "APPLIED", "PROMISED", "REALISED", "ROLLBACK", "WHAT"], ...rows]),
    `promised ${amount(promisedPerMonth, currency)} a month; realised ${realisedPerMonth === undefined ? "cannot be told yet" : `${amount(realisedPerMonth, currency)} a month`}`,
    ...(saved === undefined
      ? []
      : [
          `saved so far: ${amount(saved.soFar.toFixed(2), currency)}, between ${amount(saved.low.toFixed(2))} and ${amount(saved.high.toFixed(2), currency)}`,
        ]),
    ...notes,
  ];
}

export function tenantsLines(view: CostTenantsView): readonly string[] {
  const none = standingText(view.status);
  if (none !== undefined) return [none];
  const rows = view.items.map((one) => [
    one.tenant,
    amount(one.cost, view.currency),
    one.share === undefined ? "–" : `${one.share.toFixed(1)} %`,
    one.budget === undefined
      ? "–"
      : `${amount(one.budget.amount)}${one.budget.percent === undefined ? "" : ` (${one.budget.percent.toFixed(0)} %)`}`,
  ]);
  const rest = (name: string, value: string | null | undefined) =>
    value == null ? [] : [[name, amount(value, view.currency), "", ""]];
  return [
    `${view.from} to ${view.to}, ${view.basis}: ${amount(view.total, view.currency)}`,
    ...table([
      ["TENANT", "COST", "SHARE", "BUDGET"],
      ...rows,
      ...rest("(shared)", view.shared),
      ...rest("(idle)", view.idle),
      ...rest("(unallocated)", view.unallocated),
    ]),
    ...view.notes.map(plain),
  ];
}

export function tenantLines(view: CostTenantDetailView): readonly string[] {
  const none = standingText(view.status);
  if (none !== undefined) return [plain(`${view.tenant}: ${view.notes[0] ?? none}`)];
  const parts = view.parts.map(({ kind, name, cost }) => [kind, name, amount(cost, view.currency)]);
  return [
    plain(`${view.tenant}, ${view.from} to ${view.to}, ${view.basis}: ${amount(view.cost, view.currency)}`),
    ...(view.budget === undefined ? [] : [`budget: ${amount(view.budget.amount, view.currency)}`]),
    ...table([["KIND", "NAME", "COST"], ...parts]),
    ...view.notes.map(plain),
  ];
}
