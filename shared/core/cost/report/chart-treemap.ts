import type { Amount } from "./amount.ts";
import { html } from "./html-text.ts";
import type { Charted } from "./series.ts";
import { treemap } from "./treemap.ts";
import { headOf } from "./words.ts";

/** The drawing in its own units; it is stretched to the page. */
const WIDE = 320;
const HIGH = 130;

/** Areas in proportion to the cost. Credits have none, and are named below. */
export function treemapChart({ series, by }: Charted, amount: Amount): string {
  const tilesOf = treemap(
    series.map(({ cost }) => Number(cost)),
    WIDE,
    HIGH,
  );
  if (tilesOf.length < 2) return "";
  const at = (value: number): string => String(Number(value.toFixed(3)));
  const rects = tilesOf.map((one) => {
    const made = series[one.at];
    return made === undefined
      ? ""
      : `<rect class="c${made.color}" x="${at(one.x)}" y="${at(one.y)}" width="${at(one.width)}" height="${at(one.height)}"><title>${html(`${made.name}: ${amount(made.cost)}`)}</title></rect>`;
  });
  const labels = tilesOf.map((one) => {
    const made = series[one.at];
    const place = `left:${at((one.x / WIDE) * 100)}%;top:${at((one.y / HIGH) * 100)}%;width:${at((one.width / WIDE) * 100)}%;height:${at((one.height / HIGH) * 100)}%`;
    return made === undefined
      ? ""
      : `<div style="${place}"><p class="t${made.color}"><b>${html(made.name)}</b><span>${html(amount(made.cost))}</span></p></div>`;
  });
  const credits = series.filter(({ cost }) => cost.startsWith("-"));
  const note =
    credits.length === 0
      ? ""
      : `<p class="note">Credits have no area: ${html(credits.map(({ name, cost }) => `${name} ${amount(cost)}`).join(", "))}</p>`;
  const name = headOf(by ?? "service").toLowerCase();
  return `<section class="card"><h2>Share of the cost by ${html(name)}</h2><div class="map" role="img" aria-label="${html(`Areas by ${name}; the figures are in the list and the table`)}"><svg viewBox="0 0 ${WIDE} ${HIGH}" preserveAspectRatio="none">${rects.join("")}</svg>${labels.join("")}</div>${note}</section>`;
}
