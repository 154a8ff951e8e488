import { useRef, useState } from "preact/hooks";
import type { BackupPoint } from "../../../../functions/api/views-backup.ts";
import { holesOf, pointStanding, records } from "../../backup-words.ts";
import { useNow } from "../../clock.ts";
import { absolute, axisDay, axisTime, duration, relative } from "../../format.ts";
import { Icon } from "../../icons.tsx";
import { backupLink, usePlace } from "../../router.ts";
import { FilterChoice } from "../alerting/filter-field.tsx";

const DAY_MS = 86_400_000;
const SPANS: readonly (readonly [id: string, label: string, days: number])[] = [
  ["1d", "1 day", 1],
  ["7d", "7 days", 7],
  ["30d", "30 days", 30],
];
const DEFAULT_DAYS = 2;
const TICKS = 4;

/** Restore points by the time of their cut: a shape for how sound each is, one stop of the keyboard with arrows in between. */
export function TimeLine({ points, everyMs }: { points: readonly BackupPoint[]; everyMs: number }) {
  const now = useNow();
  const wanted = usePlace().query.get("span") ?? "";
  const oldest = points.at(-1)?.cutAt ?? now;
  const days = wanted === "all" ? undefined : (SPANS.find(([id]) => id === wanted)?.[2] ?? DEFAULT_DAYS);
  const spanMs = Math.max(everyMs, days === undefined ? now - oldest : Math.min(days * DAY_MS, (now - oldest) * 1.05));
  const from = now - spanMs;
  const x = (at: number) => `${(100 * (at - from)) / spanMs}%`;
  const shown = points.filter(({ cutAt }) => cutAt >= from).reverse();
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState<string>();
  const stopAt = shown.some(({ id }) => id === stop) ? stop : shown.at(-1)?.id;
  const cuts = points.map(({ cutAt }) => cutAt);
  const holes = holesOf([...cuts, now], everyMs).filter(({ to }) => to > from);

  const move = (event: KeyboardEvent) => {
    const links = [...(list.current?.querySelectorAll<HTMLElement>("a") ?? [])];
    const here = links.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    links[Math.min(links.length - 1, Math.max(0, to))]?.focus();
  };

  return (
    <div class="time-line">
      <div class="filters">
        <FilterChoice
          name="span"
          label="Shown"
          any={`${DEFAULT_DAYS} days`}
          options={[...SPANS.map(([id, label]) => [id, label] as const), ["all", "all"]]}
        />
        <p class="time-keys" aria-hidden="true">
          {KEYS.map((one) => {
            const { tone, icon, word } = pointStanding(one);
            return (
              <span key={word} class={`mark-${tone}`}>
                <Icon name={icon} size={12} /> {word}
              </span>
            );
          })}
        </p>
      </div>
      <div class="track">
        {holes.map((hole) => (
          <span
            key={hole.from}
            class="track-hole"
            title={`no restore point for ${duration(hole.to - hole.from)}`}
            style={{
              left: x(Math.max(from, hole.from)),
              width: `${(100 * (hole.to - Math.max(from, hole.from))) / spanMs}%`,
            }}
          />
        ))}
        <ul ref={list} aria-label="Restore points by time; arrow keys move" onKeyDown={move}>
          {shown.map((point) => {
            const { tone, icon, word } = pointStanding(point);
            const text = `${relative(point.cutAt, now)}, ${word}, ${records(point.records)}${point.gaps > 0 ? `, gaps: ${point.gaps}` : ""}`;
            return (
              <li key={point.id} style={{ left: x(point.cutAt) }}>
                <a
                  href={backupLink(point.plan, "points", point.id)}
                  class={`mark mark-${tone}`}
                  tabIndex={point.id === stopAt ? 0 : -1}
                  aria-label={`${point.id}: ${text}`}
                  title={`${text}\n${absolute(point.cutAt)}`}
                  onFocus={() => setStop(point.id)}
                >
                  <Icon name={icon} size={12} />
                </a>
              </li>
            );
          })}
        </ul>
      </div>
      <p class="track-axis" aria-hidden="true">
        {Array.from({ length: TICKS }, (_, index) => {
          const at = from + (spanMs * index) / TICKS;
          return <span key={index}>{spanMs > 2 * DAY_MS ? axisDay(at) : `${axisDay(at)} ${axisTime(at)}`}</span>;
        })}
        <span>now</span>
      </p>
    </div>
  );
}

const KEYS = [
  { status: "whole", verified: "ok" },
  { status: "whole" },
  { status: "degraded", verified: "ok" },
  { status: "damaged" },
] as const;
