import { quantile } from "../shared/core/readiness/load/histogram.ts";
import { microsText, outcomeText, type Quantiles } from "../shared/core/readiness/load/judge.ts";
import type { Knee } from "../shared/core/readiness/load/knee.ts";
import type { ObjectiveOutcome } from "../shared/core/readiness/load/objectives.ts";
import { capacityYaml, type LoadReport } from "../shared/core/readiness/load/report.ts";
import type { LoadSecond } from "../shared/core/readiness/load/rows.ts";
import { plain, table } from "./io.ts";

const whole = (value: number): string => Math.round(value).toLocaleString("en-US");
const short = (value: number): string => (value >= 100 ? whole(value) : String(Number(value.toPrecision(3))));
const us = (value: number | undefined): string => (value === undefined ? "-" : microsText(value));

const quantileRow = (name: string, { p50, p90, p99, p999, max }: Quantiles): readonly string[] => [
  name,
  ...[p50, p90, p99, p999, max].map(us),
];

const outcomeRow = (one: ObjectiveOutcome): readonly string[] => [
  one.objective,
  one.met ? "yes" : "NO",
  outcomeText(one),
];

function kneeLine(knee: Knee, held: boolean): string {
  if (knee.kind === "none") return `the objectives broke at every rate, the lowest was ${short(knee.high)} a second`;
  if (knee.kind === "at_least")
    return held
      ? `the objectives held up to ${short(knee.rate)} a second answered well, the most of this test`
      : `no rate was seen above which the objectives broke for good; at most ${short(knee.rate)} a second were answered well while they held`;
  return `the objectives held up to ${short(knee.rate)} a second (${short(knee.low)} to ${short(knee.high)}); ${knee.broke} broke in second ${knee.brokeAt}`;
}

function capacityLines({ capacity, plan, service }: LoadReport): readonly string[] {
  if (!capacity || !plan) return [];
  const { perInstance, low, high, instances, atLeast } = capacity;
  const rows = plan.needs.map(({ times, rate, instances: count, cautious, usdPerMonth }) => [
    times === 1 ? "today" : `x ${times}`,
    short(rate),
    count === cautious ? String(count) : `${count} (${cautious} to be safe)`,
    usdPerMonth === undefined ? "?" : usdPerMonth.toFixed(2),
  ]);
  return [
    "",
    `one instance does ${atLeast ? "at least " : ""}${short(perInstance)} a second (${short(low)} to ${short(high)}), with ${instances} of them`,
    ...table([["LOAD", "PER SECOND", "INSTANCES", "USD A MONTH"], ...rows]),
    ...plan.assumed.map((one) => `  assumed: ${one}`),
    ...(service === undefined
      ? []
      : ["", "for headgate.yaml:", ...capacityYaml(service, capacity).trimEnd().split("\n")]),
  ].map(plain);
}

/** A report for people. */
export function reportLines(report: LoadReport): readonly string[] {
  const { verdict, why, outcomes, totals, latency, fromSend, knee, bottleneck, drift } = report;
  const { asked, sent, ok, errors, timeouts, unsent, late } = totals;
  return [
    plain(`${verdict}: ${why}`),
    "",
    ...(outcomes.length === 0 ? [] : [...table([["OBJECTIVE", "HELD", "MEASURED"], ...outcomes.map(outcomeRow)]), ""]),
    ...table([
      ["LATENCY", "P50", "P90", "P99", "P99.9", "MAX"],
      quantileRow("from when it was due", latency),
      quantileRow("from the send", fromSend),
    ]),
    "",
    `due ${whole(asked)}, sent ${whole(sent)}, answered well ${whole(ok)}, failed ${whole(errors)}, timed out ${whole(timeouts)}, never sent ${whole(unsent)}; ${whole(late)} waited for a connection`,
    ...(knee ? [kneeLine(knee, verdict === "held")] : []),
    plain(`bottleneck: ${bottleneck.resource ?? "not seen"}; ${bottleneck.why}`),
    ...(drift === undefined ? [] : [`p99 of the last third is ${drift.toFixed(2)} times that of the first`]),
    ...capacityLines(report),
  ];
}

/** A passing line while it runs. */
export function secondText(
  { second, asked, done, inFlight, latency, errors, timeouts, unsent }: LoadSecond,
  seconds: number,
): string {
  const failed = errors + timeouts + unsent;
  return `second ${second} of ${Math.ceil(seconds)}: asked ${whole(asked)}/s, answered ${whole(done)}/s, p99 ${us(quantile(latency, 0.99))}, in flight ${whole(inFlight)}, failed ${whole(failed)}`;
}
