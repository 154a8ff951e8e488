import { STALE_BITS } from "../../shared/core/monitoring/promql/source.ts";

/** Both markers are signalling NaNs: the high word tells them from every NaN that arithmetic or an exposition makes. */
const HIGH = Number(STALE_BITS >> 32n);
const STALE_LOW = Number(STALE_BITS & 0xffff_ffffn);
/** No sample at all; never leaves the window. */
const ABSENT_LOW = 0x0ab5;

/** The words of a Float64Array; markers are written and told apart as words, because a NaN as a number need not keep its bits. */
export const wordsOf = (values: Float64Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length * 2);

const LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
const LOW_WORD = LITTLE ? 0 : 1;
const HIGH_WORD = LITTLE ? 1 : 0;

function mark(words: Uint32Array, index: number, low: number): void {
  words[index * 2 + HIGH_WORD] = HIGH;
  words[index * 2 + LOW_WORD] = low;
}

const isMarked = (words: Uint32Array, index: number, low: number): boolean =>
  words[index * 2 + HIGH_WORD] === HIGH && words[index * 2 + LOW_WORD] === low;

export const markAbsent = (words: Uint32Array, index: number): void => mark(words, index, ABSENT_LOW);
export const isAbsent = (words: Uint32Array, index: number): boolean => isMarked(words, index, ABSENT_LOW);
export const setStale = (words: Uint32Array, index: number): void => mark(words, index, STALE_LOW);
export const hasStale = (words: Uint32Array, index: number): boolean => isMarked(words, index, STALE_LOW);
