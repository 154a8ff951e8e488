import type { PostedAlert } from "../../shared/core/alerting/merge.ts";
import { timeId } from "../../shared/core/kernel/id.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { Alerting } from "./context.ts";
import { EVENT_NOUN } from "./nouns.ts";

/** What was accepted, as `alerts replay` reads it. */
export type KeptEvent =
  | { readonly at: Millis; readonly alerts: readonly PostedAlert[] }
  | { readonly at: Millis; readonly silence: Json }
  | { readonly at: Millis; readonly expire: string }
  /** Version of the configuration that groups were formed anew by, and of the one before it; never its text, which may hold secrets. */
  | { readonly at: Millis; readonly config: string; readonly was?: string };

/** Characters of one item: see row-size.ts. */
const MOST_UNITS = 100_000;

/** About how many characters an alert has as JSON. */
function unitsOf(alert: PostedAlert): number {
  let sum = 120 + (alert.generatorUrl?.length ?? 0);
  for (const name in alert.labels) sum += name.length + (alert.labels[name] as string).length + 6;
  for (const name in alert.annotations) sum += name.length + (alert.annotations[name] as string).length + 6;
  return sum;
}

function portions(event: KeptEvent): readonly KeptEvent[] {
  if (!("alerts" in event)) return [event];
  const all: PostedAlert[][] = [];
  let left = 0;
  for (const alert of event.alerts) {
    const units = unitsOf(alert);
    if (all.length === 0 || units > left) {
      all.push([]);
      left = MOST_UNITS;
    }
    (all.at(-1) as PostedAlert[]).push(alert);
    left -= units;
  }
  return all.map((alerts) => ({ at: event.at, alerts }));
}

/** Keeps an accepted request for replay, for as long as the configuration says; 0 keeps nothing. */
export async function keepEvent(
  runtime: Runtime,
  tenant: string,
  { config }: Alerting,
  event: KeptEvent,
): Promise<void> {
  if (config.keepEventsMs <= 0) return;
  const expiresAt = event.at + config.keepEventsMs;
  await Promise.all(
    portions(event).map((state) =>
      runtime.store.write(
        { tenant, noun: EVENT_NOUN, subject: timeId("evt", Math.floor(event.at), runtime.random) },
        0,
        { state: state as unknown as Json, expiresAt },
      ),
    ),
  );
}
