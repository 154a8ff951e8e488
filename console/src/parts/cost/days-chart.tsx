import { useId, useState } from "preact/hooks";
import { type DayColumn, type Stack, ticksOf } from "../../cost-days.ts";
import { money, roundMoney } from "../../money.ts";
import { useWidth } from "../../width.ts";

const HEIGHT = 200;
const LEFT = 64;
const BOTTOM = 20;
const TOP = 8;
const LABEL_PX = 72;

const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
const dayName = (day: string): string => short.format(Date.parse(day));

export const FINALITY: Readonly<Record<string, string>> = {
  closed: "closed",
  estimated: "estimated, may still change",
  priced: "usage at list prices, no bill",
  made_up: "made up, no bill at all",
};

/** Which columns are hatched: what the bill may still correct. What is no bill at all is said above the chart. */
const isHatched = ({ finality }: DayColumn): boolean => finality === "estimated";

/** What one column says, in words. */
function readingOf(column: DayColumn, series: readonly string[], currency: string): string {
  if (column.values === undefined) return `${dayName(column.day)}: no figure, which is not zero`;
  const parts = column.values
    .map((value, index) => ({ value, name: series[index] ?? "" }))
    .filter(({ value }) => value !== 0)
    .map(({ value, name }) => `${name} ${money(value, currency)}`);
  const sure = column.finality === undefined ? "" : ` (${FINALITY[column.finality] ?? column.finality})`;
  return `${dayName(column.day)}${sure}: ${money(column.total ?? 0, currency)}${parts.length > 0 ? ` = ${parts.join(" + ")}` : ""}`;
}

/**
 * Cost by day, stacked: credits below zero, a gap where there is no figure, hatched what may still change. One stop of the keyboard with
 * arrows in between; the table beside has the same as text.
 */
export function DaysChart({ stack, currency, title }: { stack: Stack; currency: string; title: string }) {
  const [width, host] = useWidth();
  const [at, setAt] = useState<number>();
  const hatch = useId();
  const { columns, series, top, bottom } = stack;
  const inner = Math.max(1, width - LEFT);
  const slot = inner / Math.max(1, columns.length);
  const bar = Math.max(1, Math.min(40, slot * 0.78));
  const span = top - bottom || 1;
  const y = (value: number) => TOP + ((top - value) / span) * (HEIGHT - TOP - BOTTOM);
  const every = Math.max(1, Math.ceil((columns.length * LABEL_PX) / inner));
  const shown = at === undefined ? undefined : columns[at];
  const pick = (event: PointerEvent & { currentTarget: Element }) => {
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - LEFT;
    setAt(x < 0 ? undefined : Math.min(columns.length - 1, Math.floor(x / slot)));
  };
  const move = (event: KeyboardEvent) => {
    const here = at ?? columns.length;
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: columns.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(columns.length - 1, to)));
  };
  const missing = columns.filter(({ values }) => values === undefined).length;
  const label = `${title}, ${columns.length} days${missing > 0 ? `, ${missing} without a figure` : ""}; arrow keys read one after the other`;
  return (
    <figure class="cost-days" ref={host as never}>
      <p class="cost-reading" aria-live="polite">
        {shown ? readingOf(shown, series, currency) : "\u00a0"}
      </p>
      {width > 0 && (
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-label={label}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a picture with many values is read with the arrow keys.
          tabIndex={0}
          onPointerMove={pick}
          onPointerLeave={() => setAt(undefined)}
          onKeyDown={move}
          onBlur={() => setAt(undefined)}
        >
          <defs>
            <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
              <rect class="cost-hatch" width="2" height="6" />
            </pattern>
          </defs>
          {ticksOf(bottom, top).map((value) => (
            <g key={value}>
              <line class={value === 0 ? "cost-zero" : "cost-grid"} x1={LEFT} x2={width} y1={y(value)} y2={y(value)} />
              <text class="cost-axis" x={LEFT - 8} y={y(value) + 4} text-anchor="end">
                {roundMoney(value, currency)}
              </text>
            </g>
          ))}
          {columns.map((column, index) => (
            <Column
              key={column.day}
              column={column}
              x={LEFT + index * slot + (slot - bar) / 2}
              width={bar}
              y={y}
              hatch={hatch}
              chosen={index === at}
            />
          ))}
          {columns.map((column, index) =>
            index % every === 0 ? (
              <text
                key={column.day}
                class="cost-axis"
                x={Math.min(width - 20, LEFT + index * slot + slot / 2)}
                y={HEIGHT - 4}
                text-anchor="middle"
              >
                {dayName(column.day)}
              </text>
            ) : null,
          )}
        </svg>
      )}
      <figcaption>
        <ul class="cost-key">
          {(series.length > 1 ? series : []).map((name, index) => (
            <li key={name}>
              <span class={`cost-swatch cat-${index}`} />
              <bdi>{name}</bdi>
            </li>
          ))}
          {columns.some(isHatched) && (
            <li>
              <span class="cost-swatch cost-swatch-hatched" />
              {FINALITY["estimated"]}
            </li>
          )}
          {missing > 0 && (
            <li>
              <span class="cost-swatch cost-swatch-gap" />
              no figure
            </li>
          )}
        </ul>
      </figcaption>
    </figure>
  );
}

function Column(props: {
  column: DayColumn;
  x: number;
  width: number;
  y: (value: number) => number;
  hatch: string;
  chosen: boolean;
}) {
  const { column, x, width, y, hatch, chosen } = props;
  if (column.values === undefined)
    return <rect class="cost-gap" x={x} width={width} y={TOP} height={HEIGHT - TOP - BOTTOM} />;
  let [up, down] = [0, 0];
  const parts = column.values.map((value, index) => {
    const from = value < 0 ? down : up;
    if (value < 0) down += value;
    else up += value;
    const [high, low] = [y(Math.max(from, from + value)), y(Math.min(from, from + value))];
    return value === 0 ? null : (
      <rect key={index} class={`cat cat-${index}`} x={x} width={width} y={high} height={Math.max(0.5, low - high)} />
    );
  });
  const [high, low] = [y(up), y(down)];
  return (
    <g>
      {parts}
      {isHatched(column) && <rect fill={`url(#${hatch})`} x={x} width={width} y={high} height={low - high} />}
      {chosen && <rect class="cost-chosen" x={x - 1} width={width + 2} y={high - 1} height={low - high + 2} />}
    </g>
  );
}
