import { expect, test } from "vitest";
import { watchedNotify } from "../../local/alerting/watched-notify.ts";
import type { Delivered, Notification } from "../../shared/core/ports/notify.ts";

const told = { receiver: "pager", integration: { id: "webhook[0]" } } as Notification;
const ok: Delivered = { ok: true, detail: "delivered" };
const down: Delivered = { ok: false, retry: true, detail: "answered 503" };
const refused: Delivered = { ok: false, retry: false, detail: "answered 400" };
const TROUBLE = "pager/webhook[0]: answered 503; it is tried again";
const AGAIN = "pager/webhook[0]: over, it takes notifications again";

test.each([
  ["a receiver that takes everything is not told of", [ok, ok], []],
  ["nor one that refuses once", [down, down, ok], []],
  ["one that stays away is told of once, and once when it is back", [down, down, down, down, ok, ok], [TROUBLE, AGAIN]],
  ["what is refused for good is told of at once", [refused], ["pager/webhook[0]: answered 400; it is not tried again"]],
])("%s", async (_, answers: readonly Delivered[], lines: readonly string[]) => {
  const left = [...answers];
  const seen: string[] = [];
  const notify = watchedNotify({ send: async () => left.shift() as Delivered }, (name, text) =>
    seen.push(`${name}: ${text}`),
  );
  for (const answer of answers) expect(await notify.send("default", told)).toBe(answer);
  expect(seen).toEqual(lines);
});
