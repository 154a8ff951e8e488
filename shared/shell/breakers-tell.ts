import { SECOND_MS } from "../core/kernel/time.ts";
import { realWait } from "./breakers-guard.ts";
import type { BreakersOptions, TransitionTold } from "./breakers-types.ts";

/** Longest wait for the record of a transition; after it the next one to change the circuit, or the sweep, sees to it. */
const TELL_MS = SECOND_MS;

/** Tells of a transition that this process has won. Never throws: the call goes on without the record. */
export async function tellTransition(
  { onTransition, log, wait = realWait }: Pick<BreakersOptions, "onTransition" | "log" | "wait">,
  record: TransitionTold,
): Promise<void> {
  const told = (async () => onTransition?.(record))().catch((cause: unknown) => {
    const error = cause instanceof Error ? cause.message : String(cause);
    log?.("warn", "a change of a circuit could not be recorded yet", { circuit: record.key.circuit, error });
  });
  const timer = wait(TELL_MS);
  await Promise.race([told, timer.done]);
  timer.cancel();
}
