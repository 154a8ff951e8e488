import { hash64 } from "../kernel/hash.ts";
import { DAY_MS, type Millis } from "../kernel/time.ts";
import { STARTS_AFTER_END } from "./merge.ts";
import { type Compiled, compileConfig } from "./replay-config.ts";
import { type ReplayGroup, replayGroups } from "./replay-groups.ts";
import { agenda } from "./replay-heap.ts";
import { provider } from "./replay-provider.ts";
import { replaySilences } from "./replay-silences.ts";
import type { AlertEvent, Replay, ReplayedNotification, ReplayOptions } from "./replay-types.ts";
import { groupIdentityOf, matchRoutes } from "./routes.ts";
import type { AlertingConfig, AlertmanagerSettings, AlertRow } from "./types.ts";

export type { AlertEvent, Replay, ReplayedNotification, ReplayOptions } from "./replay-types.ts";

/** Where nothing says otherwise the replay ends so long after the last event: alerts may have an end in years. */
const LONGEST_TAIL_MS = DAY_MS;

/**
 * What a configuration would have made of a series of events, in virtual time: every notification, with upstream's clock, and every
 * delivery done at once. Routing, merging, suppression and decisions are the very functions that live groups run on.
 *
 * @returns notifications in order of time
 */
export function replayAlerts(
  config: AlertingConfig | AlertmanagerSettings,
  events: readonly AlertEvent[],
  options: ReplayOptions = {},
): Replay {
  const sorted = events.every((event, index) => index === 0 || event.at >= (events[index - 1] as AlertEvent).at)
    ? events
    : [...events].sort((a, b) => a.at - b.at);
  const from = options.from ?? sorted[0]?.at ?? 0;
  const lastAt = sorted.at(-1)?.at ?? from;
  const until = options.until ?? lastAt + LONGEST_TAIL_MS;
  let versions = 0;
  let compiled: Compiled = compileConfig(config, "1");
  const known = provider(from);
  const silences = replaySilences();
  const notifications: ReplayedNotification[] = [];
  const refused: { at: Millis; message: string }[] = [];
  const wakes = agenda<ReplayGroup>();
  const groups = replayGroups({
    from,
    options,
    silences,
    notify: (notification) => notifications.push(notification),
    wake: (at, group) => wakes.push(at, group),
  });
  let alerts = 0;

  const route = (row: AlertRow, now: Millis): void => {
    for (const matched of matchRoutes(compiled.root, row.labels))
      groups.insert(compiled, matched, groupIdentityOf(matched, row.labels), row, now);
  };
  const reload = (next: AlertingConfig | AlertmanagerSettings, now: Millis): void => {
    versions += 1;
    compiled = compileConfig(next, hash64(`${versions}`));
    groups.reset(compiled);
    const rows = known.rows(now);
    for (const row of rows) groups.source(compiled, row, now);
    for (const row of rows) route(row, now);
  };
  const apply = (event: AlertEvent): void => {
    if ("alerts" in event) {
      for (const message of event.refused ?? []) refused.push({ at: event.at, message });
      const assumedEnd = event.at + compiled.resolveTimeoutMs;
      const valid = event.alerts.filter(
        ({ startsAt, endsAt = assumedEnd }) => !(startsAt !== undefined && startsAt > endsAt),
      );
      for (let count = valid.length; count < event.alerts.length; count += 1)
        refused.push({ at: event.at, message: STARTS_AFTER_END });
      const rows = valid.map((alert) => known.put(alert, event.at, compiled.resolveTimeoutMs));
      alerts += rows.length;
      for (const row of rows) groups.source(compiled, row, event.at);
      for (const row of rows) route(row, event.at);
      return;
    }
    if ("config" in event) {
      reload(event.config, event.at);
      return;
    }
    const wrong = "silence" in event ? silences.put(event.silence, event.at) : silences.expire(event.expire, event.at);
    if (wrong !== undefined) refused.push({ at: event.at, message: wrong });
    else groups.silencesChanged(event.at);
  };
  /** Flushes up to an instant, which is left out unless `through`. */
  const flushUntil = (at: Millis, through: boolean): void => {
    for (let next = wakes.next; next !== undefined && (through ? next <= at : next < at); next = wakes.next) {
      const due: ReplayGroup[] = [];
      while (wakes.next === next) due.push(wakes.pop() as ReplayGroup);
      // In the order in which they were opened: which of them was put off when has no say.
      if (due.length > 1) due.sort((a, b) => a.number - b.number);
      for (const group of due) groups.flush(compiled, group, next);
      groups.commit();
      // Ticks of this instant are over: what a silence lets go is told at the next one.
      if (silences.settle(() => known.rows(next as Millis), next)) groups.silencesChanged(next + 1);
    }
  };

  for (const event of sorted) {
    if (event.at > until) break;
    flushUntil(event.at, false);
    apply(event);
    if (silences.settle(() => known.rows(event.at), event.at)) groups.silencesChanged(event.at);
  }
  flushUntil(until, true);
  return {
    notifications,
    refused,
    from,
    until: options.until ?? Math.max(lastAt, groups.quietSince()),
    counts: { events: sorted.length, alerts, groups: groups.opened(), flushes: groups.flushes() },
  };
}
