import * as v from "valibot";
import { compileSchedule } from "../../../shared/core/alerting/oncall/compile.ts";
import { onCallAt } from "../../../shared/core/alerting/oncall/schedule.ts";
import { OncallSection, type ScheduleSection } from "../../../shared/core/alerting/oncall/section.ts";
import { DAY_MS, HOUR_MS, iso, MINUTE_MS } from "../../../shared/core/kernel/time.ts";
import { seeded } from "../../shell/simulation/scheduler.ts";
import { independently, nextChange } from "./independent.ts";

/** Half-hour and quarter-hour zones, half an hour of summer time, a date left out, both hemispheres, none at all, changes at midnight. */
export const ZONES = [
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/St_Johns",
  "America/Havana",
  "Australia/Lord_Howe",
  "Australia/Adelaide",
  "Pacific/Apia",
  "Pacific/Chatham",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Asia/Tehran",
  "Asia/Gaza",
  "Africa/Casablanca",
  "Atlantic/Azores",
  "Antarctica/Troll",
  "UTC",
];

const PEOPLE = ["ann", "bob", "cyd", "dan", "eve"];
const START = Date.UTC(2008, 0, 1);
const YEARS_MS = 22 * 365 * DAY_MS;

type Random = () => number;
const one = <T>(random: Random, ...of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;
const minutes = (random: Random, spanMs: number): number => Math.floor((random() * spanMs) / MINUTE_MS) * MINUTE_MS;
const wall = (at: number): string => iso(at).slice(0, 16);

/** An instant where things happen: near a change of the clock, on a leap day, or anywhere. */
export function instantIn(random: Random, zone: string): number {
  const anywhere = START + minutes(random, YEARS_MS);
  const kind = random();
  if (kind < 0.15)
    return one(random, Date.UTC(2012, 1, 29), Date.UTC(2024, 1, 29)) + minutes(random, 2 * DAY_MS) - DAY_MS / 2;
  const change = kind < 0.6 ? nextChange(zone, anywhere) : undefined;
  return change === undefined ? anywhere : change + minutes(random, 60 * HOUR_MS) - 30 * HOUR_MS;
}

/** A schedule as somebody may have written it; its overrides lie around `near`, so that some of them overlap there. */
function written(random: Random, zone: string, near: number): unknown {
  const clock = () => one(random, "00:00", "00:30", "01:30", "02:00", "02:30", "09:00", "17:15", "23:30");
  const layer = () => {
    const [from, to] = [clock(), clock()];
    const on = { days: one(random, "mon-fri", "sat,sun", "fri-mon", "sun-sat"), from, to: from === to ? "12:00" : to };
    return {
      people: Array.from({ length: 1 + Math.floor(random() * 4) }, () => one(random, ...PEOPLE)),
      start: one(
        random,
        wall(near - minutes(random, 4000 * DAY_MS)),
        wall(near - minutes(random, 900 * DAY_MS)).slice(0, 10),
      ),
      turn: one(random, "12h", "1d", "2d", "1w", "2w", "8h", "35h"),
      ...(random() < 0.6 ? { handover: clock() } : {}),
      ...(random() < 0.2 ? { end: wall(near + minutes(random, 60 * DAY_MS) - 20 * DAY_MS) } : {}),
      ...(random() < 0.5 ? { on: [on] } : {}),
    };
  };
  const override = () => {
    const from = near + minutes(random, 4 * DAY_MS) - 3 * DAY_MS;
    const zoned = random() < 0.3 ? "Z" : "";
    return {
      from: wall(from) + zoned,
      to: wall(from + 1 + minutes(random, 3 * DAY_MS)) + zoned,
      person: one(random, ...PEOPLE),
    };
  };
  return {
    zone,
    layers: Array.from({ length: 1 + Math.floor(random() * 3) }, layer),
    overrides: random() < 0.5 ? Array.from({ length: 1 + Math.floor(random() * 3) }, override) : [],
  };
}

export function drawnSchedule(random: Random, zone: string, near: number): ScheduleSection {
  const section = v.parse(OncallSection, { schedules: { drawn: written(random, zone, near) } });
  return section.schedules["drawn"] as ScheduleSection;
}

/** Instants at which the product and the other library name different people, of `count` drawn ones. */
export function differences(count: number, seed: number): readonly string[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, index): readonly string[] => {
    const zone = ZONES[index % ZONES.length] as string;
    const at = instantIn(random, zone);
    const section = drawnSchedule(random, zone, at);
    const ours = onCallAt(compileSchedule("drawn", section), at).person;
    const theirs = independently(section, at);
    return ours === theirs ? [] : [`${zone} ${iso(at)}: ${ours} and not ${theirs}, with ${JSON.stringify(section)}`];
  }).flat();
}
