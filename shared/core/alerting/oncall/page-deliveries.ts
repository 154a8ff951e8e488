import { decideDelivery } from "../decide.ts";
import type { Delivery, Target } from "../group-delivery.ts";
import type { FlushInput, GroupConfig, GroupState } from "../group-types.ts";
import { type PagePlan, planPage } from "./paging.ts";
import type { PagedReceiver, PageInput } from "./paging-types.ts";

const targets = (receivers: readonly PagedReceiver[]): readonly Target[] =>
  receivers.flatMap(({ receiver, integrations }) =>
    integrations.map((integration): Target => ({ to: `${receiver}/${integration.id}`, receiver, integration })),
  );

/** Everybody a page may tell: of each level in turn, then who knows something already. */
export const pageTargets = (page: PageInput | undefined): readonly Target[] =>
  page ? targets([...page.levels.flatMap(({ receivers }) => receivers), ...page.told]) : [];

/**
 * How a flush goes on with the people on call. Acknowledged, nobody new is told unless there is `news`, which begins the paging anew with who is on call by
 * now. Without an acknowledgement news goes to who is on call now at the levels reached: whoever takes over hears of what nobody has taken.
 */
export function pagePlan(
  config: GroupConfig,
  state: GroupState,
  input: FlushInput,
  news: boolean,
): PagePlan | undefined {
  const { page, tick, at } = input;
  if (!config.paging || !page || input.firing.count === 0) return undefined;
  const { ack, paging } = state;
  if (ack) return news ? planPage(config.paging, undefined, page, at) : undefined;
  // Nobody is told of anything for the first time between ticks.
  if (!paging && tick === undefined) return undefined;
  return planPage(config.paging, paging, page, at);
}

/** Why somebody on call is not told again of what they know. */
const holding = ({ ack }: GroupState, { cooldownUntil }: FlushInput, plan: PagePlan | undefined): Delivery["held"] =>
  ack && !plan ? "acknowledged" : cooldownUntil === undefined ? undefined : "cooldown";

/** What becomes of each integration of the people on call. */
export function pageDeliveries(
  config: GroupConfig,
  state: GroupState,
  input: FlushInput,
  plan: PagePlan | undefined,
): readonly Delivery[] {
  const { page, tick } = input;
  if (!config.paging || !page) return [];
  const begins = !state.paging || state.ack !== undefined;
  const known = (target: Target): Delivery | undefined => {
    const { to, integration } = target;
    const counts = input.integrations[to];
    if (tick === undefined || !counts) return undefined;
    const entry = counts.entryAt === undefined ? undefined : state.log[to];
    const reason = decideDelivery(entry, counts, integration.sendResolved, config.repeatIntervalMs, tick);
    const held = reason === "repeat interval elapsed" ? holding(state, input, plan) : undefined;
    if (held) return { target, reason: undefined, held, silent: false };
    return { target, reason, silent: reason !== undefined && input.firing.count === 0 && !integration.sendResolved };
  };
  const of = (receivers: readonly PagedReceiver[]) =>
    targets(receivers).filter(({ integration }) => integration.sendable);
  const level = (index: number) => of(page.levels[index]?.receivers ?? []);
  const due = plan?.level === undefined ? [] : level(plan.level);
  const told = due.map((target) => (begins ? known(target) : { target, reason: "escalated" as const, silent: false }));
  // Those who know are told that it is over, and where nobody new may be told, of what they have missed.
  const others = plan ? plan.reached.flatMap(level) : input.firing.count === 0 || state.ack ? of(page.told) : [];
  return [...told, ...others.map(known)].flatMap((one) => one ?? []);
}
