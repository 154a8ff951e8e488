import { describe, expect, test } from "vitest";
import { diffReplays } from "../../shared/core/alerting/diff.ts";
import { type AlertEvent, type ReplayOptions, replayAlerts } from "../../shared/core/alerting/engine.ts";
import type { PostedAlert } from "../../shared/core/alerting/merge.ts";
import type { AlertingConfig, AlertmanagerSettings } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";
import { is, node, receiver, settings, webhook } from "./given-settings.ts";

const S = 1_000;
const DAY = 86_400_000;
const FAR = 1_000 * DAY;

const alert = (labels: Labels, more: Partial<PostedAlert> = {}): PostedAlert => ({ labels, annotations: {}, ...more });
/** An alert that goes on, or is over. */
const fires = (at: number, labels: Labels, more: Partial<PostedAlert> = {}): AlertEvent => ({
  at,
  alerts: [alert(labels, { endsAt: FAR, startsAt: at, ...more })],
});
const ends = (at: number, labels: Labels): AlertEvent => ({ at, alerts: [alert(labels, { endsAt: at })] });
const silence = (at: number, id: string, name: string, value: string, forMs: number): AlertEvent => ({
  at,
  silence: {
    id,
    matcherSets: [[is(name, value)]],
    startsAt: at,
    endsAt: at + forMs,
    createdBy: "",
    comment: "",
    annotations: {},
  },
});

/** `at receiver/integration reason: +firing -resolved`, by the value of label `n` (else alertname). */
function told(
  config: AlertmanagerSettings | AlertingConfig,
  events: readonly AlertEvent[],
  options: ReplayOptions = {},
): readonly string[] {
  return replayAlerts(config, events, { until: 5 * 60 * S, ...options }).notifications.map(
    ({ at, receiver: to, integration, reason, alerts }) =>
      `${at / S} ${to}/${integration} ${reason}: ${alerts
        .map(({ status, labels }) => `${status === "firing" ? "+" : "-"}${labels["n"] ?? labels["alertname"]}`)
        .join(" ")}`,
  );
}

const down = { alertname: "Down", n: "a" };
const other = { alertname: "Down", n: "b" };

describe("group_wait, group_interval, repeat_interval", () => {
  test("first after the wait, news at the next tick, the end at a tick, ticks counted from the first", () =>
    expect(told(settings(), [fires(0, down), fires(30 * S, other), ends(100 * S, down), ends(140 * S, other)])).toEqual(
      [
        "10 chat/webhook[0] first notification: +a",
        "70 chat/webhook[0] new alerts added: +a +b",
        "130 chat/webhook[0] some alerts resolved: -a +b",
        "190 chat/webhook[0] all alerts resolved: -b",
      ],
    ));

  test("a repeat is due at the first tick that is more than repeat_interval after the last message", () => {
    const route = { groupIntervalMs: 60 * S, repeatIntervalMs: 120 * S };
    expect(told(settings({ route }), [fires(0, down)], { until: 420 * S })).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "190 chat/webhook[0] repeat interval elapsed: +a",
      "370 chat/webhook[0] repeat interval elapsed: +a",
    ]);
    const uneven = { groupIntervalMs: 60 * S, repeatIntervalMs: 119 * S };
    expect(told(settings({ route: uneven }), [fires(0, down)], { until: 200 * S })).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "130 chat/webhook[0] repeat interval elapsed: +a",
    ]);
  });

  test("an old alert skips the wait of a new group, and only of that", () =>
    expect(
      told(settings(), [fires(0, down, { startsAt: -60 * S }), fires(5 * S, other, { startsAt: -60 * S })]),
    ).toEqual(["0 chat/webhook[0] first notification: +a", "60 chat/webhook[0] new alerts added: +a +b"]));

  test("no flush before the start delay is over", () =>
    expect(told(settings(), [fires(0, down)], { startDelayMs: 45 * S })).toEqual([
      "45 chat/webhook[0] first notification: +a",
    ]));

  test("without an end an alert is over after resolve_timeout, as of the next tick", () =>
    expect(told(settings({ resolveTimeoutMs: 30 * S }), [{ at: 0, alerts: [alert(down)] }])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "70 chat/webhook[0] all alerts resolved: -a",
    ]));
});

describe("resolved alerts", () => {
  test("resolved before anybody was told: no message", () =>
    expect(told(settings(), [fires(0, down), ends(5 * S, down)])).toEqual([]));

  test("with send_resolved off the end is not sent, and the next time is a first time", () => {
    const receivers = [receiver("chat", webhook(0, { sendResolved: false }))];
    expect(told(settings({ receivers }), [fires(0, down), ends(20 * S, down), fires(100 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "110 chat/webhook[0] first notification: +a",
    ]);
  });

  test("one that fires again before its end was delivered stays", () =>
    expect(told(settings(), [fires(0, down), fires(0, other), ends(20 * S, down), fires(40 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a +b",
    ]));

  test("they leave only after delivery: a failed one is tried again at the next tick", () => {
    const failing: ReplayOptions = { fails: ({ at }) => at === 70 * S };
    expect(told(settings(), [fires(0, down), ends(20 * S, down)], failing)).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "130 chat/webhook[0] all alerts resolved: -a",
    ]);
  });

  test("resolved while it was silenced: it leaves unheard, and is not told of when it fires again within the repeat interval", () =>
    expect(
      told(settings(), [
        fires(0, down),
        silence(20 * S, "s", "n", "a", 60 * S),
        ends(40 * S, down),
        fires(100 * S, down),
      ]),
    ).toEqual(["10 chat/webhook[0] first notification: +a"]));

  test("an emptied group is a new group, with a new wait", () =>
    expect(told(settings(), [fires(0, down), ends(20 * S, down), fires(75 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "70 chat/webhook[0] all alerts resolved: -a",
      "85 chat/webhook[0] first notification: +a",
    ]));
});

describe("what holds alerts back", () => {
  test("an inhibited alert is told of when its source is over", () => {
    const inhibitRules = [{ source: [is("n", "a")], target: [is("n", "b")], equal: [] }];
    const config = settings({ inhibitRules, route: { groupBy: ["n"] } });
    expect(told(config, [fires(0, down), fires(0, other), ends(30 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "70 chat/webhook[0] all alerts resolved: -a",
      "70 chat/webhook[0] first notification: +b",
    ]);
  });

  test("an inhibited alert that is a source itself is told of when the other source is over early", () => {
    const inhibitRules = [{ source: [is("alertname", "Down")], target: [is("n", "b")], equal: [] }];
    const config = settings({ inhibitRules, route: { groupBy: ["n"] } });
    const source = fires(0, down, { endsAt: 2_000 * S });
    expect(told(config, [source, fires(0, other), ends(30 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "70 chat/webhook[0] all alerts resolved: -a",
      "70 chat/webhook[0] first notification: +b",
    ]);
  });

  test("of many sources the one that is left inhibits on", () => {
    const inhibitRules = [{ source: [is("alertname", "Down")], target: [is("alertname", "Slow")], equal: [] }];
    const config = settings({ inhibitRules, route: { groupBy: ["alertname"] } });
    const nodes = Array.from({ length: 30 }, (_, index) => ({ alertname: "Down", n: `${index}` }));
    const events = [
      ...nodes.map((labels, index) => fires(0, labels, { endsAt: (1_000 + index) * S })),
      fires(0, { alertname: "Slow" }),
      ...nodes.slice(1).map((labels) => ends(20 * S, labels)),
      ends(100 * S, nodes[0] as Labels),
    ];
    expect(told(config, events).filter((line) => line.includes("Slow"))).toEqual([
      "130 chat/webhook[0] first notification: +Slow",
    ]);
  });

  test("a silence that ends lets the next tick tell", () =>
    expect(told(settings(), [silence(0, "s", "n", "a", 60 * S), fires(1 * S, down)])).toEqual([
      "71 chat/webhook[0] first notification: +a",
    ]));

  test("a silence that is expired lets it tell as well, under the id it was posted with", () => {
    const events = [silence(0, "s", "n", "a", 600 * S), fires(1 * S, down), { at: 15 * S, expire: "s" }];
    expect(told(settings(), events)).toEqual(["71 chat/webhook[0] first notification: +a"]);
  });

  test("a silence until its alerts are resolved ends with them, and leaves the next occurrence alone", () => {
    const posted = silence(0, "s", "n", "a", 6_000 * S) as AlertEvent & { silence: object };
    const events = [
      { ...posted, silence: { ...posted.silence, untilResolved: true } } as AlertEvent,
      fires(1 * S, down),
      ends(60 * S, down),
      fires(80 * S, down),
    ];
    expect(told(settings(), events)).toEqual(["90 chat/webhook[0] first notification: +a"]);
  });

  test("what the API would refuse is told, and changes nothing", () => {
    const replayed = replayAlerts(settings(), [{ at: 0, expire: "nobody" }, silence(5, "s", "n", "a", 0)]);
    expect(replayed.refused.map(({ message }) => message)).toEqual([
      'silence "nobody" not found',
      "Failed to create silence: start time must be before end time",
    ]);
  });

  const night = { name: "night", intervals: [{ times: [{ begin: 0, end: 2 }] }] };
  test("intervals hold at the flush; after them it is decided against the last message that went out", () => {
    const config = settings({ timeIntervals: [night], route: { routes: [node({ muteTimeIntervals: ["night"] })] } });
    expect(told(config, [fires(0, down)])).toEqual(["130 chat/webhook[0] first notification: +a"]);
  });

  test("active and mute intervals are of the node alone: a child of a muted route is not muted", () => {
    const child = node({ receiver: "other", matchers: [is("n", "a")] });
    const route = { routes: [node({ muteTimeIntervals: ["night"], routes: [child] })] };
    const config = settings({ timeIntervals: [night], route, receivers: [receiver("chat"), receiver("other")] });
    expect(told(config, [fires(0, down), fires(0, other)], { until: 100 * S })).toEqual([
      "10 other/webhook[0] first notification: +a",
    ]);
  });
});

describe("several groups, receivers and integrations", () => {
  test("an alert that goes on is in the groups of all routes that match", () => {
    const routes = [node({ receiver: "all", continue: true }), node({ receiver: "chat", matchers: [is("n", "a")] })];
    const config = settings({ route: { routes }, receivers: [receiver("all"), receiver("chat")] });
    expect(told(config, [fires(0, down)])).toEqual([
      "10 all/webhook[0] first notification: +a",
      "10 chat/webhook[0] first notification: +a",
    ]);
  });

  test("integrations decide for themselves", () => {
    const receivers = [receiver("chat", webhook(0), webhook(1, { sendResolved: false }))];
    expect(told(settings({ receivers }), [fires(0, down), fires(0, other), ends(20 * S, other)])).toEqual([
      "10 chat/webhook[0] first notification: +a +b",
      "10 chat/webhook[1] first notification: +a +b",
      "70 chat/webhook[0] some alerts resolved: +a -b",
    ]);
  });

  test("two routes with one key and receiver share their log, unless they flush side by side", () => {
    const twins = (wait: number) =>
      settings({ route: { routes: [node({ continue: true }), node({ groupWaitMs: wait })] } });
    expect(told(twins(20 * S), [fires(0, down)])).toEqual(["10 chat/webhook[0] first notification: +a"]);
    expect(told(twins(10 * S), [fires(0, down)])).toHaveLength(2);
  });
});

describe("a reload", () => {
  test("groups are formed anew; what was told before is not told again", () =>
    expect(told(settings(), [fires(0, down), { at: 40 * S, config: settings() }, fires(45 * S, other)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      // Old alerts are flushed at once, so the ticks count from the reload.
      "100 chat/webhook[0] new alerts added: +a +b",
    ]));

  test("another receiver hears of everything at once", () => {
    const next = settings({ route: { receiver: "other" }, receivers: [receiver("other")] });
    expect(told(settings(), [fires(0, down), { at: 40 * S, config: next }])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "40 other/webhook[0] first notification: +a",
    ]);
  });

  test("resolved alerts are forgotten at the sweep every half an hour, not before", () => {
    const next = settings({ route: { receiver: "other" }, receivers: [receiver("other")] });
    const run = (at: number) =>
      told(settings(), [fires(0, down), fires(0, other), ends(20 * S, down), { at, config: next }], { until: at }).at(
        -1,
      );
    expect(run(20 * 60 * S)).toBe("1200 other/webhook[0] first notification: -a +b");
    expect(run(40 * 60 * S)).toBe("2400 other/webhook[0] first notification: +b");
  });
});

describe("beside upstream", () => {
  const own = (more: Partial<AlertingConfig>): AlertingConfig => ({
    file: "alertmanager.yml",
    settings: settings({ route: { groupBy: ["n"] }, receivers: [receiver("chat"), receiver("oncall")] }),
    escalation: [],
    cooldown: [],
    limits: { alertsPerMinute: 1 },
    keepEventsMs: 0,
    ...more,
  });

  test("nobody acknowledged: the next receiver is told after the time given, and of the end", () => {
    const config = own({ escalation: [{ match: [is("n", "a")], afterMs: 75 * S, to: "oncall" }] });
    expect(told(config, [fires(0, down), fires(0, other), ends(100 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "10 chat/webhook[0] first notification: +b",
      "85 oncall/webhook[0] escalated: +a",
      "130 chat/webhook[0] all alerts resolved: -a",
      "130 oncall/webhook[0] all alerts resolved: -a",
    ]);
  });

  test("alerts alike are told of once per cooldown; what was told is still told to be over", () => {
    const config = own({ cooldown: [{ match: [], by: ["alertname"], forMs: 150 * S }] });
    expect(told(config, [fires(0, down), fires(20 * S, other), ends(100 * S, down)])).toEqual([
      "10 chat/webhook[0] first notification: +a",
      "130 chat/webhook[0] all alerts resolved: -a",
      "210 chat/webhook[0] first notification: +b",
    ]);
  });
});

test("alerts are told in upstream's order: by job, by instance, then by labels", () => {
  const labels = [{ n: "z" }, { n: "c", job: "b" }, { n: "b", job: "a", instance: "2" }, { n: "a", job: "a" }];
  const config = settings({ route: { groupBy: [] } });
  expect(told(config, [{ at: 0, alerts: labels.map((one) => alert(one)) }], { until: 20 * S })).toEqual([
    "10 chat/webhook[0] first notification: +b +a +c +z",
  ]);
});

test("a comparison tells what only one sends, and what comes at another time", () => {
  const events = [fires(0, down), ends(30 * S, down)];
  const run = (route: object) => replayAlerts(settings({ route }), events).notifications;
  const difference = diffReplays(run({}), run({ groupWaitMs: 20 * S }));
  expect(difference).toMatchObject({ same: 0, onlyConfig: [], onlyAgainst: [] });
  expect(difference.moved.map(({ notification, againstAt }) => [notification.at, againstAt])).toEqual([
    [10_000, 20_000],
    [70_000, 80_000],
  ]);
  const receivers = [receiver("chat"), receiver("b")];
  const both = replayAlerts(
    settings({ receivers, route: { routes: [node({ receiver: "b", continue: true }), node()] } }),
    events,
  );
  expect(diffReplays(run({}), both.notifications)).toMatchObject({
    same: 2,
    onlyAgainst: [{ receiver: "b" }, { receiver: "b" }],
  });
});

test("what is skipped because nothing can have changed would have changed nothing", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const inhibitRules = [{ source: [is("severity", "page")], target: [is("severity", "warn")], equal: ["service"] }];
  const config = settings({ inhibitRules, route: { groupBy: ["service"], repeatIntervalMs: 3_600_000 } });
  const events = Array.from({ length: 4_000 }, (_, index): AlertEvent => {
    const at = Math.floor((index * 2 * DAY) / 4_000);
    const labels = {
      alertname: `A${random(5)}`,
      service: `s${random(12)}`,
      severity: random(3) === 0 ? "page" : "warn",
    };
    if (random(40) === 0) return silence(at, `s${index}`, "service", labels.service, random(3) * 3_600_000 + 1);
    return random(4) === 0 ? ends(at, labels) : { at, alerts: [alert(labels)] };
  });
  // With an observer every tick is looked at.
  const all = replayAlerts(config, events, { onFlush: () => undefined });
  const skipping = replayAlerts(config, events);
  expect(skipping.notifications).toEqual(all.notifications);
  expect(skipping.counts.flushes).toBeLessThan(all.counts.flushes);
  expect(all.notifications.length).toBeGreaterThan(1_000);
});
