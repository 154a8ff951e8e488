export interface Tile<T> {
  readonly of: T;
  /** Percent of the width and the height of the whole. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** How far from a square the least square of a row is: 1 is best. */
function worst(row: readonly number[], side: number): number {
  const sum = row.reduce((all, one) => all + one, 0);
  const most = Math.max(...row);
  const least = Math.min(...row);
  return Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
}

/**
 * Squarified treemap (Bruls, Huizing, van Wijk, 2000): areas as the values are, as square as they get, the largest first. What is not above
 * zero has no area and is left out: it stands in the table beside. `aspect` is width by height of where it is drawn.
 */
export function treemap<T>(items: readonly T[], sizeOf: (item: T) => number, aspect: number): readonly Tile<T>[] {
  const sized = items.map((of) => ({ of, value: sizeOf(of) })).filter(({ value }) => value > 0);
  sized.sort((a, b) => b.value - a.value);
  const total = sized.reduce((all, { value }) => all + value, 0);
  const box: Box = { x: 0, y: 0, width: 100 * aspect, height: 100 };
  const areaOf = (value: number) => (value / total) * 100 * 100 * aspect;
  const tiles: Tile<T>[] = [];
  let at = 0;
  while (at < sized.length) {
    const side = Math.min(box.width, box.height);
    const row: number[] = [];
    for (let next = at; next < sized.length; next += 1) {
      const area = areaOf(sized[next]?.value ?? 0);
      if (row.length > 0 && worst([...row, area], side) > worst(row, side)) break;
      row.push(area);
    }
    tiles.push(
      ...lay(
        sized.slice(at, at + row.length).map(({ of }) => of),
        row,
        box,
        aspect,
      ),
    );
    at += row.length;
  }
  return tiles;
}

/** One row along the shorter side; the box is what is left. */
function lay<T>(of: readonly T[], areas: readonly number[], box: Box, aspect: number): readonly Tile<T>[] {
  const sum = areas.reduce((all, one) => all + one, 0);
  const across = box.width >= box.height;
  const side = across ? box.height : box.width;
  // What is left of a box is a difference: beside a tile that takes all of it, the sliver is only as exact as that.
  const thick = Math.min(sum / side, across ? box.width : box.height);
  let along = across ? box.y : box.x;
  const tiles = of.map((one, index) => {
    const long = ((areas[index] ?? 0) / sum) * side;
    const tile = across
      ? { x: box.x, y: along, width: thick, height: long }
      : { x: along, y: box.y, width: long, height: thick };
    along += long;
    return { of: one, x: tile.x / aspect, y: tile.y, width: tile.width / aspect, height: tile.height };
  });
  if (across) {
    box.x += thick;
    box.width -= thick;
  } else {
    box.y += thick;
    box.height -= thick;
  }
  return tiles;
}
