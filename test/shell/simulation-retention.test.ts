import { expect, test } from "vitest";
import { type RetentionFaults, simulateRetention } from "./simulation/simulate-retention.ts";

const ONE = process.env["HEADGATE_SEED"];
/** `npm run test:peers` plays 2,000. */
const SEEDS = Number(process.env["HEADGATE_SEEDS"] ?? 2);

test(ONE
  ? `retention, seed ${ONE}`
  : `retention under bad luck, ${SEEDS} seeds: no record that a live group still needs is dropped`, () => {
  const luck = new Map<string, number>();
  for (const seed of ONE ? [Number(ONE)] : Array.from({ length: SEEDS }, (_, index) => index + 1)) {
    const played = simulateRetention(seed);
    for (const [name, count] of played.luck) luck.set(name, (luck.get(name) ?? 0) + count);
    if (played.violations.length === 0) continue;
    const broken = played.violations.map((violation) => `${violation.rule}: ${violation.detail}`).join("\n  ");
    expect.fail(
      `seed ${seed} (replay it alone with HEADGATE_SEED=${seed}):\n  ${broken}${ONE ? `\n${played.log.join("\n")}` : ""}`,
    );
  }
  if (ONE) return;
  // A simulation in which nothing goes wrong proves nothing.
  for (const name of ["applying", "held_guarding", "stall", "restart", "guard away", "new group"])
    expect(luck.get(name) ?? 0, name).toBeGreaterThan(SEEDS / 4);
  if (SEEDS < 100) return;
  expect(luck.get("sees_again") ?? 0).toBeGreaterThan(0);
  for (const name of ["taking_back", "replay", "held_blind", "held_unreachable", "compacted", "at_floor"])
    expect(luck.get(name) ?? 0, name).toBeGreaterThan(SEEDS / 20);
}, 1_800_000);

/** Faults, the rule that tells of each, and the seed with which looking for it begins. */
const planted: readonly (readonly [what: string, faults: RetentionFaults, rule: string, from: number])[] = [
  ["is not guarded", { unguarded: true }, "no record that a live group still needs is dropped", 2],
  ["has a floor without safety", { unsafe: true }, "no record that a live group still needs is dropped", 3],
  ["takes an unknown lag for zero", { blindIsZero: true }, "no record that a live group still needs is dropped", 3],
  ["takes compacted topics for others", { compactedToo: true }, "the newest record of a key stays", 2],
];

test.each(planted)("the simulation catches a retention that %s", (_, faults, rule, from) => {
  for (let seed = from; seed <= 300; seed += 1)
    if (simulateRetention(seed, faults).violations.some((violation) => violation.rule === rule)) return;
  expect.fail("not caught");
});
