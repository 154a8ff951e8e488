import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useHeld } from "../held.ts";
import { useWindow } from "../window.ts";
import { Table, Tbody, Th, Thead, Tr } from "./table.tsx";

const narrow = matchMedia("(max-width: 719px)");

/** A list of any length: only rows near the screen are drawn, and none moves under the pointer. Every row is as high as it says. */
export function WindowList<T>(props: {
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  /** Class of the table. */
  readonly kind: string;
  readonly caption: string;
  readonly heads: readonly string[];
  /** CSS pixels: as rows, and as cards where the screen is narrow. */
  readonly rowHeight: { readonly wide: number; readonly narrow: number };
  /** `index`: for aria-rowindex. */
  readonly row: (item: T, index: number) => ComponentChildren;
}): JSX.Element {
  const { items, idOf, kind, caption, heads, rowHeight, row } = props;
  const [cards, setCards] = useState(narrow.matches);
  useEffect(() => {
    const change = () => setCards(narrow.matches);
    narrow.addEventListener("change", change);
    return () => narrow.removeEventListener("change", change);
  }, []);
  const { shown, hold } = useHeld(items, idOf);
  const { ref, visible } = useWindow<HTMLTableSectionElement>({
    count: shown.length,
    rowHeight: cards ? rowHeight.narrow : rowHeight.wide,
  });
  return (
    <div class="list" {...hold}>
      <Table class={kind} aria-rowcount={shown.length + 1}>
        <caption class="unseen">{caption}</caption>
        <Thead>
          <Tr aria-rowindex={1}>
            {heads.map((title) => (
              <Th key={title}>{title}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody ref={ref}>
          {visible.before > 0 && <tr class="spacer" style={{ height: `${visible.before}px` }} />}
          {shown.slice(visible.first, visible.end).map((one, index) => row(one, visible.first + index + 2))}
          {visible.after > 0 && <tr class="spacer" style={{ height: `${visible.after}px` }} />}
        </Tbody>
      </Table>
    </div>
  );
}
