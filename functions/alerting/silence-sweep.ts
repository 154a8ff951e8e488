import type { GroupState } from "../../shared/core/alerting/group-types.ts";
import { alertGroup } from "../../shared/core/alerting/machine.ts";
import { resolvedAt } from "../../shared/core/alerting/merge.ts";
import { compileSilence, endsWithAlerts, silenceDue, silenceState } from "../../shared/core/alerting/silences.ts";
import type { Judged } from "../../shared/core/alerting/suppress.ts";
import type { Silence } from "../../shared/core/alerting/types.ts";
import { hash64 } from "../../shared/core/kernel/hash.ts";
import { iso, MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { bounded } from "../bounded.ts";
import { allItems } from "./all-items.ts";
import { type Alerting, alertingOf } from "./context.ts";
import { loadRows } from "./group-rows.ts";
import { SILENCE_NOUN } from "./nouns.ts";
import {
  expireSilence,
  forgetSilences,
  type KeptSilence,
  keptOf,
  silenceItem,
  silencesInForce,
} from "./silence-store.ts";

/** A silence that lasts until its alerts are resolved is asked so often whether they are. */
const LOOK_MS = MINUTE_MS;
/** A reminder is given up after that. */
const REMIND_WITHIN_MS = 5 * MINUTE_MS;
const AT_ONCE = 50;

/** Notes the silences that have held something back, where that decides when they end. */
export async function noteMatched(runtime: Runtime, tenant: string, judged: readonly Judged[]): Promise<void> {
  const { all } = await silencesInForce(runtime, tenant);
  const until = new Set(all.flatMap(({ silence }) => (silence.untilResolved ? [silence.id] : [])));
  if (until.size === 0) return;
  const held = new Set(
    judged.flatMap(({ suppressed, status }) =>
      status === "firing" ? (suppressed?.silencedBy ?? []).filter((id) => until.has(id)) : [],
    ),
  );
  for (const id of held)
    await change(runtime, tenant, id, (kept) => (kept.matched ? undefined : { ...kept, matched: true }));
}

/** One conditional write; whoever was faster has written what matters, or is asked again by the next look. */
async function change(
  runtime: Runtime,
  tenant: string,
  id: string,
  to: (kept: KeptSilence) => KeptSilence | undefined,
): Promise<boolean> {
  const key = { tenant, noun: SILENCE_NOUN, subject: id };
  const stored = await runtime.store.load(key);
  const next = stored && to(keptOf(stored));
  if (!stored || !next) return false;
  const now = Math.floor(runtime.now());
  const item = silenceItem(next, now);
  const dueAt =
    next.silence.untilResolved && next.matched ? Math.min(item.dueAt ?? now + LOOK_MS, now + LOOK_MS) : item.dueAt;
  const written = await runtime.store.write(key, stored.version, {
    ...item,
    ...(dueAt === undefined ? {} : { dueAt }),
  });
  forgetSilences(runtime, tenant);
  if (written.ok && dueAt !== undefined) await runtime.timers.wake({ key, at: dueAt }).catch(() => undefined);
  return written.ok;
}

/** Whether any alert that it matches fires, in whatever group. */
async function firing(runtime: Runtime, tenant: string, silence: Silence, now: Millis): Promise<number> {
  const { matches } = compileSilence(silence);
  const groups = (await allItems(runtime, tenant, alertGroup.noun)).filter(
    (stored) => (stored.state as unknown as GroupState).status === "open",
  );
  let count = 0;
  await bounded(groups, AT_ONCE, async ({ key }) => {
    for (const row of (await loadRows(runtime, tenant, key.subject)).values())
      if (!resolvedAt(row, now) && matches(row.labels)) count += 1;
  });
  return count;
}

/**
 * Does what a silence's own times ask for: tells a receiver that it ends soon, ends it when what it held back is resolved.
 *
 * @throws HeadgateError of the store
 */
export async function lookAtSilence(runtime: Runtime, tenant: string, id: string): Promise<void> {
  const stored = await runtime.store.load({ tenant, noun: SILENCE_NOUN, subject: id });
  const alerting = await alertingOf(runtime, tenant);
  if (!stored || !alerting) return;
  const kept = keptOf(stored);
  const { silence, matched = false } = kept;
  const now = Math.floor(runtime.now());
  if (silence.untilResolved && matched && silenceState(silence, now) === "active") {
    const seen = { matched, firing: await firing(runtime, tenant, silence, now) };
    if (endsWithAlerts(silence, seen, now)) {
      await expireSilence(runtime, tenant, id);
      return;
    }
  }
  const due = silenceDue(silence, now, kept.remindedAt === undefined ? {} : { remindedAt: kept.remindedAt });
  if (due.remind) await remind(runtime, tenant, alerting, silence, now);
  await change(runtime, tenant, id, (latest) => (due.remind ? { ...latest, remindedAt: now } : latest));
}

/** Tells a receiver that a silence ends soon, each integration at most once for one end; what cannot be told is logged. */
async function remind(
  runtime: Runtime,
  tenant: string,
  alerting: Alerting,
  silence: Silence,
  now: Millis,
): Promise<void> {
  const { notify } = runtime;
  const receiver = alerting.receivers.get(silence.remind?.receiver ?? "");
  if (!notify || !receiver) return;
  const labels = { alertname: "SilenceEndsSoon", silence: silence.id };
  const summary = `The silence of ${silence.createdBy} ends at ${iso(silence.endsAt)}: ${silence.comment}`;
  const alert = {
    fingerprint: hash64(silence.id),
    labels,
    annotations: { summary },
    startsAt: now,
    endsAt: silence.endsAt,
    updatedAt: now,
    timeout: false,
    generatorUrl: "",
    status: "firing" as const,
  };
  await Promise.all(
    receiver.integrations
      .filter(({ sendable }) => sendable)
      .map(async (integration) => {
        const delivered = await notify.send(
          tenant,
          {
            key: `ntf_${hash64(`${silence.id}\u0001${silence.endsAt}\u0001${receiver.name}\u0001${integration.id}`)}`,
            integration,
            receiver: receiver.name,
            groupKey: `{silence="${silence.id}"}`,
            reason: "first notification",
            alerts: [alert],
            groupLabels: labels,
            routeLabels: {},
            flushAt: now,
            deadline: now + REMIND_WITHIN_MS,
            externalUrl: alerting.config.publicUrl?.replace(/\/+$/, "") ?? "",
          },
          AbortSignal.timeout(20_000),
        );
        if (!delivered.ok)
          runtime.telemetry.log("warn", "nobody could be told that a silence ends soon", {
            tenant,
            silence: silence.id,
            receiver: receiver.name,
            error: delivered.detail,
          });
      }),
  );
}
