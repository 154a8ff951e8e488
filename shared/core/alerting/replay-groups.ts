import type { Millis } from "../kernel/time.ts";
import { groupConfigOf } from "./group-config.ts";
import { logLasts, targetsOf } from "./group-delivery.ts";
import { nextEscalation, tickAt } from "./group-tick.ts";
import type { GroupConfig, GroupState } from "./group-types.ts";
import { alertGroup, groupSubject } from "./machine.ts";
import { resolvedAt } from "./merge.ts";
import { pageInput } from "./oncall/resolve.ts";
import type { Compiled } from "./replay-config.ts";
import { type Memory, replayLog } from "./replay-log.ts";
import type { ReplaySilences } from "./replay-silences.ts";
import type { ReplayedNotification, ReplayOptions, ToldAlert } from "./replay-types.ts";
import type { CompiledRoute } from "./routes.ts";
import { type Summary, summarize } from "./suppress.ts";
import type { AlertRow, GroupIdentity, NotifyAction } from "./types.ts";

/** A group while it lives. */
export interface ReplayGroup {
  /** In the order of opening. */
  readonly number: number;
  readonly subject: string;
  readonly route: CompiledRoute;
  readonly config: GroupConfig;
  readonly rows: Map<string, AlertRow>;
  /** Shared by all groups with its group key and receiver, as upstream's log is. */
  readonly memory: Memory;
  /** Where the alerts are that may inhibit some of it. */
  readonly inhibitors: Set<string>;
  state: GroupState;
  wakesAt: Millis;
  /** Nothing has come since the last look, which found nothing to do until then. */
  quiet?: { readonly until: Millis };
}

export interface ReplayGroups {
  /** Puts an alert into its group, which is opened where there is none. */
  insert(compiled: Compiled, route: CompiledRoute, identity: GroupIdentity, row: AlertRow, now: Millis): void;
  /** Lets an alert inhibit others. */
  source(compiled: Compiled, row: AlertRow, now: Millis): void;
  flush(compiled: Compiled, group: ReplayGroup, now: Millis): void;
  /** Silences were made, changed or ended by hand at `now`, before the flushes of that instant. */
  silencesChanged(now: Millis): void;
  /** The log hears of the deliveries of an instant when all of its flushes are over: they run side by side. */
  commit(): void;
  /** Forgets groups and inhibiting alerts, as a reload does; the log stays. */
  reset(compiled: Compiled): void;
  opened(): number;
  flushes(): number;
  quietSince(): Millis;
}

const told = ({ row, status }: Summary["send"][number]): ToldAlert => ({
  fingerprint: row.fingerprint,
  status,
  labels: row.labels,
  annotations: row.annotations,
  startsAt: row.startsAt,
  ...(status === "resolved" ? { endsAt: row.endsAt } : {}),
  generatorUrl: row.generatorUrl,
});

export function replayGroups(world: {
  readonly from: Millis;
  readonly options: ReplayOptions;
  readonly silences: ReplaySilences;
  readonly notify: (notification: ReplayedNotification) => void;
  readonly wake: (at: Millis, group: ReplayGroup) => void;
}): ReplayGroups {
  const { from, options, silences } = world;
  const groups = new Map<string, ReplayGroup>();
  const { memoryOf, knownOf, sweep, keepLarge } = replayLog(from);
  const sources = new Map<string, readonly AlertRow[]>();
  const watchers = new Map<string, Set<ReplayGroup>>();
  const cooling = new Map<string, Millis>();
  let commits: (() => void)[] = [];
  let opened = 0;
  let flushes = 0;
  let lastAt = from;

  /** Wakes a group at its next tick after `now`, or at the first one at which something may have changed. */
  const schedule = (group: ReplayGroup, now: Millis): void => {
    const due = alertGroup.dueAt(group.config, group.state, now);
    if (due === undefined) return;
    const { until = due } = group.quiet ?? {};
    const skipped = Math.max(0, Math.ceil((until - due) / group.config.groupIntervalMs));
    const tick = due + skipped * group.config.groupIntervalMs;
    const escalation = nextEscalation(group.state, group.config) ?? Number.NEGATIVE_INFINITY;
    group.wakesAt = escalation > now ? Math.min(tick, escalation) : tick;
    world.wake(group.wakesAt, group);
  };
  /** Something has come at `now`, before the flushes of that instant. */
  const disturb = (group: ReplayGroup, now: Millis): void => {
    if (!group.quiet) return;
    delete group.quiet;
    schedule(group, now - 1);
  };
  const deliver = (summary: Summary, action: NotifyAction, compiled: Compiled): boolean => {
    const { integration, reason, receiver, groupKey, flushAt: at } = action;
    const about = { at, receiver, integration: integration.id, groupKey, reason };
    if (options.fails?.(about)) return false;
    const sent = integration.sendResolved ? summary.send : summary.send.filter(({ status }) => status === "firing");
    const status = sent.some((one) => one.status === "firing") ? "firing" : "resolved";
    world.notify({ ...about, status, alerts: sent.map(told) });
    for (const one of sent)
      if (one.status === "firing")
        for (const { key, forMs } of compiled.cooldownsOf?.(one.row.labels) ?? []) cooling.set(key, at + forMs);
    return true;
  };
  const look = (compiled: Compiled, group: ReplayGroup, now: Millis): Summary => {
    const tick = tickAt(group.state, group.config, now);
    const page = pageOf(compiled, group, now);
    return summarize({
      now,
      tick: tick === now ? now : undefined,
      rows: group.rows,
      route: group.route,
      intervals: compiled.intervals,
      inhibit: compiled.inhibit,
      sources: ({ key }) => sources.get(key),
      silences: silences.live(now),
      log: new Map(targetsOf(group.config, page).map(({ to }) => [to, knownOf(group.memory.log[to])])),
      ...(compiled.cooldownsOf
        ? { cooldowns: { keysOf: compiled.cooldownsOf, until: (key: string) => cooling.get(key) } }
        : {}),
      escalation: compiled.escalation.matches,
      ...(page ? { page } : {}),
    });
  };
  /** Who is on call by the file: overrides that are made by hand are no part of it. */
  const pageOf = ({ oncall, receivers }: Compiled, { config: { paging }, memory }: ReplayGroup, at: Millis) =>
    oncall && paging
      ? pageInput({ section: oncall, escalation: paging.escalation, receivers, log: memory.log, at })
      : undefined;
  /** Until when looking again cannot change anything; see `flush`. */
  const quietUntil = (group: ReplayGroup, now: Millis): Millis => {
    let until = silences.changesAt(now);
    for (const row of group.rows.values()) until = Math.min(until, row.endsAt);
    for (const key of group.inhibitors)
      for (const source of sources.get(key) ?? []) if (!resolvedAt(source, now)) until = Math.min(until, source.endsAt);
    for (const entry of Object.values(group.state.log))
      until = Math.min(until, entry.at + group.config.repeatIntervalMs + 1);
    return until;
  };
  const restless = (compiled: Compiled, { route, config, memory }: ReplayGroup): boolean =>
    memory.subjects.size > 1 ||
    // Others may be on call at the next tick.
    config.paging !== undefined ||
    route.activeTimeIntervals.length + route.muteTimeIntervals.length > 0 ||
    compiled.cooldownsOf !== undefined ||
    silences.recurring ||
    options.onFlush !== undefined;

  const watch = (group: ReplayGroup, key: string): void => {
    group.inhibitors.add(key);
    const watching = watchers.get(key) ?? new Set();
    watchers.set(key, watching.add(group));
  };
  const forget = (group: ReplayGroup): void => {
    groups.delete(group.subject);
    for (const key of group.inhibitors) watchers.get(key)?.delete(group);
  };

  return {
    insert(compiled, route, identity, row, now) {
      const subject = groupSubject(identity);
      let group = groups.get(subject);
      if (!group) {
        const config = groupConfigOf(route, identity, compiled);
        const memory = memoryOf(identity);
        // What lasted for a group that is over lasts no longer.
        if (config.paging && ![...memory.subjects].some((one) => groups.has(one))) sweep(memory, now);
        const { startsAt } = row;
        const notBefore = from + (options.startDelayMs ?? 0);
        const state = alertGroup.step(
          config,
          alertGroup.initial(config, now),
          { kind: "open", at: now, startsAt, notBefore },
          now,
        ).state;
        group = {
          number: opened,
          subject,
          route,
          config,
          rows: new Map(),
          memory,
          inhibitors: new Set(),
          state,
          wakesAt: 0,
        };
        groups.set(subject, group);
        memory.subjects.add(subject);
        opened += 1;
        // Just before now: a first flush that is due at once is the next one.
        schedule(group, now - 1);
      }
      const before = group.rows.get(row.fingerprint);
      group.rows.set(row.fingerprint, row);
      if (!before) for (const { key } of compiled.inhibit.targetKeys(row.labels)) watch(group, key);
      // An earlier end than before is one more instant at which something changes.
      const earlier = group.quiet !== undefined && row.endsAt < group.quiet.until;
      if (!before || resolvedAt(before, now) || resolvedAt(row, now) || earlier) disturb(group, now);
    },
    source(compiled, row, now) {
      for (const at of compiled.inhibit.sourceKeys(row.labels)) {
        const known = sources.get(at.key) ?? [];
        const kept = compiled.inhibit.keep(at, known, row);
        sources.set(at.key, kept);
        const same = ({ fingerprint }: AlertRow): boolean => fingerprint === row.fingerprint;
        const [before, after] = [known.find(same), kept.find(same)];
        if (!before && !after) continue;
        // The same alert firing on, only longer, changes nothing before it would have ended.
        const longer =
          before !== undefined &&
          after !== undefined &&
          resolvedAt(before, now) === resolvedAt(row, now) &&
          row.endsAt >= before.endsAt;
        if (!longer) for (const group of watchers.get(at.key) ?? []) disturb(group, now);
      }
    },
    flush(compiled, group, now) {
      if (groups.get(group.subject) !== group || group.wakesAt !== now) return;
      flushes += 1;
      lastAt = now;
      sweep(group.memory, now, logLasts(group.config, group.state));
      const summary = look(compiled, group, now);
      const state: GroupState = { ...group.state, log: group.memory.log };
      const step = alertGroup.step(group.config, state, summary.input, now);
      options.onFlush?.({
        at: now,
        receiver: group.config.identity.receiver,
        groupKey: group.config.identity.groupKey,
        reason: step.reason,
        ...(summary.input.held ? { held: summary.input.held } : {}),
        alerts: summary.judged.map(({ row, status, suppressed }) => ({ labels: row.labels, status, ...suppressed })),
      });
      const results = step.actions.map((action) => ({
        key: action.key,
        status: deliver(summary, action, compiled) ? ("done" as const) : ("failed" as const),
        at: now,
        detail: "replayed",
      }));
      group.state = step.actions.length > 0 ? alertGroup.settle(group.config, step.state, results, now) : step.state;
      const { log } = group.state;
      if (log !== state.log) {
        keepLarge(log, summary, now);
        const { memory } = group;
        commits.push(() => {
          memory.log = { ...memory.log, ...log };
        });
      }
      if (group.state.clearedAt === now)
        for (const [fingerprint, row] of group.rows) if (resolvedAt(row, now)) group.rows.delete(fingerprint);
      if (group.state.status !== "open") {
        forget(group);
        return;
      }
      delete group.quiet;
      if (results.every(({ status }) => status === "done") && !restless(compiled, group))
        group.quiet = { until: quietUntil(group, now) };
      schedule(group, now);
    },
    silencesChanged(now) {
      for (const group of groups.values()) disturb(group, now);
    },
    commit() {
      for (const commit of commits) commit();
      commits = [];
    },
    reset(compiled) {
      groups.clear();
      sources.clear();
      watchers.clear();
      if (!compiled.cooldownsOf) cooling.clear();
    },
    opened: () => opened,
    flushes: () => flushes,
    quietSince: () => lastAt,
  };
}
