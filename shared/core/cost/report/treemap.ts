export interface Tile {
  /** Position in what was given. */
  readonly at: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * Squarified treemap (Bruls, Huizing and van Wijk, 2000): areas in proportion to the weights, as square as can be. What weighs nothing or less
 * has no area and is left out.
 */
export function treemap(weights: readonly number[], width: number, height: number): readonly Tile[] {
  const order = weights
    .map((weight, at) => ({ weight, at }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || a.at - b.at);
  const total = order.reduce((all, { weight }) => all + weight, 0);
  const tiles: Tile[] = [];
  let [x, y, wide, high] = [0, 0, width, height];
  let left = total;
  let rest = order;
  while (rest.length > 0 && left > 0) {
    const side = Math.min(wide, high);
    const unit = (wide * high) / left;
    let count = 1;
    let best = worst(rest.slice(0, 1), side, unit);
    while (count < rest.length) {
      const next = worst(rest.slice(0, count + 1), side, unit);
      if (next > best) break;
      best = next;
      count += 1;
    }
    const strip = rest.slice(0, count);
    const weight = strip.reduce((all, one) => all + one.weight, 0);
    const depth = (weight * unit) / side;
    let along = 0;
    for (const one of strip) {
      const length = (one.weight * unit) / depth;
      tiles.push(
        wide >= high
          ? { at: one.at, x, y: y + along, width: depth, height: length }
          : { at: one.at, x: x + along, y, width: length, height: depth },
      );
      along += length;
    }
    if (wide >= high) [x, wide] = [x + depth, wide - depth];
    else [y, high] = [y + depth, high - depth];
    left -= weight;
    rest = rest.slice(count);
  }
  return tiles;
}

/** The worst ratio of sides in a strip. */
function worst(strip: readonly { readonly weight: number }[], side: number, unit: number): number {
  const areas = strip.map(({ weight }) => weight * unit);
  const all = areas.reduce((sum, area) => sum + area, 0);
  const largest = Math.max(...areas);
  const smallest = Math.min(...areas);
  return Math.max((side * side * largest) / (all * all), (all * all) / (side * side * smallest));
}
