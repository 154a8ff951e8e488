import type { GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import { resolvedAt } from "../../shared/core/alerting/merge.ts";
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
import { groupConfig } from "./group-config.ts";
import { anyNews, appendRows, arrival, packRows, readRows } from "./group-rows.ts";
import { groupOf } from "./group-subject.ts";
import { noteSources } from "./inhibitors.ts";
import { ROUTED_NOUN } from "./nouns.ts";
import { groupKeyIn, wakeAt } from "./open-group.ts";

const TRIES = 8;
const AT_ONCE = 50;

interface Target {
  readonly subject: string;
  readonly identity: GroupIdentity;
  readonly route: CompiledRoute;
  readonly rows: AlertRow[];
}

const stateOf = (stored: Stored): GroupState => stored.state as unknown as GroupState;

/**
 * Forms one group anew after a change of the configuration, as upstream's reload does: its alerts go to the groups that the new tree
 * has for them, those start afresh (alerts older than group_wait are flushed at once), and what receivers were told last goes along
 * under group key, receiver and integration. Done twice it changes nothing: alerts are written before the old group lets go of them.
 */
export async function rerouteGroup(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  stored: Stored,
): Promise<void> {
  const { subject } = stored.key;
  const old = stateOf(stored);
  const now = Math.floor(runtime.now());
  const read = await readRows(runtime, tenant, subject);
  const targets = new Map<string, Target>();
  for (const row of read.rows.values())
    for (const route of matchRoutes(alerting.root, row.labels)) {
      const found = groupOf(route, row);
      const known = targets.get(found.subject);
      if (known) known.rows.push(row);
      else targets.set(found.subject, { ...found, route, rows: [row] });
    }
  const own = targets.get(subject);
  const id = timeId("row", arrival(runtime, now), runtime.random);
  const others = [...targets.values()].filter((one) => one.subject !== subject);
  await noteSources(runtime, tenant, alerting, [...read.rows.values()]);
  await bounded(others, AT_ONCE, async (target) => {
    await appendRows(runtime, tenant, target.subject, id, target.rows);
    await form(runtime, tenant, alerting, target, old, now);
  });
  if (own) {
    await form(runtime, tenant, alerting, own, old, now);
    const stay = new Set(own.rows.map(({ fingerprint }) => fingerprint));
    const leave = new Set([...read.rows.keys()].filter((fingerprint) => !stay.has(fingerprint)));
    if (leave.size > 0) await packRows(runtime, tenant, subject, read, leave);
    return;
  }
  // Nothing of it is left here: its memory has gone along with its alerts, or waits for them where the same group is formed again.
  if (read.rows.size === 0) return keepMemory(runtime, tenant, alerting, stored);
  if (!(await packRows(runtime, tenant, subject, read, new Set(read.rows.keys())))) return;
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

/** Opens a group under the new configuration with what its predecessor has told, unless it was formed by it already. */
async function form(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  { subject, identity, route, rows }: Target,
  old: GroupState,
  now: Millis,
): Promise<void> {
  const key = groupKeyIn(tenant, subject);
  const config = groupConfig(alerting, route, identity);
  const first = rows.find((row) => !resolvedAt(row, now)) ?? (rows[0] as AlertRow);
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(runtime.random() * 2 ** attempt * 5);
    const stored = await runtime.store.load(key);
    // Somebody is at work on it under the former configuration: they find the change when they are done.
    if (stored?.pending) return;
    const before = stored ? stateOf(stored) : alertGroup.initial(config, now);
    const heir = old.identity.groupKey === identity.groupKey && old.identity.receiver === identity.receiver;
    const log = heir ? { ...old.log, ...before.log } : before.log;
    const formed = before.status === "open" && before.version === alerting.formedBy;
    if (formed && Object.keys(log).length === Object.keys(before.log).length) return;
    const step = formed
      ? before
      : alertGroup.step(
          config,
          { ...before, log },
          { kind: "open", at: now, startsAt: first.startsAt, rerouted: true },
          now,
        ).state;
    const state: GroupState = { ...step, log };
    const dueAt = formed ? stored?.dueAt : state.firstTickAt;
    const written = await runtime.store.write(key, stored?.version ?? 0, {
      state: state as unknown as Json,
      ...(dueAt === undefined ? {} : { dueAt }),
    });
    if (!written.ok) continue;
    if (dueAt !== undefined) await wakeAt(runtime, tenant, subject, dueAt);
    return;
  }
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
  if ((marked?.state as unknown as { readonly formedBy?: string } | undefined)?.formedBy === alerting.formedBy)
    return 0;
  const stale = (await allItems(runtime, tenant, alertGroup.noun)).filter(
    (stored) => !stored.pending && stateOf(stored).version !== alerting.formedBy,
  );
  await bounded(stale, AT_ONCE, (stored) => rerouteGroup(runtime, tenant, alerting, stored));
  await runtime.store.write(routedKey(tenant), marked?.version ?? 0, { state: { v: 1, formedBy: alerting.formedBy } });
  return stale.length;
}
