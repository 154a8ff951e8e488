import type { Millis } from "../../kernel/time.ts";
import { hasLapsed } from "./admit.ts";
import { type BreakerStep, freshItem, held } from "./change.ts";
import { added } from "./counts.ts";
import { evidence } from "./evidence.ts";
import { forcedBy, released } from "./forcing.ts";
import { opening } from "./opening.ts";
import { clause } from "./phrases.ts";
import type { BreakerPolicy } from "./policy.ts";
import { claimed, probed } from "./probing.ts";
import type { BreakerReason, CircuitEvent, CircuitItem } from "./types.ts";

/**
 * What becomes of a circuit. Pure and total; the same item (===) comes back where nothing changed, and then nothing is to be written.
 * What did change is to be written on the condition that the store still has the item's `rev` and `epoch`; who loses reads and asks
 * again. A transition (status or force) raises the epoch by one and sets `last`, everything else raises `rev` alone.
 *
 * A force that has come to its end is taken off by whatever event comes first, and that event does nothing else: it was for a circuit
 * that is none any more.
 *
 * @param draw chance in the open time, 0 ≤ x < 1
 */
export function step(
  policy: BreakerPolicy,
  item: CircuitItem | undefined,
  event: CircuitEvent,
  now: Millis,
  draw: number = 0,
): BreakerStep {
  const from = item ?? freshItem(now);
  if (event.type === "told") return told(from, event);
  if (event.type === "forced") return forcedBy(from, event, now);
  if (event.type === "released") return released(from, event.by, now, event.why);
  const { forced } = from.circuit;
  if (hasLapsed(from.circuit, now)) return released(from, event.by, now, `the force by ${forced?.by} came to its end`);
  if (event.type === "looked") return held(from, "held_unchanged", [clause("held", "time", "nothing is due")]);
  if (event.type === "counted") return counted(policy, from, event, now, draw);
  if (forced) return heldByForce(from, forced.by);
  return event.type === "probe_claimed" ? claimed(policy, from, event, now) : probed(policy, from, event, now, draw);
}

const heldByForce = (item: CircuitItem, by: string): BreakerStep =>
  held(item, "held_forced", [clause("held", "force", `it is forced by ${by}: the rule decides nothing`)]);

function counted(
  policy: BreakerPolicy,
  item: CircuitItem,
  event: Extract<CircuitEvent, { type: "counted" }>,
  now: Millis,
  draw: number,
): BreakerStep {
  const { circuit } = item;
  const { epoch = circuit.epoch, by, notBefore } = event;
  if (epoch !== circuit.epoch || circuit.status !== "closed") {
    const text = "what was counted is of a time that is over: it is dropped";
    return held(item, "held_stale", [clause("held", "epoch", text, { epoch, current: circuit.epoch })]);
  }
  if (circuit.forced?.state === "disabled") return heldByForce(item, circuit.forced.by);
  const counts = added(item.counts, event.add ?? {}, event.drop);
  const holding = counts === item.counts ? item : { circuit, counts };
  if (circuit.forced) return heldByForce(holding, circuit.forced.by);
  const { reason, opens, values, trace } = evidence(policy, counts, now);
  if (!opens) return held(holding, reason, trace);
  return opening(policy, holding, { reason, by, at: now, values, trace }, draw, notBefore);
}

/** Another's change, for the record's sake: what it led to is given. */
function told(item: CircuitItem, { by, circuit }: Extract<CircuitEvent, { type: "told" }>): BreakerStep {
  const { last } = circuit;
  if (!last || circuit.rev <= item.circuit.rev)
    return held(item, "held_stale", [clause("held", "told", "this change is known already")]);
  const values = { ...last.values };
  const text = `${last.by} made it ${last.to.replace("_", " ")} and could not write it down; ${by} does`;
  return {
    state: { circuit, counts: {} },
    actions: [],
    reason: last.reason as BreakerReason,
    trace: [clause("changed", "told", text, values)],
  };
}
