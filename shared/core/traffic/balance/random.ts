/** Draws evenly from 0 ≤ x < 1. */
export interface Random {
  next(): number;
}

/**
 * Marsaglia's xorshift with 128 bits of state (J. Stat. Soft. 8, 2003), started from a seed: the same seed gives the same draws in
 * every process. Not for secrets. `seed`: any whole number; 32 bits of it count.
 */
export function randomOf(seed: number): Random {
  const state = new Int32Array(4);
  let spread = seed | 0;
  for (let index = 0; index < 4; index += 1) {
    // Seeds that differ by one must not give draws that look alike: each word is a mixed multiple of the golden ratio.
    spread = (spread + 0x9e3779b9) | 0;
    let mixed = Math.imul(spread ^ (spread >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    state[index] = mixed ^ (mixed >>> 16) ^ (index + 1);
  }
  return {
    next() {
      let first = state[0] as number;
      const last = state[3] as number;
      first ^= first << 11;
      first ^= first >>> 8;
      state[0] = state[1] as number;
      state[1] = state[2] as number;
      state[2] = last;
      const drawn = first ^ last ^ (last >>> 19);
      state[3] = drawn;
      return (drawn >>> 0) / 4_294_967_296;
    },
  };
}
