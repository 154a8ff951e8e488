import { newest } from "../../shared/core/alerting/decide.ts";
import { nextEscalation } from "../../shared/core/alerting/group-tick.ts";
import type { GroupConfig, GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import type { CompiledRoute } from "../../shared/core/alerting/routes.ts";
import { matchRoutes } from "../../shared/core/alerting/routes.ts";
import type { AlertRow, GroupIdentity } from "../../shared/core/alerting/types.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { allItems } from "./all-items.ts";
import { type Alerting, alertingOf } from "./context.ts";
import { keepEvent } from "./events.ts";
import { groupConfig } from "./group-config.ts";
import { anyNews, appendRows, arrival, type GroupRows, packRows, readRows } from "./group-rows.ts";
import { groupOf } from "./group-subject.ts";
import { noteSources } from "./inhibitors.ts";
import { ROUTED_NOUN } from "./nouns.ts";
import { groupKeyIn, wakeAt } from "./open-group.ts";

const TRIES = 8;
const AT_ONCE = 50;

/** A group as another configuration has formed it, with all that is known of it. */
interface Former {
  readonly stored: Stored;
  readonly state: GroupState;
  readonly read: GroupRows;
  /** Those that began first come first. Also who has left, until it is forgotten: as upstream's new dispatcher begins. */
  readonly known: readonly AlertRow[];
}

/** A group that alerts belong to now. */
interface Target {
  readonly subject: string;
  readonly identity: GroupIdentity;
  readonly route: CompiledRoute;
  /** Of it when it was formed before. */
  readonly own: AlertRow[];
  /** By fingerprint: from other groups. */
  readonly others: Map<string, AlertRow>;
}

const stateOf = (stored: Stored): GroupState => stored.state as unknown as GroupState;

const byStart = (a: AlertRow, b: AlertRow): number => a.startsAt - b.startsAt;

async function formerOf(runtime: Runtime, tenant: string, stored: Stored): Promise<Former> {
  const read = await readRows(runtime, tenant, stored.key.subject);
  const known = [...read.rows.values(), ...read.left.values()].sort(byStart);
  return { stored, state: stateOf(stored), read, known };
}

function targetsOf(alerting: Alerting, formers: readonly Former[]): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>();
  for (const { stored, known } of formers)
    for (const row of known)
      for (const route of matchRoutes(alerting.root, row.labels)) {
        const found = groupOf(route, row);
        const target: Target = targets.get(found.subject) ?? { ...found, route, own: [], others: new Map() };
        targets.set(found.subject, target);
        if (found.subject === stored.key.subject) target.own.push(row);
        else if ((target.others.get(row.fingerprint)?.updatedAt ?? Number.NEGATIVE_INFINITY) < row.updatedAt)
          target.others.set(row.fingerprint, row);
      }
  return targets;
}

/** Forms one group anew after a change of the configuration: see {@link formAnew}. */
export const rerouteGroup = (runtime: Runtime, tenant: string, alerting: Alerting, stored: Stored): Promise<void> =>
  formAnew(runtime, tenant, alerting, [stored]);

/**
 * Forms groups anew after a change of the configuration, as upstream's reload does: their alerts go to the groups that the new tree
 * has for them, those start afresh (alerts older than group_wait are flushed at once), and what receivers were told last goes along
 * under group key, receiver and integration. All alerts are where they belong before any group is formed: one that is flushed at once
 * has those of every group it is formed from. Done twice it changes nothing: alerts are written before the old group lets go of them.
 */
async function formAnew(runtime: Runtime, tenant: string, alerting: Alerting, all: readonly Stored[]): Promise<void> {
  if (all.length === 0) return;
  const now = Math.floor(runtime.now());
  const formers: Former[] = [];
  await bounded(all, AT_ONCE, async (stored) => void formers.push(await formerOf(runtime, tenant, stored)));
  const targets = targetsOf(alerting, formers);
  const id = timeId("row", arrival(runtime, now), runtime.random);
  const every = new Map(formers.flatMap(({ known }) => known.map((row) => [row.fingerprint, row] as const)));
  await noteSources(runtime, tenant, alerting, [...every.values()]);
  await bounded([...targets.values()], AT_ONCE, async ({ subject, others }) => {
    if (others.size > 0) await appendRows(runtime, tenant, subject, id, [...others.values()]);
  });
  const again: Stored[] = [];
  await bounded(formers, AT_ONCE, async ({ stored, read }) => {
    const own = targets.get(stored.key.subject)?.own ?? [];
    if (own.length === 0 || (own.length === read.rows.size && read.left.size === 0)) return;
    const packed = await packRows(runtime, tenant, stored.key.subject, read, { rows: own, left: [] });
    if (!packed) again.push(stored);
  });
  await bounded([...targets.values()], AT_ONCE, (target) => form(runtime, tenant, alerting, target, formers, now));
  await bounded(formers, AT_ONCE, async (former) => {
    if (targets.get(former.stored.key.subject)?.own.length) return;
    await letGo(runtime, tenant, alerting, former);
  });
  // Somebody has packed one in the meantime: what it has is looked at once more.
  for (const stored of again) await rerouteGroup(runtime, tenant, alerting, stored);
}

/** Nothing of a group is left here: its memory has gone along with its alerts, or waits for them where the same group is formed again. */
async function letGo(runtime: Runtime, tenant: string, alerting: Alerting, former: Former): Promise<void> {
  const { stored, read, known } = former;
  const { subject } = stored.key;
  if (!(await packRows(runtime, tenant, subject, read, { rows: [], left: [] }))) return;
  if (known.length === 0) return keepMemory(runtime, tenant, alerting, stored);
  await runtime.store.remove(stored.key, stored.version);
  // A post that still went by the former tree wrote its rows first and found the group open: they are seen now.
  if (await anyNews(runtime, tenant, subject)) await rerouteGroup(runtime, tenant, alerting, stored);
}

/** An empty group under the new tree: its memory is kept where its route is still there, by the key receivers know it by. */
async function keepMemory(runtime: Runtime, tenant: string, alerting: Alerting, stored: Stored): Promise<void> {
  const old = stateOf(stored);
  const same = [...alerting.routes.values()].find(
    (route) => old.identity.groupKey.startsWith(`${route.key}:`) && route.receiver === old.identity.receiver,
  );
  const heir = same && groupOf(same, { fingerprint: "", labels: old.identity.labels } as AlertRow);
  // Grouped by other labels now it would be another group's memory.
  if (!heir || heir.identity.groupKey !== old.identity.groupKey || Object.keys(old.log).length === 0) {
    await runtime.store.remove(stored.key, stored.version);
    return;
  }
  const { subject, identity } = heir;
  const config = groupConfig(alerting, same, identity);
  const state: GroupState = { ...alertGroup.initial(config, runtime.now()), status: "dormant", log: old.log };
  const kept = { ...state, ...(old.clearedAt === undefined ? {} : { clearedAt: old.clearedAt }) };
  const dueAt = alertGroup.dueAt(config, kept, Math.floor(runtime.now()));
  const next = { state: kept as unknown as Json, ...(dueAt === undefined ? {} : { dueAt }) };
  if (subject === stored.key.subject) {
    await runtime.store.write(stored.key, stored.version, next);
    return;
  }
  // Where somebody has formed it already, that one remembers what it needs.
  await runtime.store.write(groupKeyIn(tenant, subject), 0, next);
  await runtime.store.remove(stored.key, stored.version);
}

type Progress = Pick<GroupState, "ack" | "paging" | "toldSince" | "escalated" | "nobodySince" | "tried">;

/** Whether something was told or said of an open group: then it has its own place. */
const hasBegun = ({ status, ack, paging, toldSince, nobodySince }: GroupState): boolean =>
  status === "open" && [ack, paging, toldSince, nobodySince].some((one) => one !== undefined);

/** How far a group's predecessors have come with who was told and who has acknowledged: of several the one that told last. */
function progressOf(before: readonly GroupState[]): Progress {
  const [last] = before.filter(hasBegun).sort((a, b) => (b.flushedAt ?? 0) - (a.flushedAt ?? 0));
  if (!last) return {};
  const { ack, paging, toldSince, escalated, nobodySince, tried } = last;
  return {
    ...(ack ? { ack } : {}),
    ...(paging ? { paging } : {}),
    ...(toldSince === undefined ? {} : { toldSince }),
    ...(escalated ? { escalated } : {}),
    ...(nobodySince === undefined ? {} : { nobodySince }),
    ...(tried === undefined ? {} : { tried }),
  };
}

/** When a group that is formed anew is looked at: a level that is due does not wait for group_wait. */
function dueOf(config: GroupConfig, state: GroupState, dueAt: Millis | undefined): Millis | undefined {
  const escalation = nextEscalation(state, config);
  return escalation === undefined || (dueAt !== undefined && dueAt <= escalation) ? dueAt : escalation;
}

/** Opens a group under the new configuration with what its predecessors have told, unless it was formed by it already. */
async function form(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  { subject, identity, route, own, others }: Target,
  formers: readonly Former[],
  now: Millis,
): Promise<void> {
  const key = groupKeyIn(tenant, subject);
  const config = groupConfig(alerting, route, identity);
  // As upstream: the alert that comes first says whether the group is flushed at once; here that is the oldest.
  const startsAt = Math.min(...[...own, ...others.values()].map((row) => row.startsAt));
  const before = formers
    .map(({ state }) => state)
    .filter((one) => one.identity.groupKey === identity.groupKey && one.identity.receiver === identity.receiver);
  const told = before.map((one) => one.log).reduce(newest, {});
  const said = progressOf(before);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(runtime.random() * 2 ** attempt * 5);
    const stored = await runtime.store.load(key);
    // Somebody is at work on it under the former configuration: they find the change when they are done.
    if (stored?.pending) return;
    const found = stored ? stateOf(stored) : alertGroup.initial(config, now);
    const log = newest(told, found.log);
    const begun = hasBegun(found);
    const formed = found.status === "open" && found.version === alerting.formedBy;
    const heard = Object.entries(log).every(([to, { at }]) => found.log[to]?.at === at);
    if (formed && heard && (begun || Object.keys(said).length === 0)) return;
    const open = { kind: "open", at: now, startsAt, rerouted: true } as const;
    const from: GroupState = { ...found, ...(begun ? {} : said), log };
    const state = formed ? from : alertGroup.step(config, from, open, now).state;
    const dueAt = dueOf(config, state, formed ? stored?.dueAt : state.firstTickAt);
    const written = await runtime.store.write(key, stored?.version ?? 0, {
      state: state as unknown as Json,
      ...(dueAt === undefined ? {} : { dueAt }),
    });
    if (!written.ok) continue;
    if (dueAt !== undefined) await wakeAt(runtime, tenant, subject, dueAt);
    return;
  }
}

interface Routed {
  readonly v: 1;
  readonly formedBy: string;
  /** Of the whole configuration. */
  readonly version?: string;
}

/** Which configuration formed the groups of a tenant when all of them were last looked at. */
const routedKey = (tenant: string) => ({ tenant, noun: ROUTED_NOUN, subject: "current" });

/**
 * Forms every group anew that another configuration has formed, where there is another one: to be called when one was put in force,
 * and now and then, which costs one look. A group that is just being told of finds the change when that is done.
 *
 * @returns how many were formed anew
 * @throws HeadgateError of store and objects
 */
export async function rerouteAll(runtime: Runtime, tenant: string): Promise<number> {
  const alerting = await alertingOf(runtime, tenant);
  if (!alerting) return 0;
  const marked = await runtime.store.load(routedKey(tenant));
  const before = marked?.state as unknown as Routed | undefined;
  if (before?.formedBy === alerting.formedBy) return 0;
  const at = Math.floor(runtime.now());
  const stale = (await allItems(runtime, tenant, alertGroup.noun)).filter(
    (stored) => !stored.pending && stateOf(stored).version !== alerting.formedBy,
  );
  await formAnew(runtime, tenant, alerting, stale);
  const { formedBy, version } = alerting;
  const state: Routed = { v: 1, formedBy, version };
  const written = await runtime.store.write(routedKey(tenant), marked?.version ?? 0, {
    state: state as unknown as Json,
  });
  // One of those who formed them says so; the first configuration of all forms nothing anew.
  if (written.ok && (before || stale.length > 0))
    await keepEvent(runtime, tenant, alerting, {
      at,
      config: version,
      ...(before?.version === undefined ? {} : { was: before.version }),
    });
  return stale.length;
}
