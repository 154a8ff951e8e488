import { afterEach, beforeEach, describe, expect } from "vitest";
import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { Alerts } from "../../shared/core/ports/alerts.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface AlertsHarness {
  readonly alerts: Alerts;
  /** What a receiver knows now, the last of each label set. */
  readonly held: () => Promise<readonly Alert[]>;
  /** No receiver answers any more. */
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const AT = 1_700_000_000_123;
const TENANT = "default";

/** Everything the Alerts port promises, over one adapter. */
export function alertsContract(name: string, make: () => Promise<AlertsHarness>, skips?: Skips): void {
  describe(`Alerts: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: AlertsHarness;
    const alert = (given: Partial<Alert> = {}): Alert => ({
      labels: { alertname: "KafkaDown", severity: "critical" },
      annotations: { summary: "Kafka broker is down" },
      startsAt: AT,
      ...given,
    });
    const send = (...alerts: readonly Alert[]) => harness.alerts.send(TENANT, alerts);

    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());

    guarantee("a firing alert arrives with labels, annotations, its start and where it came from", async () => {
      const one = alert({ generatorUrl: "http://localhost:4180/monitoring/rules/rul_1?a=b&c=d" });
      await send(one);
      expect(await harness.held()).toEqual([one]);
    });

    guarantee("its end arrives under the same labels and takes its place", async () => {
      await send(alert());
      await send(alert({ endsAt: AT + 60_000 }));
      expect(await harness.held()).toEqual([alert({ endsAt: AT + 60_000 })]);
    });

    guarantee("sending the same alert again is harmless", async () => {
      await send(alert());
      await send(alert());
      expect(await harness.held()).toEqual([alert()]);
    });

    guarantee("values arrive letter for letter", async () => {
      const text = 'a "b" \\ c\n<d> ü 🦊 {{ $value }}';
      const one = alert({ labels: { alertname: "A", text }, annotations: { text } });
      await send(one);
      expect(await harness.held()).toEqual([one]);
    });

    guarantee("a thousand alerts at once all arrive", async () => {
      await send(
        ...Array.from({ length: 1_000 }, (_, index) => alert({ labels: { alertname: "A", index: `${index}` } })),
      );
      expect(new Set((await harness.held()).map(({ labels }) => labels["index"])).size).toBe(1_000);
    });

    guarantee("no alerts, nothing to send", async () => {
      await send();
      expect(await harness.held()).toEqual([]);
    });

    guarantee("when nobody takes them it is an error that may be tried again", async () => {
      await harness.breakDown();
      await expect(send(alert())).rejects.toMatchObject({ code: "alerts.unavailable", retryable: true });
    });
    done();
  });
}
