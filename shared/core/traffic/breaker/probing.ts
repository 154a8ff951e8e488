import type { Circuit, ProbeLease } from "../../kernel/circuit.ts";
import { formatDuration, type Millis } from "../../kernel/time.ts";
import { amended, type BreakerStep, held, transition } from "./change.ts";
import { opening } from "./opening.ts";
import { clause, plural } from "./phrases.ts";
import type { BreakerPolicy } from "./policy.ts";
import type { CircuitEvent, CircuitItem } from "./types.ts";

type Claim = Extract<CircuitEvent, { type: "probe_claimed" }>;
type Ended = Extract<CircuitEvent, { type: "probe_succeeded" | "probe_failed" | "probe_ignored" }>;

const leaseOf = (policy: BreakerPolicy, { owner }: Claim, now: Millis): readonly ProbeLease[] =>
  policy.probes === "all" ? [] : [{ owner, until: now + policy.probeLease }];

/** A caller wants to probe: open and due begins a round, half open gives a further lease while there is one to give. */
export function claimed(policy: BreakerPolicy, item: CircuitItem, event: Claim, now: Millis): BreakerStep {
  const { circuit } = item;
  if (circuit.status === "closed")
    return held(item, "held_stale", [clause("held", "probe", "it is closed: there is nothing to probe")]);
  if (circuit.status === "open") return firstProbe(policy, item, event, now);
  if (policy.probes === "all")
    return held(item, "probing", [clause("chosen", "probe", "half open, and everybody may call: no lease is needed")]);
  const live = circuit.probes.filter(({ until }) => until > now);
  const lost = circuit.probes.length - live.length;
  const values = { live: live.length, lost, probes: policy.probes };
  if (live.some(({ owner }) => owner === event.owner))
    return held(item, "held_unchanged", [clause("held", "probe", "this call holds a lease already", values)]);
  if (live.length >= policy.probes) {
    const until = Math.min(...live.map((one) => one.until));
    return held(item, "held_probing", [
      clause(
        "held",
        "probe",
        `${plural(live.length, "probe")} on the way, ${policy.probes} allowed; the next lease ends in ${formatDuration(until - now)}`,
        { ...values, until },
      ),
    ]);
  }
  const given = `a lease of ${formatDuration(policy.probeLease)}; ${circuit.successes} of ${policy.successes} successes so far`;
  return amended(item, { probes: [...live, ...leaseOf(policy, event, now)] }, "probing", [
    ...(lost > 0
      ? [clause("input", "lease", `${plural(lost, "probe")} gave no answer within the lease: lost`, values)]
      : []),
    clause("chosen", "probe", given, { ...values, successes: circuit.successes, needed: policy.successes }),
  ]);
}

function firstProbe(policy: BreakerPolicy, item: CircuitItem, event: Claim, now: Millis): BreakerStep {
  const { openUntil = now, since, opens } = item.circuit;
  if (now < openUntil) {
    const text = `open for another ${formatDuration(openUntil - now)}`;
    return held(item, "held_waiting", [clause("held", "recovery", text, { openUntil })]);
  }
  const values = { openMs: now - since, opens };
  const who =
    policy.probes === "all" ? "everybody may call" : `one call goes through for ${formatDuration(policy.probeLease)}`;
  return transition(
    item,
    { status: "half_open", opens, probes: leaseOf(policy, event, now) },
    {
      reason: "probing",
      by: event.by,
      at: now,
      values,
      trace: [clause("chosen", "recovery", `it was open for ${formatDuration(now - since)}: ${who}`, values)],
    },
  );
}

/** A probe's outcome: one failure opens again, the last success that was missing closes. */
export function probed(policy: BreakerPolicy, item: CircuitItem, event: Ended, now: Millis, draw: number): BreakerStep {
  const { circuit } = item;
  if (circuit.status !== "half_open" || event.epoch !== circuit.epoch || !holds(policy, circuit, event)) {
    const values = { epoch: event.epoch, current: circuit.epoch };
    return held(item, "held_stale", [
      clause("held", "epoch", "the answer is of a probe that is over: it says nothing any more", values),
    ]);
  }
  const { by } = event;
  const probes = circuit.probes.filter(({ owner }) => owner !== event.owner);
  if (event.type === "probe_ignored") {
    const text = "the probe ended in what says nothing: its lease is free again";
    if (probes.length === circuit.probes.length) return held(item, "probe_ignored", [clause("held", "probe", text)]);
    return amended(item, { probes }, "probe_ignored", [clause("chosen", "probe", text)]);
  }
  const successes = circuit.successes + 1;
  if (event.type === "probe_failed") {
    const values = { successes: circuit.successes, needed: policy.successes };
    const text = `a probe failed after ${circuit.successes} of ${policy.successes} successes: one failure opens again`;
    const cause = {
      reason: "reopened" as const,
      by,
      at: now,
      values,
      trace: [clause("computed", "probe", text, values)],
    };
    return opening(policy, item, cause, draw, event.notBefore);
  }
  const values = { successes, needed: policy.successes };
  const trace = [clause("computed", "probe", `${successes} of ${policy.successes} probes succeeded`, values)];
  if (successes < policy.successes) return amended(item, { probes, successes }, "probe_succeeded", trace);
  return transition(item, { status: "closed", opens: 0 }, { reason: "closed", by, at: now, values, trace });
}

/** A lease that nobody else has taken over counts, even where its answer is late: it is of this round, and it is news. */
const holds = (policy: BreakerPolicy, { probes }: Circuit, { owner }: Ended): boolean =>
  policy.probes === "all" || probes.some((probe) => probe.owner === owner);
