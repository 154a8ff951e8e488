import { prng } from "../../kernel/prng.ts";

/** Numbers from [0, 1) that belong to a text: the same everywhere and always, whatever else was drawn (mulberry32 over FNV-1a). */
export function drawsOf(text: string): () => number {
  let seed = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) seed = Math.imul(seed ^ text.charCodeAt(at), 0x01000193);
  return prng(seed);
}

/** Roughly normal with mean 0 and standard deviation 1 (twelve uniform draws, Irwin–Hall), at most six away. */
export function bell(draw: () => number): number {
  let sum = 0;
  for (let at = 0; at < 12; at += 1) sum += draw();
  return sum - 6;
}
