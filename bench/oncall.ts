import { compileSchedule } from "../shared/core/alerting/oncall/compile.ts";
import { gaps, onCallAt } from "../shared/core/alerting/oncall/schedule.ts";
import { DAY_MS, HOUR_MS } from "../shared/core/kernel/time.ts";
import { differences, drawnSchedule, instantIn, ZONES } from "../test/alerting/oncall/drawn.ts";
import { independently } from "../test/alerting/oncall/independent.ts";
import { seeded } from "../test/shell/simulation/scheduler.ts";
import { type Row, row } from "./row.ts";
import { medianProcessorMs } from "./timing.ts";

const INSTANTS = 2_000;
const ANSWERS = 20_000;
/** The other library takes a millisecond for one. */
const FEW = 200;
const RUNS = 5;
const MICROS = 1_000;

interface Asked {
  readonly section: ReturnType<typeof drawnSchedule>;
  readonly at: number;
}

function drawn(count: number): readonly Asked[] {
  const random = seeded(4);
  return Array.from({ length: count }, (_, index) => {
    const zone = ZONES[index % ZONES.length] as string;
    const at = instantIn(random, zone);
    return { section: drawnSchedule(random, zone, at), at };
  });
}

/** On-call answers beside Temporal's (its polyfill by its authors), over drawn schedules with layers, windows and overrides. */
export async function bench(): Promise<readonly Row[]> {
  const wrong = differences(INSTANTS, 7).length;
  const asked = drawn(FEW).map(({ section, at }) => ({ section, at, schedule: compileSchedule("drawn", section) }));
  const ours = medianProcessorMs(RUNS, () => {
    for (let answer = 0; answer < ANSWERS; answer += 1) {
      const { schedule, at } = asked[answer % asked.length] as (typeof asked)[number];
      onCallAt(schedule, at + (answer % 24) * HOUR_MS);
    }
  });
  const theirs = medianProcessorMs(RUNS, () => {
    for (const { section, at } of asked) independently(section, at);
  });
  const ahead = medianProcessorMs(RUNS, () => {
    for (const { schedule, at } of asked) gaps(schedule, at, at + 28 * DAY_MS);
  });
  const name = "@js-temporal/polyfill, who only (no until)";
  return [
    row("oncall", {
      measure: `answers unlike Temporal's, of ${INSTANTS} in ${ZONES.length} zones`,
      value: wrong,
      unit: "answers",
      bar: 0,
    }),
    row("oncall", {
      measure: "who is on call and until when, warm, processor time",
      value: (ours / ANSWERS) * MICROS,
      unit: "µs",
      bar: 20,
      peer: { name, value: (theirs / FEW) * MICROS },
    }),
    row("oncall", {
      measure: "hours with nobody in the next four weeks, of one schedule",
      value: ahead / FEW,
      unit: "ms",
      bar: 5,
    }),
  ];
}
