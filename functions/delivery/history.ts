import type { Rollout, RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { GatePointView, RolloutSummaryView } from "../api/views-delivery.ts";
import { rolloutKey } from "./rollout.ts";
import { rolloutSummary, shareOf } from "./summaries.ts";

/** Records that are read for the curve of one rollout: those of about an hour and a half of the platform's ticks. */
const CURVE_READ = 200;
const PAGE = 100;
/** Pages of the journal that are read for one page of rollouts. What is beyond is the next page's. */
const MOST_PAGES = 10;

const stateOf = ({ stateAfter }: DecisionRecord): Partial<RolloutState> =>
  (stateAfter ?? {}) as unknown as Partial<RolloutState>;

/** How the evidence went, look by look: from what each decision left of the verdict. */
export function curveOf(records: readonly DecisionRecord[], id: string): readonly GatePointView[] {
  const points = new Map<Millis, GatePointView>();
  for (const record of records) {
    const { current, ended = [] } = stateOf(record);
    const rollout = [current, ...ended].find((one) => one?.id === id);
    const verdict = rollout?.verdict;
    if (!rollout || !verdict || points.has(verdict.at)) continue;
    const { at, verdict: said, reason, towardsFail, towardsPass } = verdict;
    points.set(at, {
      at,
      verdict: said,
      reason,
      ...(towardsFail === undefined ? {} : { towardsFail }),
      ...(towardsPass === undefined ? {} : { towardsPass }),
      share: shareOf(rollout),
    });
  }
  return [...points.values()].sort((a, b) => a.at - b.at);
}

/** The latest decisions about a service's rollouts, newest first. @throws HeadgateError `journal.unavailable` */
export async function latestRecords(
  runtime: Runtime,
  tenant: string,
  service: string,
): Promise<readonly DecisionRecord[]> {
  const { noun, subject } = rolloutKey(tenant, service);
  return (await runtime.journal.list({ tenant, noun, subject, limit: CURVE_READ })).items;
}

export interface RolloutsAsk {
  readonly limit?: number;
  readonly cursor?: string;
  readonly from?: Millis;
  readonly to?: Millis;
}

/**
 * Rollouts of a service, newest first, from what is kept and, beyond that, from the records of their beginnings and ends. A page may be
 * short although there are more; its cursor goes on.
 *
 * @throws HeadgateError `journal.unavailable`
 */
export async function rolloutsOf(
  runtime: Runtime,
  tenant: string,
  service: string,
  state: RolloutState | undefined,
  { limit = 20, cursor: begin, from, to }: RolloutsAsk,
): Promise<{ readonly items: readonly RolloutSummaryView[]; readonly cursor?: string }> {
  const { noun, subject } = rolloutKey(tenant, service);
  const found = new Map<string, Rollout>();
  const within = ({ startedAt }: Rollout): boolean =>
    (from === undefined || startedAt >= from) && (to === undefined || startedAt < to);
  const take = (rollout: Rollout | undefined): void => {
    if (rollout && !found.has(rollout.id) && within(rollout)) found.set(rollout.id, rollout);
  };
  if (begin === undefined) for (const rollout of [state?.current, ...(state?.ended ?? [])]) take(rollout);
  let cursor = begin;
  for (let page = 0; page < MOST_PAGES && found.size < limit; page += 1) {
    const read = await runtime.journal.list({
      tenant,
      noun,
      subject,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
      ...(to === undefined ? {} : { to }),
      ...(from === undefined ? {} : { from }),
    });
    // The newest word on each is its last: records come newest first.
    for (const record of read.items)
      for (const one of [stateOf(record).current, ...(stateOf(record).ended ?? [])]) take(one);
    cursor = read.cursor;
    if (cursor === undefined) break;
  }
  const items = [...found.values()].sort((a, b) => b.startedAt - a.startedAt);
  return {
    items: items.map((rollout) => rolloutSummary(service, rollout)),
    ...(cursor === undefined ? {} : { cursor }),
  };
}
