import type { Stretch, Unit } from "./unit.ts";

const MB = 2 ** 20;
/** One unit is some minutes of one worker: at 60 MB/s four seconds of a fast one, at 1 MB/s four minutes of a throttled one. */
const MOST_BYTES = 256 * MB;
/** Smaller ones make more objects than they save time. */
const LEAST_BYTES = 32 * MB;
/** Their number is what the run has to keep in mind. */
const MOST_UNITS = 4_000;
const MOST_STRETCHES = 1_000;

/**
 * Cuts what is to be read into units of about the same size: many small stretches go into one, a large one becomes several. A stretch is cut at an offset, which may
 * lie inside of a batch.
 */
export function unitsOf(
  stretches: readonly (Stretch & { readonly bytes: number })[],
  workers: number,
): readonly Unit[] {
  const total = stretches.reduce((sum, { bytes }) => sum + bytes, 0);
  const fair = Math.min(MOST_BYTES, Math.max(LEAST_BYTES, total / (2 * workers)));
  const target = Math.max(fair, total / MOST_UNITS);
  const units: Stretch[][] = [];
  let open: Stretch[] = [];
  let room = target;
  const close = (): void => {
    if (open.length > 0) units.push(open);
    open = [];
    room = target;
  };
  for (const { bytes, ...stretch } of stretches)
    for (const piece of pieces(stretch, bytes, target)) {
      const size = (bytes * (piece.to - piece.from)) / (stretch.to - stretch.from);
      if (size > room || open.length >= MOST_STRETCHES) close();
      open.push(piece);
      room -= size;
    }
  close();
  return units.map((some, unit) => ({ unit, stretches: some }));
}

function pieces(stretch: Stretch, bytes: number, target: number): readonly Stretch[] {
  const { from, to } = stretch;
  const count = Math.min(Math.ceil(bytes / target), to - from);
  if (count <= 1) return [stretch];
  const edge = (index: number): number => from + Math.floor(((to - from) * index) / count);
  return Array.from({ length: count }, (_, index) => ({ ...stretch, from: edge(index), to: edge(index + 1) }));
}
