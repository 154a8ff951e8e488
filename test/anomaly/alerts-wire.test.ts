import { expect, it } from "vitest";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import { alertmanagerAlerts } from "../../shared/edge/alertmanager-alerts.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { alertmanagerWire } from "../fakes/alertmanager-wire.ts";
import { MINUTE } from "./given.ts";
import { config, SPIKE, scored } from "./scoring-world.ts";

it.each([
  ["each minute", "", MINUTE],
  ["each hour", ", batch: 1h", HOUR_MS],
])(
  "an Alertmanager that hears of an anomaly %s keeps it between two batches, and is told its real end",
  async (_, more, batch) => {
    const w = await scored(config(["orders", `{ signals: { latency: { metric: latency, role: latency${more} } } }`]));
    const wire = await alertmanagerWire();
    const receivers = async () => [`${wire.endpoint}/api/v2/alerts`];
    const http = httpClient({ allowLocal: true });
    const runtime = {
      ...w.runtime,
      alerts: alertmanagerAlerts({ http, receivers, sleep: async () => {}, random: () => 0 }),
    };
    const pass = async (spike = false) => {
      for (let minute = 0; minute < batch / MINUTE; minute += 1) {
        w.measure(w.clock.now(), spike && minute === batch / MINUTE - 1 ? SPIKE : {});
        w.clock.advance(MINUTE);
      }
      await w.score(runtime);
    };
    try {
      const began = w.clock.now() + batch - MINUTE;
      await pass(true);
      const labels = { alertname: "Anomaly", service: "orders", signal: "latency", severity: "high" };
      expect(wire.held()).toMatchObject([{ labels, startsAt: began, endsAt: w.clock.now() + 4 * batch }]);
      if (batch === MINUTE) {
        await pass();
        expect(wire.held()).toMatchObject([{ labels, startsAt: began, endsAt: w.clock.now() + 4 * batch }]);
      }
      for (let again = 0; again < Math.max(1, (16 * MINUTE) / batch); again += 1) await pass();
      expect(wire.held()).toMatchObject([{ labels, startsAt: began, endsAt: began + 15 * MINUTE }]);
    } finally {
      await wire.close();
    }
  },
);
