import { type Labels, labelOf } from "../kernel/labels.ts";
import type { Millis } from "../kernel/time.ts";
import type { CooldownKey } from "./cooldowns.ts";
import type { DeliveryCounts } from "./decide.ts";
import type { FlushInput, SampledAlert } from "./group-types.ts";
import type { CompiledInhibit, InhibitKey } from "./inhibit.ts";
import { intervalContains } from "./intervals/contains.ts";
import { resolvedAt } from "./merge.ts";
import type { PageInput } from "./oncall/paging-types.ts";
import { byAlert } from "./order.ts";
import { fingerprintSet } from "./sets.ts";
import { type CompiledSilences, silencedBy } from "./silences.ts";
import type { AlertRow, NamedTimeInterval, Suppression } from "./types.ts";

/** Alerts a record shows one by one. */
export const MOST_SAMPLED = 50;

/** What one integration was told last, with the members at hand. Absent: nothing, or it was forgotten. */
export interface KnownEntry {
  readonly at: Millis;
  readonly firing: ReadonlySet<string>;
  readonly resolved: ReadonlySet<string>;
}

/** Everything a flush looks at. */
export interface FlushFacts {
  /** Instant of the flush. */
  readonly now: Millis;
  /** The tick that is due; see `dueTick`. */
  readonly tick: Millis | undefined;
  /** The group's alerts, by fingerprint. */
  readonly rows: ReadonlyMap<string, AlertRow>;
  readonly route: { readonly muteTimeIntervals: readonly string[]; readonly activeTimeIntervals: readonly string[] };
  readonly intervals: ReadonlyMap<string, NamedTimeInterval>;
  readonly inhibit: CompiledInhibit;
  readonly sources: (at: InhibitKey) => readonly AlertRow[] | undefined;
  readonly silences: CompiledSilences;
  /** By key in the log, for every integration that may be told (the group's own, and those of escalations). */
  readonly log: ReadonlyMap<string, KnownEntry | undefined>;
  /** What `log` has of twins: see {@link FlushInput}. */
  readonly heard?: FlushInput["heard"];
  readonly cooldowns?: {
    readonly keysOf: (labels: Labels) => readonly CooldownKey[];
    readonly until: (key: string) => Millis | undefined;
  };
  /** Rules of escalation and what they match. */
  readonly escalation?: readonly { readonly rule: string; readonly matches: (labels: Labels) => boolean }[];
  /** Who is on call, where people on call are told. */
  readonly page?: PageInput;
}

export interface Judged {
  readonly row: AlertRow;
  readonly status: "firing" | "resolved";
  readonly suppressed?: Suppression;
}

/** A summary for the decision and the alerts behind it. */
export interface Summary {
  readonly input: FlushInput;
  /** What is told of, in the order in which it is told. Whoever does not send resolved alerts leaves those out. */
  readonly send: readonly { readonly row: AlertRow; readonly status: "firing" | "resolved" }[];
  /** Every alert of the group. */
  readonly judged: readonly Judged[];
}

/** The route's intervals that hold it back at an instant: outside of all active ones, or within a mute one. In upstream's order. */
export function heldByInterval(
  route: FlushFacts["route"],
  intervals: ReadonlyMap<string, NamedTimeInterval>,
  at: Millis,
): FlushInput["held"] {
  const within = (name: string): boolean =>
    intervals.get(name)?.intervals.some((interval) => intervalContains(interval, at)) ?? false;
  const active = route.activeTimeIntervals;
  if (active.length > 0 && !active.some(within)) return { by: "active", intervals: active };
  const mute = route.muteTimeIntervals.filter(within);
  return mute.length > 0 ? { by: "mute", intervals: mute } : undefined;
}

/** Until when an alert that was not told of in this group is held back because one like it was. */
export function coolingUntil(
  { cooldowns, now }: Pick<FlushFacts, "cooldowns" | "now">,
  labels: Labels,
): Millis | undefined {
  if (!cooldowns) return undefined;
  const ends = cooldowns.keysOf(labels).flatMap(({ key }) => cooldowns.until(key) ?? []);
  const latest = Math.max(...ends);
  return ends.length > 0 && latest > now ? latest : undefined;
}

/** Why an alert is not told of: inhibition, then silences, then a cooldown. What an earlier stage takes the later ones do not see. */
export function suppressionOf(facts: FlushFacts, row: AlertRow, held: boolean, told: boolean): Suppression | undefined {
  const inhibitedBy = facts.inhibit.inhibitedBy(row.labels, facts.sources, facts.now);
  if (inhibitedBy.length > 0) return { inhibitedBy };
  if (held) return undefined;
  const silences = silencedBy(facts.silences, row.labels, facts.now);
  if (silences.length > 0) return { silencedBy: silences };
  const until = told ? undefined : coolingUntil(facts, row.labels);
  return until === undefined ? undefined : { cooldownUntil: until };
}

const countsOf = (
  entry: KnownEntry | undefined,
  firing: readonly string[],
  resolved: readonly string[],
): DeliveryCounts & { readonly entryAt?: Millis } => ({
  firing: firing.length,
  resolved: resolved.length,
  newFiring: entry ? firing.filter((one) => !entry.firing.has(one)).length : firing.length,
  newResolved: entry ? resolved.filter((one) => !entry.resolved.has(one)).length : resolved.length,
  ...(entry ? { entryAt: entry.at } : {}),
});

/** What a flush decides from, made from a group's alerts. Pure; live flushes and replay both use it. */
export function summarize(facts: FlushFacts): Summary {
  const { now, tick, rows, log } = facts;
  const held = heldByInterval(facts.route, facts.intervals, tick ?? now);
  const toldFiring = (fingerprint: string): boolean =>
    [...log.values()].some((entry) => entry?.firing.has(fingerprint));
  const judged: Judged[] = [];
  const send: { row: AlertRow; status: "firing" | "resolved" }[] = [];
  const counts = { alerts: rows.size, firing: 0, resolved: 0, inhibited: 0, silenced: 0, cooling: 0 };
  for (const row of rows.values()) {
    const status = resolvedAt(row, now) ? "resolved" : "firing";
    const told = facts.cooldowns ? toldFiring(row.fingerprint) : false;
    const suppressed = suppressionOf(facts, row, held !== undefined, told);
    counts[status] += 1;
    if (suppressed?.inhibitedBy) counts.inhibited += 1;
    else if (suppressed?.silencedBy) counts.silenced += 1;
    else if (suppressed?.cooldownUntil !== undefined) counts.cooling += 1;
    judged.push({ row, status, ...(suppressed ? { suppressed } : {}) });
    if (!held && !suppressed) send.push({ row, status });
  }
  send.sort((a, b) => byAlert(a.row, b.row));
  const of = (wanted: "firing" | "resolved"): readonly string[] =>
    send.flatMap(({ row, status }) => (status === wanted ? [row.fingerprint] : []));
  const [firing, resolved] = [of("firing"), of("resolved")];
  const ends = send.flatMap(({ row, status }) => (status === "firing" ? [coolingUntil(facts, row.labels)] : []));
  const cooling = ends.length > 0 && ends.every((end) => end !== undefined);
  const input: FlushInput = {
    kind: "flush",
    at: now,
    ...(tick === undefined ? {} : { tick }),
    counts,
    ...(held ? { held } : {}),
    firing: fingerprintSet(firing),
    resolved: fingerprintSet(resolved),
    ...(facts.heard ? { heard: facts.heard } : {}),
    integrations: Object.fromEntries([...log].map(([key, entry]) => [key, countsOf(entry, firing, resolved)])),
    ...(cooling ? { cooldownUntil: Math.min(...(ends as readonly Millis[])) } : {}),
    escalates: (facts.escalation ?? []).flatMap(({ rule, matches }) =>
      send.some(({ row, status }) => status === "firing" && matches(row.labels)) ? [rule] : [],
    ),
    ...(facts.page ? { page: facts.page } : {}),
    sample: sampleOf(judged, held !== undefined),
  };
  return { input, send, judged };
}

/** Rather than a whole label set of more characters, a record shows the alert's name alone. */
const MOST_LABEL_CHARS = 1_000;

const labelsShown = (labels: Labels): Labels => {
  let chars = 0;
  for (const [name, value] of Object.entries(labels)) chars += name.length + value.length;
  return chars <= MOST_LABEL_CHARS ? labels : { alertname: labelOf(labels, "alertname").slice(0, MOST_LABEL_CHARS) };
};

function sampleOf(judged: readonly Judged[], held: boolean): readonly SampledAlert[] {
  const told = held ? [] : judged.filter(({ suppressed }) => !suppressed);
  const others = held ? judged : judged.filter(({ suppressed }) => suppressed);
  return [...told, ...others].slice(0, MOST_SAMPLED).map(({ row, status, suppressed }) => ({
    fingerprint: row.fingerprint,
    labels: labelsShown(row.labels),
    status,
    startsAt: row.startsAt,
    ...(suppressed ? { suppressed } : {}),
  }));
}
