import { expect, test } from "vitest";
import { watchDelivery } from "../../local/monitoring/delivery.ts";
import { windowCheck } from "../../local/monitoring/window-check.ts";

test("alerts that nobody takes are told of once, are a warning of /health, and so is the end of it told", async () => {
  const told: string[] = [];
  let now = 0;
  let broken = false;
  const delivery = watchDelivery(
    {
      send: async () => {
        if (broken) throw new Error("no receiver took the alerts");
      },
    },
    () => now,
    (part, text) => void told.push(`${part}: ${text}`),
  );
  const send = () => delivery.alerts.send("default", []).catch(() => {});
  await send();
  expect(delivery.check()).toEqual({ name: "alerts:delivered", check: { status: "pass" } });
  broken = true;
  await send();
  now = 120_000;
  await send();
  expect(told).toEqual(["alerts: no receiver took the alerts; they are sent again each minute"]);
  expect(delivery.check().check).toEqual({ status: "warn", output: "no receiver took the alerts (for 2 min)" });
  broken = false;
  await send();
  expect(told[1]).toBe("alerts: over: they are taken again, after 2 min");
  expect(delivery.check().check.status).toBe("pass");
});

test("a window that lost something says so until it is whole again", () => {
  const window = (losses: object) => ({
    keepMs: 3_600_000,
    bytes: () => 2_621_440,
    series: () => 1,
    losses: () => ({ evicted: 0, forgottenSeries: 0, refusedSeries: 0, ...losses }),
  });
  const observed = { observedValue: 2.5, observedUnit: "MB" };
  expect(windowCheck(window({}), 0).check).toEqual({ status: "pass", ...observed });
  const full = windowCheck(window({ evicted: 7, refusedSeries: 2, at: 0 }), 60_000).check;
  expect(full).toMatchObject({ status: "warn", ...observed });
  expect(full.output).toContain("7 samples dropped before their time, 2 series not taken, last 1 min ago");
  expect(windowCheck(window({ evicted: 7, at: 0 }), 3_600_001).check.status).toBe("pass");
});
