import { claimed } from "./claimed.ts";
import { leaseMs, renewMs } from "./run-limits.ts";
import type { Held } from "./run-types.ts";
import type { Runtime } from "./runtime.ts";

/**
 * Prolongs a worker's lease while its actions take longer than one, so that nobody takes a slow one for a dead one. A write that fails is no harm: the next one
 * may work, and a lease that is lost ends as it would have.
 *
 * @returns how to end it: the item as it is held then
 */
export function keepLease<S>(runtime: Runtime, held: Held<S>): () => Promise<Held<S>> {
  let last = held;
  let writing: Promise<void> = Promise.resolve();
  let lost = false;
  const renew = async (): Promise<void> => {
    if (lost) return;
    const leaseUntil = runtime.now() + leaseMs(runtime);
    const { key, version, pending } = last;
    const written = await runtime.store.write(key, version, claimed(pending.record.stateAfter, pending, leaseUntil));
    if (written.ok) last = { ...last, version: written.version, leaseUntil };
    else lost = true;
  };
  // Real time, whatever the runtime's clock: other processes live in it. It keeps no process alive.
  const timer = setInterval(() => {
    writing = writing.then(renew).catch(() => undefined);
  }, renewMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await writing;
    return last;
  };
}
