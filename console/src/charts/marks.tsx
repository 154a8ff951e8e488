import type { DecisionSummary } from "../../../functions/api/views.ts";
import { clockTime, plural } from "../format.ts";
import { drawerLink } from "../router.ts";
import { leftOf, rightOf } from "./options.ts";

/** Decisions that stand closer than a finger's width share one mark. */
const APART_PX = 18;

interface Mark {
  readonly x: number;
  readonly items: readonly DecisionSummary[];
}

/** Places decisions on the axis, joining those that would overlap. Items in ascending order of time. */
export function placeMarks(
  items: readonly DecisionSummary[],
  from: number,
  to: number,
  width: number,
): readonly Mark[] {
  const left = leftOf(width);
  const plotWidth = width - left - rightOf(width);
  const marks: { x: number; items: DecisionSummary[] }[] = [];
  for (const item of items) {
    if (item.at < from || item.at > to) continue;
    const x = left + ((item.at - from) / Math.max(1, to - from)) * plotWidth;
    const last = marks.at(-1);
    if (last !== undefined && x - last.x < APART_PX) last.items.push(item);
    else marks.push({ x, items: [item] });
  }
  return marks;
}

/** The row of decisions above the charts: a violet diamond each, that opens the drawer. */
export function Marks(props: {
  items: readonly DecisionSummary[];
  from: number;
  to: number;
  width: number;
  now: number;
}) {
  const marks = placeMarks(props.items, props.from, props.to, props.width);
  return (
    <section class="marks" aria-label="Decisions on the time axis">
      <span class="marks-name">decisions</span>
      {marks.map((mark) => {
        const newest = mark.items.at(-1);
        if (newest === undefined) return null;
        const label = `${clockTime(newest.at, props.now)}: ${newest.sentence}`;
        const more = mark.items.length > 1 ? ` (and ${plural(mark.items.length - 1, "decision")} just before)` : "";
        return (
          <a
            key={newest.id}
            class="mark"
            href={drawerLink(newest.id)}
            style={{ left: `${mark.x}px` }}
            title={label + more}
            aria-label={label + more}
          >
            {mark.items.length > 1 ? <span class="mark-count">{mark.items.length}</span> : <span class="diamond" />}
          </a>
        );
      })}
    </section>
  );
}
