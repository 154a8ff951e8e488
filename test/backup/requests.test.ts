import { expect, test } from "vitest";
import type { PlanContext } from "../../functions/backup/context.ts";
import type { Place } from "../../functions/backup/place.ts";
import { pointsViewOf } from "../../functions/backup/plans-view.ts";
import { recoveryPoints } from "../../functions/backup/recovery.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { draw, PLAN, place, store } from "./keep-kit.ts";

const START = Date.UTC(2026, 10, 1);
const POINTS = 150;
const idAt = (index: number) => `bkp_20261101_${String(index).padStart(6, "0")}`;

test("however many points there are, their verifications cost a list for all of them and a read for each that is told", async () => {
  const real = place("primary", () => START);
  for (let index = 0; index < POINTS; index += 1) {
    const [id, cutAt] = [idAt(index), START + index * HOUR_MS];
    await store(real.objects, draw({ id, cutAt, partitions: [] }, new Map()));
    for (const at of [cutAt + 1, cutAt + 2])
      await real.objects.put(
        `verified/${PLAN}/${id}/${at}.json`,
        JSON.stringify({ v: 1, ok: at === cutAt + 2, at, finishedAt: at + 5, text: "looked at", faults: [] }),
      );
  }
  let lists: string[] = [];
  const gets: string[] = [];
  const counted: Place = {
    ...real,
    objects: {
      ...real.objects,
      list: (prefix, options) => {
        lists.push(prefix);
        return real.objects.list(prefix, options);
      },
      get: (key, range) => {
        gets.push(key);
        return real.objects.get(key, range);
      },
    },
  };
  const { points } = await pointsViewOf({ places: [counted], name: PLAN } as unknown as PlanContext);
  expect(points.map(({ verified }) => verified)).toEqual(points.map(() => "ok"));
  expect(points).toHaveLength(POINTS);
  expect([...lists].sort()).toEqual([`points/${PLAN}/`, `verified/${PLAN}/`]);
  expect(gets.filter((key) => key.startsWith("verified/"))).toHaveLength(POINTS);

  lists = [];
  const [newest] = await recoveryPoints([counted], PLAN);
  expect(newest).toMatchObject({ id: idAt(POINTS - 1), verified: { ok: true, ms: 5 } });
  expect(lists.filter((prefix) => prefix.startsWith("verified/"))).toEqual([`verified/${PLAN}/`]);
});
