import type { NotifyAction } from "../../shared/core/alerting/types.ts";
import type { FailureReason } from "../../shared/core/kernel/notification.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import { SECOND_MS } from "../../shared/core/kernel/time.ts";
import type { Delivered, Notification } from "../../shared/core/ports/notify.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { lanesOf } from "./lanes.ts";

/** Upstream's back-off between tries (cenkalti/backoff): real ms, with half of it as jitter to both sides. */
const FIRST_WAIT_MS = 500;
const WAIT_FACTOR = 1.5;
const LONGEST_WAIT_MS = 60_000;
/** Tries of one worker end well before its lease does: what is still open then is tried by a later run with the same key. Real ms. */
const BUDGET_MS = 22_000;
/** What was begun before gets so long, whatever the deadline. Real ms. */
const LEAST_REAL_MS = 10_000;

const NOT_ITS_TURN: Delivered = {
  ok: false,
  retry: true,
  reason: "contextDeadlineExceeded",
  detail: "its turn did not come: too much goes to this receiver",
};
/** What goes out at the same moment: by one integration of a receiver, and by all. */
const sends = lanesOf(100, 1_000);

/**
 * Tells one integration: tries until it has taken it, until it refuses for good, or until the deadline has passed.
 *
 * @throws Error when it is still worth trying but not within this worker's lease: the action stays pending
 */
export async function perform(
  runtime: Runtime,
  tenant: string,
  action: NotifyAction,
  attempt: number,
  notification: () => Promise<Notification | string>,
): Promise<ActionResult> {
  const { key, receiver, integration } = action;
  const name = `${receiver}/${integration.id}`;
  const startedAt = runtime.now();
  let reason: FailureReason | undefined;
  const result = (status: ActionResult["status"], detail: string, values?: ActionResult["values"]): ActionResult => {
    const labels = { integration: integration.type };
    // Under upstream's names too: dashboards and alerts for Alertmanager ask for these.
    for (const family of ["headgate", "alertmanager"] as const)
      runtime.telemetry.count(`${family}_notifications_total`, labels);
    if (status === "failed") {
      runtime.telemetry.count("headgate_notifications_failed_total", labels);
      const why = { ...labels, reason: reason ?? "contextDeadlineExceeded" };
      runtime.telemetry.count("alertmanager_notifications_failed_total", why);
    }
    const tookMs = Math.max(0, runtime.now() - startedAt) / runtime.speed;
    runtime.telemetry.observe("alertmanager_notification_latency_seconds", tookMs / SECOND_MS, labels);
    return { key, status, at: Math.floor(runtime.now()), detail: `${name}: ${detail}`, ...(values ? { values } : {}) };
  };
  const { notify } = runtime;
  if (!notify) return result("skipped", "nothing here sends notifications");
  const known = await notification();
  if (typeof known === "string") {
    reason = "other";
    return result("failed", known);
  }
  const began = runtime.now();
  const spent = (): number => (runtime.now() - began) / runtime.speed;
  const real = (virtual: number): number => Math.max(0, virtual / runtime.speed);
  // Whoever began before may have been heard without having lived to note it: the same notification is told to its end, also past the
  // deadline, or nobody would tell of what follows. And on a fast clock the deadline would be over before the first answer.
  const least = attempt > 1 || runtime.speed !== 1 ? LEAST_REAL_MS : 0;
  const left = Math.max(real(action.deadline - began), least);
  const budget = Math.min(BUDGET_MS, left);
  if (budget <= 0) return result("failed", "given up, the next flush is due; it tells of it again");
  const made: Notification = { ...known, deadline: Math.max(known.deadline, began + left * runtime.speed) };
  const answers: string[] = [];
  for (let tries = 0; ; tries += 1) {
    const delivered: Delivered = await sends(notify).run(name, async () => {
      const rest = Math.ceil(budget - spent());
      if (rest <= 0) return NOT_ITS_TURN;
      return notify.send(tenant, made, AbortSignal.timeout(rest));
    });
    // Whoever looks for why it came late wants each answer, not only the last.
    const told =
      answers.length === 0 ? delivered.detail : `${delivered.detail}, at try ${tries + 1}, after ${earlier(answers)}`;
    if (delivered.ok) return result("done", told, delivered.store);
    // As upstream: what comes of the deadline is not the reason where there was another before.
    if (!delivered.retry || spent() < budget) reason = delivered.reason ?? "other";
    if (!delivered.retry) return result("failed", told);
    answers.push(delivered.detail);
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * WAIT_FACTOR ** tries) * (0.5 + runtime.random());
    const pause = Math.max(wait, delivered.retryAfterMs ?? 0);
    if (spent() + pause < budget) {
      await runtime.sleep(pause);
      continue;
    }
    if (budget >= left)
      return result(
        "failed",
        `given up after ${tries === 0 ? "1 try" : `${tries + 1} tries`}, the next flush tells of it again: ${delivered.detail}`,
      );
    throw new Error(`${name}: ${delivered.detail}`);
  }
}

/** The last answers before the one that counted, alike ones in a row once. */
function earlier(answers: readonly string[]): string {
  const runs: { detail: string; times: number }[] = [];
  for (const detail of answers) {
    const last = runs.at(-1);
    if (last?.detail === detail) last.times += 1;
    else runs.push({ detail, times: 1 });
  }
  return runs
    .slice(-3)
    .map(({ detail, times }) => (times === 1 ? `"${detail}"` : `${times} × "${detail}"`))
    .join(", ");
}
