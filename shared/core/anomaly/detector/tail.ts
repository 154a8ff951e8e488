/** Cells of a histogram, four to an octave: 18 octaves, beyond which sizes differ by a factor of 260,000. */
export const CELLS = 72;
const CELLS_PER_OCTAVE = 4;
/** The first size seen lands this far up, so that smaller ones have room below it. */
const FIRST_CELL = 40;
/** Half a cell of leniency: a size like one seen before never counts as new. */
const LENIENCY = 0.5;
/** Rows after which a size has lost about two thirds of its weight. */
const MEMORY_ROWS = 20_000;
const KEEP = 1 - 1 / MEMORY_ROWS;
/** Surprise in powers of ten that a size may gain by exceeding the largest one seen, tenfold or more. */
const OVERSHOOT = 2.1;
/** No size was added: below every cell there can be. */
export const NO_CELL = -32_768;
/** Weights grow instead of old ones shrinking; at this size everything is divided once. */
const RESCALE_AT = 1e6;

/**
 * The calibrated tail of one channel: turns a size into the surprise of seeing one that large or larger, in powers of ten, by
 * what this series itself has shown. A histogram over absolute sizes, logarithmic and slowly forgetting. Sizes are never
 * divided by a running scale: a drifting scale would make yesterday's equal peak look new.
 */
export class Tail {
  readonly cells: Float32Array;
  /** Weight of the next size, of all sizes, the cell that index 0 stands for, whether any size was above 0, the largest (fading). */
  inc = 1;
  total = 0;
  base = 0;
  has = 0;
  max = 0;
  /** Where the last size went, counted from size 1; what it weighed. Not saved: told of the last row only. */
  lastCell = NO_CELL;
  #lastWeight = 0;

  constructor(cells: Float32Array) {
    this.cells = cells;
  }

  /** Surprise of a size before it is learnt; 0 for sizes below `least` and as long as nothing was above 0. */
  score(size: number, least: number): number {
    if (this.has === 0 || size <= 0 || size < least) return 0;
    const cell = Math.floor(CELLS_PER_OCTAVE * Math.log2(size) - this.base - LENIENCY);
    if (cell < 0) return 0;
    const { cells } = this;
    let above = 0;
    for (let i = cell; i < CELLS; i += 1) above += cells[i] as number;
    const surprise = Math.log10((this.total / this.inc + 1) / (above / this.inc + 1));
    if (this.max > 0 && size > this.max) return surprise + OVERSHOOT * Math.min(1, Math.log10(size / this.max));
    return surprise;
  }

  add(size: number): void {
    const { cells } = this;
    this.lastCell = NO_CELL;
    this.#lastWeight = this.inc;
    if (size > 0) {
      const position = CELLS_PER_OCTAVE * Math.log2(size);
      if (this.has === 0) {
        this.has = 1;
        this.base = Math.floor(position) - FIRST_CELL;
      }
      let cell = Math.floor(position - this.base);
      if (cell >= CELLS) {
        this.#makeRoom(cell - CELLS + 1);
        cell = CELLS - 1;
      }
      if (cell < 0) cell = 0;
      cells[cell] = (cells[cell] as number) + this.inc;
      this.lastCell = cell + this.base;
    } else {
      cells[0] = (cells[0] as number) + this.inc;
    }
    this.max = size > this.max ? size : this.max * KEEP;
    this.total += this.inc;
    this.inc /= KEEP;
    if (this.inc > RESCALE_AT) this.#rescale();
  }

  /** Sizes it knows, the forgotten ones in proportion. */
  rows(): number {
    return this.total / this.inc;
  }

  /** The size that only a share of all sizes reaches, the last one not counted; upper edge of its cell. */
  quantile(share: number): number {
    if (this.has === 0) return 0;
    const last = this.lastCell - this.base;
    let above = 0;
    for (let i = CELLS - 1; i > 0; i -= 1) {
      above += (this.cells[i] as number) - (i === last ? this.#lastWeight : 0);
      if (above > share * this.total) return 2 ** ((i + 1 + this.base) / CELLS_PER_OCTAVE);
    }
    return 0;
  }

  /** Takes `rows` sizes out again that were added `age` rows ago into or next to a cell, counted from size 1. */
  forget(absolute: number, rows: number, age: number): void {
    const weight = this.inc * KEEP ** age;
    const cell = absolute - this.base;
    let left = rows * weight;
    for (let i = Math.min(CELLS - 1, cell + 2); i >= Math.max(1, cell - 2) && left > 0; i -= 1) {
      const taken = Math.min(left, this.cells[i] as number);
      this.cells[i] = (this.cells[i] as number) - taken;
      this.total -= taken;
      left -= taken;
    }
    const size = 2 ** (absolute / CELLS_PER_OCTAVE);
    if (cell > 0 && this.max >= size && this.max <= 2 * size) this.max = size;
  }

  /** Moves all cells down; what falls below the lowest is counted there. */
  #makeRoom(by: number): void {
    const { cells } = this;
    const fallen = Math.min(by, CELLS - 1);
    let sum = 0;
    for (let i = 0; i <= fallen; i += 1) sum += cells[i] as number;
    if (by < CELLS) cells.copyWithin(0, by);
    cells.fill(0, Math.max(0, CELLS - by));
    cells[0] = sum;
    this.base += by;
  }

  #rescale(): void {
    const { cells, inc } = this;
    for (let i = 0; i < CELLS; i += 1) cells[i] = (cells[i] as number) / inc;
    this.total /= inc;
    this.#lastWeight /= inc;
    this.inc = 1;
  }
}
