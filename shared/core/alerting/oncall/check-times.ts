import { DAY_MS, type DurationMs, formatDuration, iso, type Millis } from "../../kernel/time.ts";
import type { OncallFinding } from "./check.ts";
import { clockOf } from "./clock.ts";
import { compileSchedule, layerSpan, momentOf } from "./compile.ts";
import { gaps } from "./schedule.ts";
import type { OncallSectionValue, ScheduleSection } from "./section.ts";

/** So far ahead is looked for hours in which nobody is on call. */
export const COVERAGE_MS: DurationMs = 28 * DAY_MS;
const MOST_NAMED = 3;

/** An instant without what nobody reads. */
const stamped = (at: Millis): string => iso(at).replace(/:\d\d\.\d{3}Z$/, "Z");

const spans = ({ zone, overrides }: ScheduleSection): readonly (readonly [from: Millis, until: Millis])[] => {
  const clock = clockOf(zone);
  return overrides.map(({ from, to }) => [momentOf(from, clock), momentOf(to, clock)]);
};

function checkLayers(path: OncallFinding["path"], { zone, layers }: ScheduleSection): readonly OncallFinding[] {
  return layers.flatMap((layer, index): readonly OncallFinding[] => {
    const [from, until] = layerSpan(layer, clockOf(zone));
    if (until > from) return [];
    const allowed = "a time after its start";
    return [
      { path: [...path, "layers", index, "end"], message: "it ends before it begins", value: stamped(until), allowed },
    ];
  });
}

function checkOverrides(path: OncallFinding["path"], schedule: ScheduleSection): readonly OncallFinding[] {
  const all = spans(schedule);
  return all.flatMap(([from, until], index): readonly OncallFinding[] => {
    const at = [...path, "overrides", index];
    if (until <= from)
      return [
        {
          path: [...at, "to"],
          message: "it ends before it begins",
          value: stamped(until),
          allowed: "a time after from",
        },
      ];
    const earlier = all.slice(0, index).findIndex(([other, end]) => other < until && from < end);
    if (earlier < 0) return [];
    const message = `it overlaps with override ${earlier + 1}, and wins as it is written later`;
    return [
      {
        path: at,
        message,
        value: schedule.overrides[index]?.person,
        allowed: "times that do not overlap",
        works: true,
      },
    ];
  });
}

function checkCoverage(
  path: OncallFinding["path"],
  name: string,
  schedule: ScheduleSection,
  now: Millis,
): readonly OncallFinding[] {
  if (schedule.gaps === "meant") return [];
  const found = gaps(compileSchedule(name, schedule), now, now + COVERAGE_MS);
  if (found.length === 0) return [];
  const named = found
    .slice(0, MOST_NAMED)
    .map(({ from, until }) => `from ${stamped(from)} for ${formatDuration(until - from)}`)
    .join(", ");
  const more = found.length > MOST_NAMED ? `, and ${found.length - MOST_NAMED} more` : "";
  return [
    {
      path,
      message: `nobody is on call ${named}${more}, in the next ${formatDuration(COVERAGE_MS)}`,
      value: name,
      allowed: "a layer that covers these hours, or gaps: meant",
      works: true,
    },
  ];
}

/** Times that cannot be meant, overrides that overlap and, where `now` is given, hours in which nobody is on call. */
export const checkTimes = ({ schedules }: OncallSectionValue, now: Millis | undefined): readonly OncallFinding[] =>
  Object.entries(schedules).flatMap(([name, schedule]) => {
    const path = ["oncall", "schedules", name];
    const faults = [...checkLayers(path, schedule), ...checkOverrides(path, schedule)];
    return now === undefined || faults.some(({ works }) => !works)
      ? faults
      : [...faults, ...checkCoverage(path, name, schedule, now)];
  });
