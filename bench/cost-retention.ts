import { simulateRetention } from "../test/shell/simulation/simulate-retention.ts";
import { type Row, row } from "./row.ts";

const NOUN = "cost-retention";
const SEEDS = 2_000;
const PLANTED = 200;

/** Readers that stall, replay, restart, come back and are new, on topics whose retention is proposed, applied and guarded, in virtual time. */
export async function bench(): Promise<readonly Row[]> {
  const luck = new Map<string, number>();
  let wrong = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const played = simulateRetention(seed);
    if (played.violations.length > 0) wrong += 1;
    for (const [name, count] of played.luck) luck.set(name, (luck.get(name) ?? 0) + count);
  }
  const caught = (faults: Parameters<typeof simulateRetention>[1]): number => {
    let found = 0;
    for (let seed = 1; seed <= PLANTED; seed += 1)
      if (simulateRetention(seed, faults).violations.length > 0) found += 1;
    return found;
  };
  const changes = luck.get("applying") ?? 0;
  return [
    row(NOUN, {
      measure: `retention applied ${changes} times and guarded, ${SEEDS} seeds: a needed record dropped, or another rule broken`,
      value: wrong,
      unit: "seeds",
      bar: 0,
    }),
    ...(
      [
        ["nobody looks after it was applied", { unguarded: true }],
        ["the floor is the lag itself", { unsafe: true }],
        ["a lag that cannot be read is taken for zero", { blindIsZero: true }],
        ["compacted topics too", { compactedToo: true }],
      ] as const
    ).map(([name, faults]) =>
      row(NOUN, {
        measure: `  planted: ${name}: caught, of ${PLANTED} seeds`,
        value: caught(faults),
        unit: "seeds",
        bar: 1,
        better: "higher",
      }),
    ),
  ];
}
