import { fromNumber, text } from "../decimal.ts";
import { type Amount, shareOf } from "./amount.ts";
import { html } from "./html-text.ts";
import { type Charted, COLORS } from "./series.ts";
import type { ReportView } from "./view.ts";
import { headOf, percentText } from "./words.ts";

/** One figure with its name; `kind` is a class. */
export const tile = (name: string, value: string, more = "", kind = ""): string =>
  `<div class="tile${kind}"><small>${html(name)}</small><strong>${html(value)}</strong>${more === "" ? "" : `<em>${html(more)}</em>`}</div>`;

/** What is seen at first sight. */
export function tiles(view: ReportView, chart: Charted, total: string, amount: Amount): string {
  const perStep = chart.steps
    .map((at) => ({ at, cost: chart.series.reduce((all, { steps }) => all + (steps.get(at) ?? 0), 0) }))
    .filter(({ at }) => chart.series.some(({ steps }) => steps.has(at)));
  const [first] = perStep;
  const most = first && perStep.reduce((best, one) => (one.cost > best.cost ? one : best), first);
  const mean = perStep.length === 0 ? 0 : perStep.reduce((all, { cost }) => all + cost, 0) / perStep.length;
  const number = (value: number): string => amount(text(fromNumber(Number(value.toPrecision(12)))));
  const named = chart.series.filter(({ color }) => color < COLORS);
  const largest = named.reduce((best, one) => (Number(one.cost) > Number(best?.cost ?? 0) ? one : best), named[0]);
  const share = largest && shareOf(largest.cost, view.total);
  return `<div class="tiles">${[
    tile("Total", total, "", " main"),
    ...(most && perStep.length > 1
      ? [
          tile(`Mean of a ${chart.step}`, number(mean), `${perStep.length} ${chart.step}s with charges`),
          tile(`Dearest ${chart.step}`, number(most.cost), most.at),
        ]
      : []),
    ...(chart.by !== undefined && largest && chart.series.length > 1
      ? [
          tile(
            `Largest ${headOf(chart.by).toLowerCase()}`,
            largest.name,
            `${amount(largest.cost)}${share === undefined ? "" : `, ${percentText(share)}`}`,
            " wide",
          ),
        ]
      : []),
    ...(view.unallocated === null || view.unallocated === "0" ? [] : [tile("Unallocated", amount(view.unallocated))]),
  ].join("")}</div>`;
}

/** What the colours stand for, with exact sums behind the rounded ones. */
export function parts({ series }: Charted, view: ReportView, amount: Amount): string {
  const items = series.map(({ name, cost, color }) => {
    const share = shareOf(cost, view.total);
    return `<li><i class="c${color}"></i><span>${html(name)}</span><span class="r">${html(amount(cost))}</span><span class="r">${share === undefined ? "" : percentText(share)}</span></li>`;
  });
  return `<ul class="parts">${items.join("")}</ul>`;
}
