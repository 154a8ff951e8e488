import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Notification, Notify } from "../../shared/core/ports/notify.ts";

/** A clock that keeps to the wall is apart from it by what passes between two looks. */
const SAME_MS = 1_000;
/** A delivery gets at least so long by the wall, however fast the clock here runs. */
const LEAST_MS = 10_000;

/**
 * Notifications as receivers outside of this machine's clock have to see them: all instants are moved so that now is now, an age stays
 * the age it has here, and what is left until the deadline is counted by the wall.
 */
export function wallNotify(notify: Notify, now: () => Millis, speed: number, wall: () => Millis = Date.now): Notify {
  return {
    send: (tenant, notification, signal) => notify.send(tenant, moved(notification, now(), wall(), speed), signal),
  };
}

function moved(notification: Notification, now: Millis, wall: Millis, speed: number): Notification {
  const by = Math.abs(wall - now) < SAME_MS ? 0 : wall - now;
  if (by === 0 && speed === 1) return notification;
  return {
    ...notification,
    alerts: notification.alerts.map(({ startsAt, endsAt, updatedAt, ...alert }) => ({
      ...alert,
      startsAt: startsAt + by,
      endsAt: endsAt + by,
      updatedAt: updatedAt + by,
    })),
    flushAt: notification.flushAt + by,
    deadline: wall + Math.max(LEAST_MS, (notification.deadline - now) / speed),
  };
}
