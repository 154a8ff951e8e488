import * as v from "valibot";
import { OPEN_MS, type SourceAlert } from "../../../shared/core/alerting/sources/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import { hash64 } from "../../../shared/core/kernel/hash.ts";
import { labelsKey } from "../../../shared/core/kernel/labels.ts";
import { DAY_MS, iso, type Millis } from "../../../shared/core/kernel/time.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";

/** SNS tries for an hour and EventBridge for a day; nothing that is older comes any more. */
const KEPT_MS = 3 * DAY_MS;
/** What fires until its source says otherwise is remembered for as long: its end has to find it. */
const OPEN_KEPT_MS = OPEN_MS + KEPT_MS;
const TRIES = 8;

/** The latest news of one alert: of when, whether it fires, and whether it was passed on. */
const Seen = v.object({ at: v.number(), open: v.boolean(), taken: v.boolean() });
type News = v.InferOutput<typeof Seen>;

const isNews = (last: News, { at, open }: Pick<News, "at" | "open">): boolean =>
  last.at < at || (last.at === at && (!last.taken || (last.open && !open)));

/**
 * Passes an alert of an event on if it is news. Events come twice and out of order, and a state that is told late would undo the one
 * after it: the alarm fires again that was over. The end of what never began is no news either, and most events are that. A claim
 * comes before and a mark after, so that what was not passed on is tried again with the event.
 *
 * @param at when the source saw it
 * @throws HeadgateError of the store, `store.throttled` when others kept writing, and what `take` throws
 */
export async function takeNewest(
  runtime: Runtime,
  tenant: string,
  at: Millis,
  alert: SourceAlert,
  take: (alert: SourceAlert) => Promise<void>,
): Promise<boolean> {
  const subject = `${alert.labels["source"] ?? ""}/${hash64(labelsKey(alert.labels))}`;
  const key = { tenant, noun: "alerting-source", subject };
  const lasts = alert.endsAt !== undefined && Date.parse(alert.endsAt) > at;
  const open = lasts || alert.endsAt === undefined;
  const expiresAt = runtime.now() + (lasts ? OPEN_KEPT_MS : KEPT_MS) * runtime.speed;
  const lastOf = (state: unknown): News | undefined => {
    const seen = v.safeParse(Seen, state);
    return seen.success ? seen.output : undefined;
  };
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if (attempt > 0) await runtime.sleep(runtime.random() * 2 ** attempt * 5);
    const stored = await runtime.store.load(key);
    const last = lastOf(stored?.state);
    if (last && !isNews(last, { at, open })) return false;
    const matters = open || (last !== undefined && (last.open || !last.taken));
    const state = { at, open, taken: !matters };
    const claimed = await runtime.store.write(key, stored?.version ?? 0, { state, expiresAt });
    if (!claimed.ok) continue;
    if (!matters) return false;
    await take(alert);
    const marked = await runtime.store.write(key, claimed.version, { state: { at, open, taken: true }, expiresAt });
    // The end was passed on while this was: it may have been the first of the two.
    const later = marked.ok ? undefined : lastOf((await runtime.store.load(key))?.state);
    if (open && later && later.at > at && !later.open) await take({ ...alert, endsAt: iso(later.at) });
    return true;
  }
  throw new HeadgateError("store.throttled", `too many events of one alert of ${subject}`, { retryable: true });
}
