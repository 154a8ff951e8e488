import type { Circuit } from "../../kernel/circuit.ts";
import type { Millis } from "../../kernel/time.ts";
import type { BreakerPolicy } from "./policy.ts";
import type { Refusal, Verdict } from "./types.ts";

type Item = { readonly circuit: Circuit };

/** Whether a person's force has come to its end. */
export const hasLapsed = ({ forced }: Circuit, now: Millis): boolean =>
  forced?.until !== undefined && forced.until <= now;

/**
 * What a caller may do now. Reads the item's timestamps and nothing else: no timer moves a circuit on, because functions freeze
 * between calls. An absent item is closed with nothing counted. Allocates nothing.
 */
export function admit(policy: BreakerPolicy, item: Item | undefined, now: Millis): Verdict {
  if (item === undefined) return "yes";
  const { circuit } = item;
  if (circuit.forced !== undefined) {
    if (hasLapsed(circuit, now)) return "lapsed";
    if (circuit.forced.state === "open") return "forced_open";
    return circuit.forced.state === "closed" ? "yes" : "yes_uncounted";
  }
  if (circuit.status === "closed") return "yes";
  if (circuit.status === "open") return now >= (circuit.openUntil ?? now) ? "may_probe" : "open";
  if (policy.probes === "all") return "yes_probe";
  return liveProbes(circuit, now) < policy.probes ? "may_probe" : "probing";
}

/** Probes whose answer may still come. */
export function liveProbes({ probes }: Circuit, now: Millis): number {
  let live = 0;
  for (const probe of probes) if (probe.until > now) live += 1;
  return live;
}

/** Whether a verdict refuses. */
export const refuses = (verdict: Verdict): verdict is Refusal =>
  verdict === "open" || verdict === "probing" || verdict === "forced_open";

/** When a refused call may be worth another try; undefined: nobody knows (forced without an end). */
export function retryAt({ circuit }: Item, now: Millis): Millis | undefined {
  if (circuit.forced !== undefined) return circuit.forced.state === "open" ? circuit.forced.until : undefined;
  if (circuit.status === "open") return circuit.openUntil;
  let first: Millis | undefined;
  for (const { until } of circuit.probes) if (until > now && (first === undefined || until < first)) first = until;
  return first;
}
