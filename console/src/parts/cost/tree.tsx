import { money } from "../../money.ts";
import { treemap } from "../../treemap.ts";
import { useWidth } from "../../width.ts";

const HEIGHT = 200;
/** Below this a name would not be read. */
const NAME_PX = 64;
const LINE_PX = 34;

export interface TreePart {
  readonly name: string;
  readonly cost: string;
  /** Index of its colour: the one it has everywhere on the page. */
  readonly colour: number;
}

/** Shares as areas; a picture only: the table beside has all of it, credits too. */
export function Tree({ parts, currency, title }: { parts: readonly TreePart[]; currency: string; title: string }) {
  const [width, host] = useWidth();
  const tiles = width > 0 ? treemap(parts, ({ cost }) => Number(cost), width / HEIGHT) : [];
  const credits = parts.filter(({ cost }) => Number(cost) < 0).length;
  return (
    <figure class="cost-tree" ref={host as never}>
      {width > 0 && (
        <svg width={width} height={HEIGHT} role="img" aria-label={`${title}; the table has the same as numbers`}>
          {tiles.map(({ of, ...tile }) => {
            const box = {
              x: (tile.x * width) / 100,
              y: (tile.y * HEIGHT) / 100,
              width: (tile.width * width) / 100,
              height: (tile.height * HEIGHT) / 100,
            };
            const named = box.width >= NAME_PX && box.height >= LINE_PX;
            const most = Math.floor((box.width - 12) / 7.6);
            return (
              <g key={of.name}>
                <rect class={`cat cat-${of.colour}`} {...box} />
                <title>{`${of.name}: ${money(of.cost, currency)}`}</title>
                {named && (
                  <>
                    <text class="cost-tile" x={box.x + 6} y={box.y + 16}>
                      {of.name.length > most ? `${of.name.slice(0, Math.max(1, most - 1))}…` : of.name}
                    </text>
                    <text class="cost-tile cost-tile-cost" x={box.x + 6} y={box.y + 30}>
                      {money(of.cost, currency)}
                    </text>
                  </>
                )}
              </g>
            );
          })}
        </svg>
      )}
      {credits > 0 && <figcaption class="muted">Credits have no area; they stand in the table.</figcaption>}
    </figure>
  );
}
