import { absent, alertmanagerVersion, startAlertmanager, startHeadgate } from "../test/peers/alertmanager.ts";
import { type Flood, flood, type Grouping } from "./alerting/flood.ts";
import { killed } from "./alerting/kill.ts";
import { replayMonth } from "./alerting/month.ts";
import { routeAll } from "./alerting/routing.ts";
import { storm } from "./alerting/storm.ts";
import { type Row, row } from "./row.ts";
import { median, medianMs } from "./timing.ts";

const ALERTS = 5_000;
const EVENTS = 100_000;
const ROUNDS = 3;

interface Round {
  readonly ours: Flood;
  readonly theirs: Flood | undefined;
}

/** Both, one after the other, in each round, so that what slows the machine for a while slows both. */
async function rounds(grouping: Grouping): Promise<readonly Round[]> {
  const found: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const theirs = absent() === undefined ? await flood(startAlertmanager, grouping, ALERTS) : undefined;
    found.push({ ours: await flood(startHeadgate, grouping, ALERTS), theirs });
  }
  return found;
}

interface Asked {
  readonly measure: string;
  readonly unit: string;
  readonly of: (one: Flood) => number;
  readonly bar?: number;
  readonly better?: "lower" | "higher";
}

const PEER = `Alertmanager ${alertmanagerVersion()}, beside it in the same run (memory only)`;

/** Medians of the rounds; the ratio is that of the medians of one run. */
function rows(all: readonly Round[], asked: readonly Asked[]): readonly Row[] {
  const theirs = all.flatMap((one) => (one.theirs ? [one.theirs] : []));
  return asked.map(({ of, ...figure }) =>
    row("alerting", {
      ...figure,
      value: median(all.map(({ ours }) => of(ours))),
      peer: { name: PEER, value: theirs.length > 0 ? median(theirs.map(of)) : null },
    }),
  );
}

const share = (all: readonly Round[]): readonly Row[] => {
  const shares = all.flatMap(({ ours, theirs }) => (theirs ? [ours.perSecond / theirs.perSecond] : []));
  if (shares.length === 0) return [];
  const measure = "POST in batches of 100 into 1 group: share of Alertmanager's rate, median of rounds";
  return [row("alerting", { measure, value: median(shares), unit: "x", bar: 0.6, better: "higher" })];
};

const posting = (grouping: Grouping): Asked => ({
  measure: `POST in batches of 100, durable on SQLite, into ${grouping}`,
  unit: "alerts/s",
  of: ({ perSecond }) => perSecond,
  bar: 10_000,
  better: "higher",
});

async function flooded(): Promise<readonly Row[]> {
  const one = await rounds("1 group");
  const fifty = await rounds("50 groups");
  const each = await rounds("5,000 groups");
  return [
    ...rows(one, [
      posting("1 group"),
      {
        measure: `${ALERTS} alerts to the first webhook at group_wait 1 s`,
        unit: "ms",
        of: (run) => run.firstWebhookMs,
        bar: 1_400,
      },
      { measure: `GET /api/v2/alerts of ${ALERTS}`, unit: "ms", of: (run) => run.alertsMs },
      { measure: `GET /api/v2/alerts/groups of ${ALERTS} in 1 group`, unit: "ms", of: (run) => run.groupsMs },
      { measure: `RSS after ${ALERTS} alerts in 1 group`, unit: "MB", of: (run) => run.rssMb },
    ]),
    ...share(one),
    ...rows(fifty, [
      posting("50 groups"),
      { measure: "50 groups of 100 alerts delivered", unit: "ms", of: (run) => run.allToldMs },
    ]),
    ...rows(each, [
      posting("5,000 groups"),
      { measure: "5,000 groups delivered", unit: "ms", of: (run) => run.allToldMs, bar: 3_000 },
      {
        measure: "webhooks of 5,000 groups",
        unit: "webhooks",
        of: (run) => run.webhooks,
        bar: ALERTS,
        better: "lower",
      },
      { measure: `GET /api/v2/alerts/groups of 5,000 groups`, unit: "ms", of: (run) => run.groupsMs },
      { measure: "RSS after 5,000 groups", unit: "MB", of: (run) => run.rssMb },
    ]),
  ];
}

/** Alerts posted, told of and replayed, the real Alertmanager beside it; some five minutes. */
export async function bench(): Promise<readonly Row[]> {
  const live = await flooded();
  const burst = await storm();
  const month = [0, 1, 2].map(() => replayMonth(EVENTS));
  const deaths = await killed();
  return [
    ...live,
    row("alerting", {
      measure: "storm of 50,000 alerts of one cause: refused or lost",
      value: burst.lost,
      unit: "alerts",
      bar: 0,
    }),
    row("alerting", { measure: "storm of 50,000: notifications", value: burst.webhooks, unit: "webhooks", bar: 2 }),
    row("alerting", {
      measure: "storm of 50,000: slowest answer of the API",
      value: burst.slowestMs,
      unit: "ms",
      bar: 1_000,
    }),
    row("alerting", { measure: "storm of 50,000: RSS", value: burst.rssMb, unit: "MB" }),
    row("alerting", {
      measure: `replay of 30 days, ${EVENTS} alert events (${month[0]?.notifications} notifications)`,
      value: median(month.map(({ seconds }) => seconds)),
      unit: "s",
      bar: 20,
    }),
    row("alerting", {
      measure: "compile 1,000 routes and match 10,000 alerts",
      value: (await medianMs(3, routeAll)) / 1000,
      unit: "s",
      bar: 1.5,
    }),
    row("alerting", {
      measure: `kill -9 at ${deaths.seeds} points: accepted alerts lost`,
      value: deaths.lost,
      unit: "alerts",
      bar: 0,
    }),
    row("alerting", {
      measure: `kill -9 at ${deaths.seeds} points: notifications with two keys`,
      value: deaths.twoKeys,
      unit: "keys",
      bar: 0,
    }),
  ];
}
