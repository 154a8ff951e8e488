import { expect, it } from "vitest";
import { wallAlerts } from "../../local/monitoring/wall-alerts.ts";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import { DAY, MINUTE, MONDAY } from "../anomaly/given.ts";

it.each([
  ["days ahead of the wall", MONDAY + 5 * DAY],
  ["behind it", MONDAY - 14 * 60 * MINUTE],
  ["with it", MONDAY],
  ["with it but for the time between two looks", MONDAY - 3],
])("on a clock %s, what is over is over for an Alertmanager and what fires ends ahead", async (_, now) => {
  const sent: Alert[] = [];
  const alerts = wallAlerts(
    { send: async (_tenant, some) => void sent.push(...some) },
    () => now,
    () => MONDAY,
  );
  const one = { labels: { alertname: "Anomaly" }, annotations: { summary: "s" }, generatorUrl: "http://localhost/" };
  await alerts.send("default", [
    { ...one, startsAt: now - 20 * MINUTE, endsAt: now + 4 * MINUTE },
    { ...one, startsAt: now - 20 * MINUTE, endsAt: now - MINUTE },
    { ...one, startsAt: now },
  ]);
  const near = (at: number | undefined) => Math.round(((at ?? Number.NaN) - MONDAY) / MINUTE) + 0;
  expect(sent.map(({ startsAt, endsAt }) => [near(startsAt), endsAt === undefined ? undefined : near(endsAt)])).toEqual(
    [
      [-20, 4],
      [-20, -1],
      [0, undefined],
    ],
  );
  expect(sent[0]).toMatchObject(one);
});
