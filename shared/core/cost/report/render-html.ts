import { fromNumber, text } from "../decimal.ts";
import { amountText, digitsFor } from "./amount.ts";
import { daysChart } from "./chart-days.ts";
import { treemapChart } from "./chart-treemap.ts";
import { STYLE } from "./html-style.ts";
import { table } from "./html-table.ts";
import { html } from "./html-text.ts";
import { parts, tile, tiles } from "./html-tiles.ts";
import { charted } from "./series.ts";
import type { ReportView } from "./view.ts";
import { headOf, reportWords } from "./words.ts";

/**
 * One page that stands alone: no script, no font, no picture from elsewhere, and a policy that would refuse them. Light and dark by what the
 * reader prefers, readable from 320 px, made for printing too. Exact amounts are the titles of the rounded ones.
 */
export function renderHtml(view: ReportView): string {
  const words = reportWords(view);
  const digits = digitsFor(view);
  const amount = (exact: string): string => amountText(exact, digits);
  const chart = charted(view);
  const pale = new Set(view.days.filter(({ finality }) => finality === "estimated").map(({ day }) => day));
  const by = chart.by === undefined ? "" : ` by ${headOf(chart.by).toLowerCase()}`;
  const days = daysChart(
    chart,
    pale,
    (value) => amount(text(fromNumber(value))),
    `Cost of each ${chart.step}${by}; the figures are in the table`,
  );
  const legend =
    chart.by === undefined
      ? ""
      : `<section class="card"><h2>${html(headOf(chart.by))}</h2>${parts(chart, view, amount)}</section>`;
  const note = pale.size === 0 ? "" : '<p class="note">Pale days are estimated.</p>';
  const drawn =
    days === ""
      ? legend
      : legend === ""
        ? `<section class="card"><h2>Cost of each ${chart.step}</h2>${days}${note}</section>`
        : `<div class="two"><section class="card"><h2>Cost of each ${chart.step}</h2>${days}${note}</section>${legend}</div>`;
  const warnings =
    words.warnings.length === 0
      ? ""
      : `<div class="warn" role="note">${words.warnings.map((one) => `<p>${html(one)}</p>`).join("")}</div>`;
  const figures = words.figure
    ? `${tiles(view, chart, words.total, amount)}${drawn}${treemapChart(chart, amount)}${table(view, amount)}`
    : `<div class="tiles">${tile("Total", words.total, "", " main")}</div>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><meta name="referrer" content="no-referrer"><title>${html(`${words.title}: ${words.total}`)}</title><style>${STYLE}</style></head>
<body><main><header><h1>${html(words.title)}</h1><p class="scope">${html(words.scope)}</p></header>${warnings}${figures}<section class="card"><h2>How it was made</h2><ul class="facts">${words.facts.map((one) => `<li>${html(one)}</li>`).join("")}</ul></section></main></body></html>
`;
}
