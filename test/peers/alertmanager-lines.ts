import fc from "fast-check";
import { DAY_MS, MINUTE_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { PostedAlert } from "./alertmanager.ts";

/*
 * What happens and when. Both sides run in real time, so nothing may happen at the very instant of a flush. In parts of a second:
 * everything is posted at .00; alerts and silences end at .85; group_wait is 1.5 s, so what is new flushes at .50 and, as intervals are
 * whole seconds, ever after; alerts that are old when they come are posted at .35 and flush at once; the configuration is read
 * again at .18, so that what is then flushed at once or waits goes at .18 and .68.
 */
const LENGTH_S = 22;
const ENDS_MS = 850;
const OLD_MS = 350;
const RELOAD_AT_MS = 9_180;
export const LINE_MS = LENGTH_S * SECOND_MS;

export interface LineRoute {
  readonly groupBy: readonly string[];
  readonly intervalS: 1 | 2 | 3;
  /** Repeat after so many intervals and 0.3 s, where a tick never falls. */
  readonly repeats: number;
  readonly sendResolved: boolean;
  readonly integrations: 1 | 2;
  readonly continue: boolean;
  /** The interval that holds to the middle of the run, or from there on. */
  readonly interval?: { readonly kind: "mute" | "active"; readonly name: "before" | "after" } | undefined;
}

/** The routes of a line: the one of all its alerts and two below it. */
export interface LineTree {
  readonly all: LineRoute;
  readonly page: LineRoute;
  readonly loud: LineRoute;
  readonly inhibit: boolean;
}

export type LineEvent =
  | {
      readonly second: number;
      readonly kind: "fire";
      readonly name: string;
      readonly instance: string;
      readonly severity: string;
      /** Ends so many seconds later; absent: after resolve_timeout. */
      readonly lasts?: number | undefined;
      /** It started long before it is posted. */
      readonly old: boolean;
    }
  | {
      readonly second: number;
      readonly kind: "resolve";
      readonly name: string;
      readonly instance: string;
      readonly severity: string;
    }
  | {
      readonly second: number;
      readonly kind: "silence";
      readonly label: "alertname" | "inst" | "sev";
      readonly value: string;
      readonly regex: boolean;
      readonly startsIn: number;
      readonly lasts: number;
    }
  /** Ends the newest silence that is still there. */
  | { readonly second: number; readonly kind: "expire" };

export interface Line {
  readonly tree: LineTree;
  /** The tree after the configuration is read again. */
  readonly later: LineTree;
  readonly events: readonly LineEvent[];
}

const NAMES = ["Down", "Slow"];
const INSTANCES = ["1", "2", "3"];
const SEVERITIES = ["page", "warn", "info"];

const lineRoute: fc.Arbitrary<LineRoute> = fc.record({
  groupBy: fc.constantFrom<readonly string[]>([], ["alertname"], ["alertname", "inst"], ["..."], ["absent"]),
  intervalS: fc.constantFrom(1, 2, 3),
  repeats: fc.constantFrom(2, 3, 100),
  sendResolved: fc.boolean(),
  integrations: fc.constantFrom(1, 1, 2),
  continue: fc.boolean(),
  interval: fc.option(
    fc.record({
      kind: fc.constantFrom("mute" as const, "active" as const),
      name: fc.constantFrom("before" as const, "after" as const),
    }),
    { nil: undefined, freq: 3 },
  ),
});

const tree: fc.Arbitrary<LineTree> = fc.record({
  all: lineRoute,
  page: lineRoute,
  loud: lineRoute,
  inhibit: fc.boolean(),
});

const second = fc.nat(LENGTH_S - 4);
const which = {
  name: fc.constantFrom(...NAMES),
  instance: fc.constantFrom(...INSTANCES),
  severity: fc.constantFrom(...SEVERITIES),
};
const event: fc.Arbitrary<LineEvent> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      second,
      kind: fc.constant("fire" as const),
      ...which,
      lasts: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      old: fc.constantFrom(false, false, false, true),
    }),
  },
  { weight: 3, arbitrary: fc.record({ second, kind: fc.constant("resolve" as const), ...which }) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        second,
        kind: fc.constant("silence" as const),
        what: fc.constantFrom<readonly ["alertname" | "inst" | "sev", string, boolean]>(
          ["alertname", "Down", false],
          ["alertname", "Do.*", true],
          ["inst", "1|2", true],
          ["sev", "page", false],
          ["sev", "warn|info", true],
        ),
        startsIn: fc.constantFrom(0, 0, 2),
        lasts: fc.integer({ min: 2, max: 8 }),
      })
      .map(({ what: [label, value, regex], ...rest }) => ({ ...rest, label, value, regex })),
  },
  { weight: 1, arbitrary: fc.record({ second, kind: fc.constant("expire" as const) }) },
);

/** In the second before the configuration is read again what is posted is still waiting then. */
const fresh = ({ second: at, kind }: LineEvent) => (at === 8 || at === 9) && (kind === "fire" || kind === "resolve");

/**
 * In order of time, and without what upstream itself does now so, now so: two events of an alert at one instant; a second old alert at
 * a tick of the group of the first; alerts that wait and alerts that need not when the configuration is read again, which then come in
 * the order of a Go map, and the first of a group decides for it.
 */
function inTime(events: readonly LineEvent[]): readonly LineEvent[] {
  const seen = new Set<string>();
  const once = (key: string): boolean => !seen.has(key) && seen.add(key) !== undefined;
  return [...events]
    .sort((a, b) => a.second - b.second)
    .filter((one) =>
      once(`${one.second} ${"name" in one ? `${one.name} ${one.instance} ${one.severity}` : "silences"}`),
    )
    .map((one) => (one.kind === "fire" && one.old && !once("old") ? { ...one, old: false } : one))
    .filter((one, _index, all) => !fresh(one) || !all.some((other) => "name" in other && other.second < 8));
}

export const randomLine: fc.Arbitrary<Line> = fc.record({
  tree,
  later: tree,
  events: fc.array(event, { minLength: 3, maxLength: 14, size: "max" }).map(inTime),
});

const clock = (at: Millis): string => {
  const minutes = Math.round((at % DAY_MS) / MINUTE_MS);
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
};

/** alertmanager.yml (JSON) of many lines. `turn` is the full minute at which intervals change. */
export function linesConfig(
  trees: readonly (readonly [line: string, tree: LineTree])[],
  address: string,
  turn: Millis,
): string {
  const receiver = (line: string, name: string, { sendResolved, integrations }: LineRoute) => ({
    name: `${line}-${name}`,
    webhook_configs: Array.from({ length: integrations }, (_, index) => ({
      url: `${address}/${line}-${name}/${index}`,
      send_resolved: index === 0 ? sendResolved : !sendResolved,
    })),
  });
  const route = (line: string, name: string, one: LineRoute) => ({
    receiver: `${line}-${name}`,
    group_by: one.groupBy,
    group_wait: "1s500ms",
    group_interval: `${one.intervalS}s`,
    repeat_interval: `${one.repeats * one.intervalS}s300ms`,
    ...(one.interval ? { [`${one.interval.kind}_time_intervals`]: [one.interval.name] } : {}),
  });
  return JSON.stringify({
    global: { resolve_timeout: `4s${ENDS_MS}ms` },
    route: {
      receiver: "none",
      routes: trees.map(([line, { all, page, loud }]) => ({
        ...route(line, "all", all),
        matchers: [`line="${line}"`],
        routes: [
          // Never two routes with one key and receiver: their groups share a log upstream, and which of them writes it first at a tick
          // is a race there.
          { ...route(line, "page", page), matchers: ['sev="page"'], continue: page.continue },
          {
            ...route(line, "loud", loud),
            matchers: ['sev=~"page|warn"', 'alertname!="Slow"'],
            continue: loud.continue,
          },
        ],
      })),
    },
    inhibit_rules: trees
      .filter(([, { inhibit }]) => inhibit)
      .map(([line]) => ({
        source_matchers: [`line="${line}"`, 'sev="page"'],
        target_matchers: [`line="${line}"`, 'sev=~"warn|info"'],
        equal: ["inst"],
      })),
    time_intervals: [
      // Both of one day: a run around midnight is the one that cannot be written so.
      { name: "before", time_intervals: [{ times: [{ start_time: "00:00", end_time: clock(turn) }] }] },
      { name: "after", time_intervals: [{ times: [{ start_time: clock(turn), end_time: "24:00" }] }] },
    ],
    receivers: [
      { name: "none" },
      ...trees.flatMap(([line, { all, page, loud }]) => [
        receiver(line, "all", all),
        receiver(line, "page", page),
        receiver(line, "loud", loud),
      ]),
    ],
  });
}

/** What is done with one line at one instant. */
export type LineStep =
  | { readonly at: Millis; readonly alert: PostedAlert }
  | { readonly at: Millis; readonly silence: { readonly [name: string]: unknown }; readonly ref: string }
  | { readonly at: Millis; readonly expire: string };

export const reloadAt = (base: Millis): Millis => base + RELOAD_AT_MS;

const iso = (at: Millis): string => new Date(at).toISOString();

/** The events of a line as what is posted when, for a run that begins at `base`. */
export function stepsOf(name: string, { events }: Line, base: Millis): readonly LineStep[] {
  const silences: { ref: string; until: Millis }[] = [];
  return events.flatMap((one, index): readonly LineStep[] => {
    const at = base + one.second * SECOND_MS;
    if (one.kind === "expire") {
      const last = silences.findLast(({ until }) => until > at);
      if (last) silences.splice(silences.indexOf(last), 1);
      return last ? [{ at, expire: last.ref }] : [];
    }
    if (one.kind === "silence") {
      const startsAt = one.startsIn === 0 ? at : at + one.startsIn * SECOND_MS + ENDS_MS;
      const endsAt = at + (one.startsIn + one.lasts) * SECOND_MS + ENDS_MS;
      const ref = `${name}/${index}`;
      silences.push({ ref, until: endsAt });
      const matchers = [
        { name: "line", value: name, isRegex: false, isEqual: true },
        { name: one.label, value: one.value, isRegex: one.regex, isEqual: true },
      ];
      const text = { createdBy: "line", comment: ref };
      return [{ at, ref, silence: { matchers, startsAt: iso(startsAt), endsAt: iso(endsAt), ...text } }];
    }
    const labels = { line: name, alertname: one.name, inst: one.instance, sev: one.severity };
    if (one.kind === "resolve") return [{ at, alert: { labels, endsAt: iso(at) } }];
    if (one.old) {
      const times = { startsAt: iso(at - MINUTE_MS), endsAt: iso(at + (one.lasts ?? 5) * SECOND_MS + ENDS_MS) };
      return [{ at: at + OLD_MS, alert: { labels, ...times } }];
    }
    const endsAt = one.lasts === undefined ? {} : { endsAt: iso(at + one.lasts * SECOND_MS + ENDS_MS) };
    return [{ at, alert: { labels, startsAt: iso(at), ...endsAt } }];
  });
}
