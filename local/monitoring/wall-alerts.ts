import type { Alert } from "../../shared/core/kernel/alert.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { Alerts } from "../../shared/core/ports/alerts.ts";

/** A clock that keeps to the wall is apart from it by what passes between two looks. */
const SAME_MS = 1_000;

/**
 * Alerts as receivers outside of this machine's clock have to see them: an Alertmanager lives by the wall, where an end that is over
 * here may lie days ahead, so that what is resolved would go on firing. All instants are moved so that now is now; an age
 * stays the age it has here.
 *
 * @param now this machine's virtual clock
 * @param wall real epoch ms
 */
export function wallAlerts(alerts: Alerts, now: () => Millis, wall: () => Millis = Date.now): Alerts {
  return {
    send: (tenant, some) => {
      const apart = wall() - now();
      const by = Math.abs(apart) < SAME_MS ? 0 : apart;
      return alerts.send(
        tenant,
        some.map((alert) => moved(alert, by)),
      );
    },
  };
}

const moved = ({ startsAt, endsAt, ...alert }: Alert, by: DurationMs): Alert => ({
  ...alert,
  startsAt: startsAt + by,
  ...(endsAt === undefined ? {} : { endsAt: endsAt + by }),
});
