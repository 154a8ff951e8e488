import { killed as lives } from "../../test/alerting/kill-play.ts";

const SEEDS = 1_000;

/** A process killed at any call that leaves it, again and again, on storage that stays: what was lost and what was told twice. */
export async function killed(): Promise<{ readonly seeds: number; readonly lost: number; readonly twoKeys: number }> {
  let [lost, twoKeys] = [0, 0];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const death = await lives(seed);
    lost += death.lost.length;
    twoKeys += death.twoKeys.length;
  }
  return { seeds: SEEDS, lost, twoKeys };
}
