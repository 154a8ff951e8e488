import { useMemo } from "preact/hooks";
import type { LabView } from "../../../../functions/api/views-autoscaling-tune.ts";
import { Chart } from "../../charts/chart.tsx";
import type { Failure } from "../../failure.ts";
import { number, plural, told } from "../../format.ts";
import { labPlots } from "../../lab/plots.ts";
import type { Answered } from "../../lab/use-played.ts";
import { dayText, loadText, verdictText } from "../../lab/words.ts";
import { withQuery } from "../../router.ts";
import { useWidth } from "../../width.ts";
import { Empty, Failed, Loading } from "../looks.tsx";
import { Figures } from "./figures.tsx";

/** More lines than this through a chart are a curtain. */
const ACTIONS_AT_MOST = 24;
/** More ticks than this are a bar. */
const TICKS_AT_MOST = 400;
const DAY_MS = 86_400_000;

/** What would have come of it, in a sentence: it stays in view while sliders are moved. */
export function Verdict(props: {
  mine: Answered<LabView>;
  today: LabView | undefined;
  /** Whether anything else than today's policy is tried. */
  moved: boolean;
  /** Whether the lab has sliders for today's policy. */
  ownSliders: boolean;
  fault: string | undefined;
}) {
  const { mine, today, moved, ownSliders, fault } = props;
  const { value, busy } = mine;
  return (
    <div class="lab-verdict" aria-busy={busy}>
      <p role="status">
        {fault !== undefined ? (
          <span class="bad">Not played. {fault}</span>
        ) : value === undefined ? (
          "\u00a0"
        ) : !moved ? (
          ownSliders ? (
            "This is today's policy. Move a slider, or choose another policy."
          ) : (
            "This is today's policy. The lab has no sliders for it: choose another one to compare."
          )
        ) : today ? (
          verdictText(value.measures, today.measures)
        ) : (
          `${plural(value.measures.violationMinutes, "bad minute")} at ${number(value.measures.costRatio)} times the cost of perfect foresight (J ${number(value.measures.j)}).`
        )}
      </p>
      <p class="lab-busy">{busy ? "Playing…" : value ? `Played in ${number(value.elapsedMs)} ms.` : "\u00a0"}</p>
    </div>
  );
}

/** The same in figures, and minute by minute. */
export function Outcome(props: {
  mine: Answered<LabView>;
  today: LabView | undefined;
  todayFailure: Failure | undefined;
  moved: boolean;
  fault: string | undefined;
  days: string | undefined;
  onDays: (days: string | undefined) => void;
}) {
  const { mine, today, todayFailure, moved, fault, days, onDays } = props;
  const { value, failure, busy } = mine;
  return (
    <div class="lab-right" aria-busy={busy}>
      {failure && !busy && <NotPlayed failure={failure} retry={mine.retry} />}
      {moved && todayFailure && failure === undefined && (
        <p class="note">Today's policy could not be played, so nothing is compared: {todayFailure.message}</p>
      )}
      {value === undefined ? (
        failure === undefined && fault === undefined && <Loading what="the outcome" rows={10} />
      ) : (
        <>
          <Figures tried={value.measures} today={moved ? today?.measures : undefined} isToday={!moved} />
          <Days view={value} days={days} onDays={onDays} />
          <Drawn view={value} today={moved ? today : undefined} />
          <p class="muted">{loadText(value.load)}</p>
          {value.notes.length + value.warnings.length > 0 && (
            <ul class="bullets muted">
              {[...value.notes, ...value.warnings.map(({ path, message }) => `${path}: ${message}`)].map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
        </>
      )}
    </div>
  );
}

/** Too little history is no fault: it is said what is missing, and what can be played meanwhile. */
function NotPlayed({ failure, retry }: { failure: Failure; retry: () => void }) {
  if (failure.problem?.code !== "history.short") return <Failed failure={failure} what="outcome" retry={retry} />;
  return (
    <Empty title="Too little is known of this service to play its load.">
      <p>{told(failure.message)}.</p>
      <p>
        What was not recorded is not zero, so nothing is made up in its place. Meanwhile something else can be played:
      </p>
      <p class="lab-instead">
        <a href={withQuery({ service: undefined, load: "synthetic", days: undefined })}>A made-up fortnight</a>
        <a href={withQuery({ service: undefined, load: "file", days: undefined })}>A file of yours</a>
      </p>
    </Empty>
  );
}

/** Which days are played: all that count, or one of them minute by minute. */
function Days({ view, days, onDays }: { view: LabView; days: string | undefined; onDays: (days?: string) => void }) {
  const total = Math.max(1, Math.round(view.load.days));
  const worst = worstDay(view);
  const one = /^(\d+)-\1$/u.exec(days ?? "")?.[1];
  const all = Array.from({ length: total }, (_, index) => index + 1);
  const value = days ?? "";
  const at = Number(one ?? 0);
  return (
    <div class="lab-days">
      <label>
        Days{" "}
        <select name="days" value={value} onChange={({ currentTarget }) => onDays(currentTarget.value || undefined)}>
          <option value="">all {total === 1 ? "there is" : `${total} days`}</option>
          {days !== undefined && one === undefined && <option value={days}>{days.replace("-", " to ")}</option>}
          {all.map((day) => (
            <option key={day} value={`${day}-${day}`}>
              {dayText(view.load.from, day)}
            </option>
          ))}
        </select>
      </label>
      {at > 0 && (
        <>
          <button type="button" disabled={at <= 1} onClick={() => onDays(`${at - 1}-${at - 1}`)}>
            Day before
          </button>
          <button type="button" disabled={at >= total} onClick={() => onDays(`${at + 1}-${at + 1}`)}>
            Next day
          </button>
        </>
      )}
      {one === undefined && worst !== undefined && (
        <button type="button" data-lab="worst" onClick={() => onDays(`${worst.day}-${worst.day}`)}>
          Worst: day {worst.day}, {plural(worst.minutes, "bad minute")}
        </button>
      )}
    </div>
  );
}

/** The day with most bad minutes; undefined where there are none, or only one day. */
function worstDay({ series, load, days }: LabView): { readonly day: number; readonly minutes: number } | undefined {
  if (days[0] === days[1]) return undefined;
  const by = new Map<number, number>();
  series.violated.forEach((minutes, index) => {
    if (!(minutes > 0)) return;
    const day = Math.floor((series.startAt + index * series.stepMs - load.from) / DAY_MS) + 1;
    by.set(day, (by.get(day) ?? 0) + minutes);
  });
  const [most] = [...by].sort((a, b) => b[1] - a[1]);
  return most && { day: most[0], minutes: most[1] };
}

function Drawn({ view, today }: { view: LabView; today: LabView | undefined }) {
  const { series } = view;
  const [width, host] = useWidth();
  const count = useMemo(() => series.actions.reduce((sum, one) => sum + one, 0), [series]);
  const ticked = count <= TICKS_AT_MOST;
  const plots = useMemo(() => labPlots(series, today?.series, ticked), [series, today, ticked]);
  const to = series.startAt + series.load.length * series.stepMs;
  const actions = useMemo(() => {
    const times = series.actions.flatMap((count, index) => (count > 0 ? [series.startAt + index * series.stepMs] : []));
    return times.length <= ACTIONS_AT_MOST ? times : [];
  }, [series]);
  return (
    <section class="charts lab-charts" aria-label="Minute by minute" ref={host}>
      {width > 0 &&
        plots.map((plot, index) => (
          <Chart
            key={plot.id}
            plot={plot}
            from={series.startAt}
            to={to}
            decisions={actions}
            width={width}
            last={index === plots.length - 1}
            now={to}
          />
        ))}
      <ul class="lab-key">
        <li>
          <span class="lab-swatch lab-swatch-bad" /> bad minutes
        </li>
        <li>
          {ticked && <span class="lab-swatch lab-swatch-act" />} {plural(count, "change")} of the count
          {!ticked && ", drawn where fewer days are"}
        </li>
        {today && (
          <li>
            <span class="lab-swatch lab-swatch-today" /> today's policy
          </li>
        )}
        <li>a point is {number(series.stepMs / 60_000)} min</li>
      </ul>
    </section>
  );
}
