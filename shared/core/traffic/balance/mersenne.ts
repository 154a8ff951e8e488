/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998) as C++'s std::mt19937: what Envoy shuffles hosts with, so that every
 * caller goes from an overloaded host to the same next ones. One state for all, seeded anew for each shuffle: it allocates nothing.
 */
const SIZE = 624;
const AHEAD = 397;
const state = new Int32Array(SIZE);
let at = SIZE;

export function seedMersenne(seed: number): void {
  state[0] = seed | 0;
  for (let index = 1; index < SIZE; index += 1) {
    const last = state[index - 1] as number;
    state[index] = (Math.imul(last ^ (last >>> 30), 1_812_433_253) + index) | 0;
  }
  at = SIZE;
}

/** The next draw, 0 … 2^32 − 1. */
export function nextMersenne(): number {
  if (at === SIZE) turn();
  let drawn = state[at] as number;
  at += 1;
  drawn ^= drawn >>> 11;
  drawn ^= (drawn << 7) & 0x9d2c5680;
  drawn ^= (drawn << 15) & 0xefc60000;
  return (drawn ^ (drawn >>> 18)) >>> 0;
}

function turn(): void {
  for (let index = 0; index < SIZE; index += 1) {
    const joined = ((state[index] as number) & 0x80000000) | ((state[(index + 1) % SIZE] as number) & 0x7fffffff);
    const other = state[(index + AHEAD) % SIZE] as number;
    state[index] = other ^ (joined >>> 1) ^ ((joined & 1) === 0 ? 0 : 0x9908b0df);
  }
  at = 0;
}
