import { clockTime, plural, quantity } from "./format.ts";
import type { Known } from "./known.ts";
import { listOf, members, numberOf, textOf } from "./values.ts";

const MINUTE_MS = 60_000;
const NOTHING = { points: [], unit: "" } as const;

/** What was expected of the minute that a decision could still change. Levels are square roots of work in reference tasks. */
function forecastRow(value: unknown, at: number): Known {
  const { level, perTask, knownAt, trusted, why, minutes, forecaster, ...own } = members(value);
  const load = Number(level) ** 2 * Number(perTask);
  const known = numberOf(knownAt);
  return {
    ...NOTHING,
    name: "forecast",
    value: Number.isFinite(load) ? `${quantity(load, "per_second")} at ${clockTime(Number(own["at"]), at)}` : undefined,
    ageMs: known === undefined ? undefined : Math.max(0, at - known - MINUTE_MS),
    from: `${textOf(forecaster)} over ${minutes} min${trusted === false ? `, not trusted: ${textOf(why)}` : ""}`,
  };
}

/** How many records waited for a consumer group. What nothing was committed of, or nobody answered for, is not among them, and said. */
export function lagRow(value: unknown, at: number): Known {
  const seen = members(value);
  const when = numberOf(seen["at"]);
  let [lag, known, all] = [0, 0, 0];
  for (const one of Object.values(members(seen["topics"])).flatMap(listOf)) {
    const [committed = -1, end = 0] = listOf(one).map(Number);
    all += 1;
    if (committed < 0) continue;
    known += 1;
    lag += Math.max(0, end - committed);
  }
  const of = plural(all, "partition");
  return {
    ...NOTHING,
    name: "lag",
    value: known === 0 ? undefined : `${plural(lag, "record")} in ${known === all ? of : `${known} of ${of}`}`,
    ageMs: when === undefined ? undefined : Math.max(0, at - when),
    from: textOf(seen["why"]) ?? `group ${textOf(seen["state"]) ?? "in no known state"}`,
  };
}

/** Beside its readings: what policies expected and saw, by their index. */
export const scalingRows = ({ forecasts, lags }: ReturnType<typeof members>, at: number): readonly Known[] => [
  ...Object.values(members(forecasts)).map((one) => forecastRow(one, at)),
  ...Object.values(members(lags)).map((one) => lagRow(one, at)),
];
