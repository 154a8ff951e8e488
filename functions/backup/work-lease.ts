import type { AggregateKey } from "../../shared/core/kernel/key.ts";
import type { DurationMs, Millis } from "../../shared/core/kernel/time.ts";
import type { WorkMessage } from "../../shared/core/ports/work.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** Past its end a lease is kept a little, so that nobody takes a slow clock for a dead worker. */
const MARGIN_MS = 30_000;

const keyOf = ({ tenant, plan, run, task, unit }: WorkMessage): AggregateKey => ({
  tenant,
  noun: "backup-lease",
  subject: `${plan}/${run}/${task}${unit === undefined ? "" : `/${unit}`}`,
});

/**
 * Takes a piece of work for a worker. It only keeps two from doing the same at once: what counts is what they leave at the destinations. The item goes by itself.
 *
 * @returns how to give it back; undefined: somebody else has it
 * @throws HeadgateError of the store
 */
export async function takeLease(
  runtime: Runtime,
  message: WorkMessage,
  forMs: DurationMs,
): Promise<(() => Promise<void>) | undefined> {
  const key = keyOf(message);
  const until: Millis = Math.floor(runtime.now() + (forMs + MARGIN_MS) * runtime.speed);
  const stored = await runtime.store.load(key);
  if (stored && ((stored.state as { readonly until?: number }).until ?? 0) > runtime.now()) return undefined;
  const written = await runtime.store.write(key, stored?.version ?? 0, { state: { v: 1, until }, expiresAt: until });
  if (!written.ok) return undefined;
  return async () => {
    // Left as it is, it would end by itself.
    await runtime.store.remove(key, written.version).catch(() => undefined);
  };
}
