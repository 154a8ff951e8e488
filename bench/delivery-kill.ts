import { playRollout } from "../test/delivery/rollout-play.ts";
import { type Row, row } from "./row.ts";

const SEEDS = 2_000;

/** Rules of the simulation by what the bar names. */
const RULES: Readonly<Record<string, readonly string[]>> = {
  "neither promoted nor rolled back": ["it ends promoted or rolled back"],
  "weights that did not sum to 100": ["shares sum to 100"],
  "versions left over": ["no version is left over", "what is left is the service", "what is left has all instances"],
  "both colours retired": ["never two colours retired", "somebody is there for the traffic"],
  "a version taken away that was served, or was the service": [
    "a version that is served is never taken away",
    "what is the service is never taken away",
    "a new version takes traffic by its share only",
    "shares are given back once one version is left",
    "what is left has all traffic",
  ],
};

/** Rollouts of all strategies whose workers die at any call that leaves them, on the real shell, in virtual time; some minute and a half. */
export async function bench(): Promise<readonly Row[]> {
  const broken = new Map<string, number>();
  const ends = new Map<string, number>();
  let [wrong, deaths, decisions] = [0, 0, 0];
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const played = await playRollout(seed);
    if (played.violations.length > 0) wrong += 1;
    for (const rule of new Set(played.violations.map((violation) => violation.rule)))
      broken.set(rule, (broken.get(rule) ?? 0) + 1);
    const end = played.phase ?? "none";
    ends.set(end, (ends.get(end) ?? 0) + 1);
    decisions += played.decisions;
    for (const [name, count] of played.luck) if (name.startsWith("crash")) deaths += count;
  }
  const what = `rollout killed at every transition, ${SEEDS} seeds`;
  return [
    row("delivery-kill", {
      measure: `${what} (${deaths} deaths, ${decisions} decisions, ${ends.get("promoted") ?? 0} promoted, ${ends.get("rolled_back") ?? 0} rolled back): wrong`,
      value: wrong,
      unit: "seeds",
      bar: 0,
    }),
    ...Object.entries(RULES).map(([name, rules]) =>
      row("delivery-kill", {
        measure: `${what}: ${name}`,
        value: rules.reduce((sum, rule) => sum + (broken.get(rule) ?? 0), 0),
        unit: "seeds",
        bar: 0,
      }),
    ),
  ];
}
