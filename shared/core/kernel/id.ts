import type { Millis } from "./time.ts";

/** Crockford's base32, lower case: sorts as text in the order of the numbers, and has no i, l, o, u to misread. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;
const MAX_TIME = 2 ** 48 - 1;

/**
 * An id that sorts by time: prefix, 48 bits of milliseconds and 80 random bits in base32, as ULID has them
 * (github.com/ulid/spec). The time inside is what lets a journal find a record by id alone.
 *
 * @param at instant of the record, 0..2^48-1
 * @param random draws from [0, 1); an input, because the kernel has no randomness of its own
 * @throws RangeError when `at` is outside of 48 bits
 */
export function timeId(prefix: string, at: Millis, random: () => number): string {
  if (!(at >= 0 && at <= MAX_TIME)) throw new RangeError(`timeId: ${at} is not an instant between 0 and 2^48-1 ms`);
  let time = "";
  let rest = Math.floor(at);
  for (let index = 0; index < TIME_CHARS; index += 1) {
    time = ALPHABET.charAt(rest % 32) + time;
    rest = Math.floor(rest / 32);
  }
  let noise = "";
  for (let index = 0; index < RANDOM_CHARS; index += 1) noise += ALPHABET.charAt(Math.floor(random() * 32));
  return `${prefix}_${time}${noise}`;
}

/** "dec_…": the id of a decision made at `at`. */
export const decisionId = (at: Millis, random: () => number): string => timeId("dec", at, random);

/** The instant inside an id made by {@link timeId}; undefined for any other text. */
export function idTime(id: string): Millis | undefined {
  const match = /^[a-z]+_([0-7][0-9a-hjkmnp-tv-z]{9})[0-9a-hjkmnp-tv-z]{16}$/.exec(id);
  if (!match?.[1]) return undefined;
  const at = [...match[1]].reduce((total, char) => total * 32 + ALPHABET.indexOf(char), 0);
  return at <= MAX_TIME ? at : undefined;
}
