import { counts } from "../../shared/core/alerting/group-delivery.ts";
import type { GroupState } from "../../shared/core/alerting/group-types.ts";
import type { InhibitKey } from "../../shared/core/alerting/inhibit.ts";
import { intervalContains } from "../../shared/core/alerting/intervals/contains.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import { foldRows, withoutCleared } from "../../shared/core/alerting/merge.ts";
import { pagingOf } from "../../shared/core/alerting/oncall/resolve.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import { compileSilences, silencedBy } from "../../shared/core/alerting/silences.ts";
import { coolingUntil } from "../../shared/core/alerting/suppress.ts";
import type { AlertRow, Silence } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { allItems } from "./all-items.ts";
import { type Alerting, alertingIn } from "./context.ts";
import { cooldownsFor } from "./cooldown-store.ts";
import { rulesOf } from "./group-config.ts";
import { foldPacked, packedIn } from "./group-rows.ts";
import { sourcesFor } from "./inhibitors.ts";
import { BASE_NOUN, MORE_NOUN } from "./nouns.ts";
import { membersOf } from "./set-members.ts";
import { listSilences } from "./silence-store.ts";

/** Groups whose memory is read side by side. */
const AT_ONCE = 50;

/** A group as it is now. */
export interface LiveGroup {
  readonly id: string;
  readonly route: CompiledRoute;
  readonly groupKey: string;
  readonly labels: Labels;
  readonly rows: ReadonlyMap<string, AlertRow>;
  readonly state: GroupState;
  /** When it is looked at next. */
  readonly dueAt?: Millis;
  /** Names of the intervals that keep it quiet now; none before its first flush. */
  readonly mutedBy: readonly string[];
}

/** What keeps an alert from being told of now, whatever its group. */
export interface SuppressedNow {
  readonly silencedBy: readonly string[];
  readonly inhibitedBy: readonly string[];
}

/** Everything alerting knows at one instant, for answers that list it. */
export interface Live {
  readonly now: Millis;
  readonly alerting: Alerting;
  /** Open groups. */
  readonly groups: readonly LiveGroup[];
  /** Every silence that is kept, expired ones as well. */
  readonly silences: readonly Silence[];
  suppressed(labels: Labels): SuppressedNow;
  /** Until when a cooldown keeps a group from telling of an alert it has not told of; undefined: none does. */
  coolingUntil(row: AlertRow, group: LiveGroup): Millis | undefined;
}

/** Names of the intervals by which a route keeps quiet at an instant: those it is muted in, or the active ones it is outside of. */
export function mutedNow({ intervals }: Alerting, route: CompiledRoute, at: Millis): readonly string[] {
  const within = (name: string): boolean =>
    intervals.get(name)?.intervals.some((spec) => intervalContains(spec, at)) === true;
  const { muteTimeIntervals, activeTimeIntervals } = route;
  if (activeTimeIntervals.length > 0 && !activeTimeIntervals.some(within)) return activeTimeIntervals;
  return muteTimeIntervals.filter(within);
}

/** Alerts of all groups in two reads of ranges instead of two for each group. News first, as group-rows.ts does and for the same reason. */
async function allRows(runtime: Runtime, tenant: string): Promise<ReadonlyMap<string, ReadonlyMap<string, AlertRow>>> {
  const news = new Map<string, AlertRow[]>();
  for (const { key, state } of await allItems(runtime, tenant, MORE_NOUN)) {
    const subject = key.subject.split("/", 1)[0] as string;
    const rows = (state as unknown as { readonly rows: readonly AlertRow[] }).rows;
    const known = news.get(subject);
    if (known) known.push(...rows);
    else news.set(subject, [...rows]);
  }
  const all = new Map<string, ReadonlyMap<string, AlertRow>>();
  const now = Math.floor(runtime.now());
  for (const base of await allItems(runtime, tenant, BASE_NOUN)) {
    const { subject } = base.key;
    all.set(subject, foldPacked((await packedIn(runtime, base)) ?? { rows: [] }, news.get(subject) ?? [], now).rows);
  }
  for (const [subject, rows] of news) if (!all.has(subject)) all.set(subject, foldRows(new Map(), rows));
  return all;
}

/** @throws HeadgateError `alerting.off` and those of store and objects */
export async function liveOf(runtime: Runtime, tenant: string): Promise<Live> {
  const alerting = await alertingIn(runtime, tenant);
  const now = Math.floor(runtime.now());
  const [silences, rows] = await Promise.all([listSilences(runtime, tenant), allRows(runtime, tenant)]);
  const groups = (await allItems(runtime, tenant, alertGroup.noun, "grp_")).flatMap(
    ({ key, state, dueAt }): LiveGroup[] => {
      const group = state as unknown as GroupState;
      const route = alerting.routes.get(group.identity.routeId);
      if (!route || group.status !== "open") return [];
      const flushed = group.firstTickAt !== undefined && group.firstTickAt <= now;
      return [
        {
          id: key.subject,
          route,
          groupKey: group.identity.groupKey,
          labels: group.identity.labels,
          rows: withoutCleared(rows.get(key.subject) ?? new Map(), group.clearedAt),
          state: group,
          ...(dueAt === undefined ? {} : { dueAt }),
          mutedBy: flushed ? mutedNow(alerting, route, now) : [],
        },
      ];
    },
  );
  const every = new Map(groups.flatMap((group) => [...group.rows]));
  const sources = await sourcesFor(runtime, tenant, alerting, every.values());
  const coolingUntil = await cooling(runtime, tenant, alerting, { now, groups, rows: every });
  return { now, alerting, groups, silences, suppressed: suppression(alerting, silences, sources, now), coolingUntil };
}

async function cooling(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  { now, groups, rows }: { now: Millis; groups: readonly LiveGroup[]; rows: ReadonlyMap<string, AlertRow> },
): Promise<Live["coolingUntil"]> {
  const cooldowns = await cooldownsFor(runtime, tenant, rulesOf(alerting).cooldownKeys, rows.values());
  if (!cooldowns) return () => undefined;
  const told = new Map<string, ReadonlySet<string>>();
  const { oncall } = alerting.config;
  await bounded(groups, AT_ONCE, async ({ id, state }) => {
    const paging = pagingOf(oncall, state.identity.receiver);
    const config = paging ? { paging } : {};
    const entries = Object.values(state.log).filter((entry) => counts(config, state, entry, now));
    const members = await Promise.all(entries.map(({ firing }) => membersOf(runtime, firing)));
    told.set(id, new Set(members.flat()));
  });
  return ({ fingerprint, labels }, { id }) =>
    told.get(id)?.has(fingerprint) ? undefined : coolingUntil({ cooldowns, now }, labels);
}

/** What holds back an alert with given labels, with the silences and inhibiting alerts at hand. */
export function suppression(
  { inhibit }: Alerting,
  silences: readonly Silence[],
  sources: ReadonlyMap<string, readonly AlertRow[]>,
  now: Millis,
): (labels: Labels) => SuppressedNow {
  const compiled = compileSilences(silences.filter(({ endsAt }) => endsAt > now));
  const sourceAt = ({ key }: InhibitKey) => sources.get(key);
  return (labels) => ({
    silencedBy: silencedBy(compiled, labels, now),
    inhibitedBy: inhibit.inhibitedBy(labels, sourceAt, now),
  });
}
