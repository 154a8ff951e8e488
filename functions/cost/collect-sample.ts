import { addDays, type Day, dayOf, daysOf } from "../../shared/core/cost/day.ts";
import { sampleDay } from "../../shared/core/cost/sources/sample.ts";
import type { CostWork } from "./context.ts";
import type { SourceDays, SourcePiece } from "./days.ts";

/** Days of the made-up bill until yesterday. It is nobody's money: no other source is left out for it. */
export function sampleDaysOf(
  work: CostWork,
  source: string,
  { seed, days: count }: { readonly seed: number; readonly days: number },
  span: { readonly from?: Day; readonly to?: Day },
): SourceDays["days"] {
  const last = addDays(dayOf(work.now), -1);
  const first = addDays(last, 1 - count);
  const from = span.from !== undefined && span.from > first ? span.from : first;
  const to = span.to !== undefined && span.to < last ? span.to : last;
  const piece = (day: Day): SourcePiece => ({
    ...{ day, claims: [], whole: true },
    head: { v: 1, source, day, finality: "made_up", at: work.now, revision: `sample-${seed}` },
    charges: () => [sampleDay({ seed, day })],
  });
  return new Map(daysOf(from, to).map((day) => [day, [piece(day)]]));
}
