import type { AllocationView } from "../functions/cost/allocation-view.ts";
import { answer } from "./client.ts";
import type { Verb } from "./command.ts";
import { SPAN, spanOf } from "./cost-options.ts";
import { amount, standingText } from "./cost-text.ts";
import { WHERE, withCost } from "./cost-where.ts";
import { plain, table } from "./io.ts";

const MOST = 20;

/** Lines of a list, the first of them, and how many there are besides. */
function list(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const more = rows.length > MOST ? [`and ${rows.length - MOST} more (--json has all)`] : [];
  return ["", ...table([[title, "COST", "TENANT", "WHY"], ...rows.slice(0, MOST)]), ...more];
}

function allocationLines(view: AllocationView): readonly string[] {
  const { status, from, to, basis, currency, total, shared, idle, unallocated, notes } = view;
  const none = standingText(status);
  if (none !== undefined) return [`${from} to ${to}: ${none}`, ...notes];
  const owned = (
    name: string,
    { cost, tenant, why }: { readonly cost: string; readonly tenant: string | null; readonly why: string },
  ) => [name, amount(cost), tenant ?? "–", why];
  return [
    `${from} to ${to}, ${basis}: ${amount(total, currency)}`,
    ...table([
      ["TENANT", "COST", "SHARE", "DIRECT", "SHARED", "IDLE"],
      ...view.tenants.map((one) => [
        one.tenant ?? "(nobody that a rule names)",
        amount(one.cost),
        one.share === undefined ? "–" : `${one.share.toFixed(1)} %`,
        amount(one.direct),
        amount(one.shared),
        amount(one.idle),
      ]),
      ["(shared)", amount(shared), "", "", "", ""],
      ["(idle)", amount(idle), "", "", "", ""],
      ["(unallocated)", amount(unallocated), "", "", "", ""],
    ]),
    ...list(
      "TOPIC",
      view.topics.map((one) => owned(`${one.cluster}/${one.topic}`, one)),
    ),
    ...list(
      "GROUP",
      view.groups.map((one) => owned(`${one.cluster}/${one.group} of ${one.topic}`, one)),
    ),
    ...list(
      "JOB",
      view.jobs.map((one) => owned(`${one.cluster}/${one.job}`, one)),
    ),
    ...list(
      "SERVICE",
      view.services.map((one) => owned(one.service, one)),
    ),
    ...list(
      "OTHER",
      view.others.map((one) => owned(one.what, one)),
    ),
    ...notes,
  ];
}

export const allocate: Verb = {
  name: "allocate",
  about:
    "Cost dealt out to topics, groups, jobs, services and tenants, each with how it came about. Parts, shared, idle and unallocated sum to the total.",
  options: [...SPAN, ...WHERE],
  example: "headgate cost allocate --from 2026-01-01 --to 2026-01-31",
  run: ({ io, options }) =>
    withCost(io, options, async (routes) => {
      const query = spanOf(options, "headgate cost allocate --help");
      const view = await answer<AllocationView>(routes.allocation.$get({ query }));
      io.document(view);
      for (const line of allocationLines(view)) io.line(plain(line));
      return standingText(view.status) === undefined ? 0 : 1;
    }),
};
