import type { CostDay, CostFigure, CostSource, CostStanding } from "../../../../functions/api/views-cost.ts";
import { plural, told } from "../../format.ts";
import { Icon } from "../../icons.tsx";
import { money } from "../../money.ts";
import { pageLink } from "../../router.ts";
import { Empty } from "../looks.tsx";

/** Rounded to be read; the exact text on hover. */
export function Money({ amount, currency }: { amount: string; currency: string }) {
  return (
    <span class="money" title={`${amount} ${currency}`}>
      {money(amount, currency)}
    </span>
  );
}

const long = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
export const longDay = (day: string): string => long.format(Date.parse(day));

export const isMadeUp = (days: readonly CostDay[]): boolean => counted(days, "made_up") > 0;

const counted = (days: readonly CostDay[], finality: CostDay["finality"]): number =>
  days.filter((one) => one.finality === finality).length;

/** What every figure is said with: which money, whose days, and how sure. */
export function FigureLine({ figure, days = [] }: { figure: CostFigure; days?: readonly CostDay[] }) {
  const { basis, currency, from, to } = figure;
  const open = counted(days, "estimated");
  const priced = counted(days, "priced");
  return (
    <p class="figure-line muted">
      <span>{basis === "billed" ? "billed: as the invoice has it" : "effective: upfront payments spread"}</span>
      <span>{currency ?? "currency not said"}</span>
      {from && to && (
        <span>
          {longDay(from)} to {longDay(to)}, days of UTC
        </span>
      )}
      {open > 0 && <span>{plural(open, "day")} estimated, may still change</span>}
      {priced > 0 && <span>{plural(priced, "day")} from list prices, no bill</span>}
    </p>
  );
}

/** Said before anything else where there is no bill behind it. */
export function MadeUp() {
  return (
    <p class="note" data-made-up>
      <strong>Made up.</strong> A sample bill for trying stands in this report: <code>sample:</code> under{" "}
      <code>cost.sources</code>. It is nobody's money.
    </p>
  );
}

/** 0 is a figure; these are none: each looks and reads differently. */
export function NoFigure({
  status,
  sources,
}: {
  status: Exclude<CostStanding, "known">;
  sources: readonly CostSource[];
}) {
  switch (status) {
    case "no_sources":
      return (
        <Empty title="No bill is configured.">
          <p>
            Name one under <code>cost:</code> in <code>headgate.yaml</code>: a FOCUS export, Cost Explorer, or list
            prices.
          </p>
          <pre>{"cost:\n  sources: [{ focus: s3://my-bills/focus }]"}</pre>
        </Empty>
      );
    case "none":
      return (
        <Empty title="There is no charge in this span.">
          <p>The sources answered, and they have nothing for these days. That is not the same as $0.00.</p>
        </Empty>
      );
    case "denied":
      return (
        <div class="look look-error" role="alert" data-standing="denied">
          <p class="look-title">
            <Icon name="failing" size={14} /> The bills may not be read
          </p>
          <Whys sources={sources} />
          <p class="muted">Whoever may not read a bill has no figure: nothing is shown rather than zero.</p>
        </div>
      );
    default:
      return (
        <div class="look note" role="alert" data-standing="unavailable">
          <p class="look-title">
            <Icon name="degraded" size={14} /> The bills cannot be read now
          </p>
          <Whys sources={sources} />
          <p class="muted">They are asked again by schedule.</p>
        </div>
      );
  }
}

function Whys({ sources }: { sources: readonly CostSource[] }) {
  return (
    <ul>
      {sources.map(({ source, why }) =>
        why === undefined ? null : (
          <li key={source}>
            <bdi class="mono">{source}</bdi>: <bdi>{why}</bdi>
          </li>
        ),
      )}
    </ul>
  );
}

/** Where some have answered and some have not: what is missing in the figure. */
export function Lacking({ sources }: { sources: readonly CostSource[] }) {
  const lacking = sources.filter(({ status }) => status === "denied" || status === "unavailable");
  if (lacking.length === 0) return null;
  return (
    <div class="note note-bad">
      <strong>Not all of it:</strong> {lacking.map(({ source }) => source).join(", ")}{" "}
      {lacking.length === 1 ? "is" : "are"} not in these figures. <a href={pageLink("/cost/sources")}>Sources</a>
      <Whys sources={lacking} />
    </div>
  );
}

/** What a reader has to know beside the figures. */
export function Notes({ notes }: { notes: readonly string[] }) {
  return (
    <>
      {notes.map((note) => (
        <p key={note} class="hint">
          <bdi>{told(note)}</bdi>
        </p>
      ))}
    </>
  );
}
