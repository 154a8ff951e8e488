import { expect, test } from "vitest";
import { wallNotify } from "../../local/alerting/wall-notify.ts";
import { MINUTE_MS, SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Notification } from "../../shared/core/ports/notify.ts";

const WALL = 1_800_000_000_000;

const notification = (now: number): Notification => ({
  key: "k",
  integration: { id: "webhook[0]", type: "webhook", index: 0, sendResolved: true, sendable: true, settings: {} },
  receiver: "web",
  groupKey: "{}:{}",
  reason: "first notification",
  alerts: [
    {
      fingerprint: "0000000000000001",
      labels: {},
      annotations: {},
      startsAt: now - MINUTE_MS,
      endsAt: now + MINUTE_MS,
      updatedAt: now,
      timeout: false,
      generatorUrl: "",
      status: "firing",
    },
  ],
  groupLabels: {},
  routeLabels: {},
  flushAt: now,
  deadline: now + 5 * MINUTE_MS,
  externalUrl: "",
});

/** What a receiver outside gets from a clock at `now` with `speed`. */
async function sent(now: number, speed: number): Promise<Notification> {
  let seen: Notification | undefined;
  const inner = {
    send: async (_tenant: string, one: Notification) => {
      seen = one;
      return { ok: true, detail: "" } as const;
    },
  };
  await wallNotify(
    inner,
    () => now,
    speed,
    () => WALL,
  ).send("default", notification(now));
  return seen as Notification;
}

test("receivers outside see instants of the wall: ages stay, and the deadline is counted by the wall", async () => {
  const now = WALL + 90 * 24 * 3_600_000;
  const { alerts, flushAt, deadline } = await sent(now, 10);
  expect([alerts[0]?.startsAt, alerts[0]?.endsAt, flushAt]).toEqual([WALL - MINUTE_MS, WALL + MINUTE_MS, WALL]);
  expect(deadline).toBe(WALL + 30 * SECOND_MS);
});

test("however fast the clock runs a delivery has ten seconds", async () => {
  expect((await sent(WALL + 5_000_000, 600)).deadline).toBe(WALL + 10 * SECOND_MS);
});

test("a clock that keeps to the wall changes nothing", async () => {
  expect(await sent(WALL + 3, 1)).toEqual(notification(WALL + 3));
});
