import { killBackups } from "../test/backup/run-kill.ts";
import { type Row, row } from "./row.ts";

const SEEDS = 500;

/** Backup runs whose processes die at any call, with destinations and brokers that fail, on the real shell, in virtual time; some forty seconds. */
export async function bench(): Promise<readonly Row[]> {
  const broken = new Map<string, number>();
  let [wrong, kills, points] = [0, 0, 0];
  const kind = (text: string): string =>
    ["half a point", "next run", "other records", "damaged", "healed"].find((one) => text.includes(one)) ?? "other";
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const outcome = await killBackups(seed);
    kills += outcome.kills;
    points += outcome.points;
    if (outcome.wrong.length > 0) wrong += 1;
    for (const one of new Set(outcome.wrong.map(kind))) broken.set(one, (broken.get(one) ?? 0) + 1);
  }
  const what = `backup killed at any call, ${SEEDS} seeds`;
  const seeds = (measure: string, value: number): Row => row("backup-kill", { measure, value, unit: "seeds", bar: 0 });
  return [
    seeds(`${what} (${kills} deaths, ${points} points): wrong`, wrong),
    seeds(
      `${what}: half a point listed, or a damaged one`,
      (broken.get("half a point") ?? 0) + (broken.get("damaged") ?? 0),
    ),
    seeds(`${what}: records lost, doubled or not committed`, broken.get("other records") ?? 0),
    seeds(
      `${what}: the next run did not complete, or not everywhere`,
      (broken.get("next run") ?? 0) + (broken.get("healed") ?? 0),
    ),
  ];
}
