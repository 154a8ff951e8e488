import { killFlink } from "../test/delivery/flink-kill.ts";
import { type Row, row } from "./row.ts";

const SEEDS = 2_000;

/** Rollouts of a Flink job whose workers die at any call, on a cluster that fails, forgets and is slow, in virtual time; half a minute. */
export async function bench(): Promise<readonly Row[]> {
  const ends = new Map<string, number>();
  let [wrong, deaths] = [0, 0];
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const outcome = await killFlink(seed);
    if (outcome.wrong.length > 0) wrong += 1;
    deaths += outcome.kills;
    ends.set(outcome.phase, (ends.get(outcome.phase) ?? 0) + 1);
  }
  const said = `${deaths} deaths, ${ends.get("promoted") ?? 0} promoted, ${ends.get("rolled_back") ?? 0} rolled back`;
  return [
    row("delivery-flink", {
      measure: `Flink blue-green killed at every transition, ${SEEDS} seeds (${said}): wrong`,
      value: wrong,
      unit: "seeds",
      bar: 0,
    }),
  ];
}
