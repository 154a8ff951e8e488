import type { Notify } from "../../shared/core/ports/notify.ts";

/** One refusal that the next try gets over is nobody's news. */
const TRIES_BEFORE_TOLD = 3;
const MOST_FOLLOWED = 1_000;

const TAKES_AGAIN = "over, it takes notifications again";

/**
 * Says once that a receiver cannot be told, and once that it can again: a decision says only what was to be sent.
 *
 * @param onTrouble gets the integration (`pager/webhook[0]`) and what it answered
 */
export function watchedNotify(notify: Notify, onTrouble: (integration: string, text: string) => void): Notify {
  const failed = new Map<string, number>();
  return {
    send: async (tenant, notification, signal) => {
      const delivered = await notify.send(tenant, notification, signal);
      const name = `${notification.receiver}/${notification.integration.id}`;
      const key = JSON.stringify([tenant, name]);
      const before = failed.get(key) ?? 0;
      if (delivered.ok) {
        failed.delete(key);
        if (before >= TRIES_BEFORE_TOLD) onTrouble(name, TAKES_AGAIN);
        return delivered;
      }
      const times = delivered.retry ? before + 1 : before + TRIES_BEFORE_TOLD;
      if (before === 0 && failed.size >= MOST_FOLLOWED) failed.clear();
      failed.set(key, times);
      if (before < TRIES_BEFORE_TOLD && times >= TRIES_BEFORE_TOLD)
        onTrouble(name, `${delivered.detail}${delivered.retry ? "; it is tried again" : "; it is not tried again"}`);
      return delivered;
    },
  };
}
