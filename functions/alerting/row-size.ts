import type { AlertRow } from "../../shared/core/alerting/types.ts";
import type { Labels } from "../../shared/core/kernel/labels.ts";

/** Rows of one item. An item holds 390 KB; characters outside of ASCII and escapes take more than one byte. */
const CHUNK_UNITS = 100_000;
/** A base larger than that is kept as an object. */
export const INLINE_UNITS = 100_000;

const units = (labels: Labels): number => {
  let sum = 0;
  for (const name in labels) sum += name.length + (labels[name] as string).length + 6;
  return sum;
};

/** About how many characters an alert has as JSON. */
export const rowUnits = ({ labels, annotations, generatorUrl }: AlertRow): number =>
  150 + units(labels) + units(annotations) + generatorUrl.length;

/** Rows in portions that fit into an item, at least one in each. */
export function chunksOf(rows: readonly AlertRow[]): readonly (readonly AlertRow[])[] {
  const chunks: AlertRow[][] = [];
  let left = 0;
  for (const row of rows) {
    const size = rowUnits(row);
    if (chunks.length === 0 || size > left) {
      chunks.push([]);
      left = CHUNK_UNITS;
    }
    (chunks.at(-1) as AlertRow[]).push(row);
    left -= size;
  }
  return chunks;
}
