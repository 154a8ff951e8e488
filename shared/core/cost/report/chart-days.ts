import { html } from "./html-text.ts";
import type { Charted } from "./series.ts";

/** Steps of an axis: at most five, of 1, 2 or 5 times a power of ten, with zero among them. */
export function ticks(low: number, high: number): readonly number[] {
  const span = high - low;
  if (!(span > 0)) return [0];
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => span / one <= 5) ?? span;
  const made: number[] = [];
  for (let at = Math.floor(low / step + 1e-9); at <= Math.ceil(high / step - 1e-9); at += 1) made.push(at * step);
  return made;
}

const axisText = (value: number): string => {
  if (value === 0) return "0";
  if (Math.abs(value) >= 10_000) return `${Number((value / 1000).toPrecision(3))}k`;
  return String(Number(value.toPrecision(3)));
};

const fixed = (value: number): string => String(Number(value.toFixed(3)));
/** Height of the drawing in its own units; its width is 10 a step. Both are stretched to the page. */
const HEIGHT = 100;
const LABELS = 8;

/** Bars of stacked colours, one a day: credits hang below zero, a day without a charge is a gap, one that may still change is pale. */
export function daysChart(
  { series, steps, step }: Charted,
  pale: ReadonlySet<string>,
  amount: (value: number) => string,
  title: string,
): string {
  const sums = steps.map((at) => {
    let [up, down] = [0, 0];
    for (const one of series) {
      const cost = one.steps.get(at) ?? 0;
      if (cost > 0) up += cost;
      else down += cost;
    }
    return { up, down };
  });
  const least = Math.min(0, ...sums.map(({ down }) => down));
  const axis = ticks(least, Math.max(0, ...sums.map(({ up }) => up))).filter((value) => value >= least);
  const [low, high] = [Math.min(least * 1.04, axis[0] ?? 0), axis.at(-1) ?? 0];
  if (high <= low) return "";
  const y = (value: number): number => ((high - value) / (high - low)) * HEIGHT;
  const bars = steps.flatMap((at, index) => {
    let [up, down] = [0, 0];
    const parts: string[] = [];
    for (const one of series) {
      const cost = one.steps.get(at);
      if (cost === undefined) continue;
      const [top, bottom] = cost > 0 ? [up + cost, up] : [down, down + cost];
      if (cost > 0) up = top;
      else down = bottom;
      parts.push(
        `<rect class="c${one.color}" x="${index * 10 + 1}" y="${fixed(y(top))}" width="8" height="${fixed(y(bottom) - y(top))}"><title>${html(`${at} · ${one.name}: ${amount(cost)}`)}</title></rect>`,
      );
    }
    return parts.length === 0 ? [] : [`<g${pale.has(at) ? ' class="pale"' : ""}>${parts.join("")}</g>`];
  });
  const every = Math.ceil(steps.length / LABELS);
  const labels = steps.flatMap((at, index) =>
    index % every === 0
      ? [
          `<span class="${(index / every) % 2 === 1 ? "minor" : ""}" style="left:${fixed(((index + 0.5) / steps.length) * 100)}%">${html(step === "day" ? at.slice(5) : at)}</span>`,
        ]
      : [],
  );
  const lines = axis.map(
    (value) =>
      `<span class="${value === 0 ? "zero" : ""}" style="top:${fixed((y(value) / HEIGHT) * 100)}%"><b>${html(axisText(value))}</b></span>`,
  );
  return `<div class="plot"><div class="axis" aria-hidden="true">${lines.join("")}</div><div class="bars"><svg role="img" aria-label="${html(title)}" viewBox="0 0 ${steps.length * 10} ${HEIGHT}" preserveAspectRatio="none">${bars.join("")}</svg></div><div class="labels" aria-hidden="true">${labels.join("")}</div></div>`;
}
