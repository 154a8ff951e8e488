import type { ComponentChildren } from "preact";
import { useHeld } from "../held.ts";
import { Table, Tbody, Th, Thead, Tr } from "./table.tsx";

interface HeldListProps<T> {
  readonly items: readonly T[];
  readonly idOf: (item: T) => string;
  /** Class of the table. */
  readonly kind: string;
  /** For those who hear the page. */
  readonly caption: string;
  readonly heads: readonly string[];
  readonly row: (item: T) => ComponentChildren;
  /** Rows shown at the most; absent: all. */
  readonly most?: number;
  /** Below the table; is told how many rows there are. */
  readonly more?: (rows: number) => ComponentChildren;
}

/** A real table whose rows wait while the pointer is over it; a button says how many are new. */
export function HeldList<T>({ items, idOf, kind, caption, heads, row, most, more }: HeldListProps<T>) {
  const { shown, waiting, release, hold } = useHeld(items, idOf);
  return (
    <div class="list" {...hold}>
      {waiting > 0 && (
        <button type="button" class="pill-new" onClick={release}>
          {waiting} new
        </button>
      )}
      <Table class={kind}>
        <caption class="unseen">{caption}</caption>
        <Thead>
          <Tr>
            {heads.map((head) => (
              <Th key={head}>{head}</Th>
            ))}
          </Tr>
        </Thead>
        <Tbody>{shown.slice(0, most).map(row)}</Tbody>
      </Table>
      {more?.(shown.length)}
    </div>
  );
}
