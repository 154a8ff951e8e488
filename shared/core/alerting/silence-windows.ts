import type { Notes } from "../kernel/fields.ts";
import { intervalSpec, timeIntervals } from "./settings/interval.ts";
import type { ReadWindows } from "./silence-read.ts";

/** Windows of a recurring silence, written as the intervals of `time_intervals` are (times, weekdays, days_of_month …, location). */
export const readWindows: ReadWindows = (value) => {
  const notes: Notes = { faults: [], warnings: [] };
  const read = timeIntervals.decode([{ name: "recurs", time_intervals: value }], [], notes, []);
  const [wrong] = notes.faults;
  if (wrong) return { ok: false, message: wrong.message };
  const windows = (read?.[0]?.time_intervals ?? []).map(intervalSpec);
  return windows.length > 0 ? { ok: true, windows } : { ok: false, message: "at least one interval is required" };
};
