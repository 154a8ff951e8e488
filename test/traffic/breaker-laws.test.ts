import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, liveProbes } from "../../shared/core/traffic/breaker/admit.ts";
import { freshItem } from "../../shared/core/traffic/breaker/change.ts";
import { added } from "../../shared/core/traffic/breaker/counts.ts";
import { evidence } from "../../shared/core/traffic/breaker/evidence.ts";
import type { BreakerPolicy } from "../../shared/core/traffic/breaker/policy.ts";
import { step } from "../../shared/core/traffic/breaker/step.ts";
import type { CircuitInput, CircuitItem } from "../../shared/core/traffic/breaker/types.ts";
import { someInput, somePolicy } from "./given-breakers.ts";

const START = 1_700_000_000_000;

interface Visit {
  readonly policy: BreakerPolicy;
  readonly before: CircuitItem;
  readonly input: CircuitInput;
  readonly at: number;
  readonly after: CircuitItem;
  readonly reason: string;
}

/** Walks of events at all kinds of times; outcomes of probes mostly belong to the round that is on. */
const walks = fc
  .record({
    policy: somePolicy,
    steps: fc.array(
      fc.record({
        make: someInput,
        pauseMs: fc.constantFrom(0, 1, 10, 1_000, 30_000, 66_000, 130_000),
        late: fc.boolean(),
      }),
      { minLength: 1, maxLength: 25 },
    ),
  })
  .map(({ policy, steps }): readonly Visit[] => {
    let at = START;
    let item = freshItem(at);
    return steps.map(({ make, pauseMs, late }) => {
      at += pauseMs;
      const drawn = make(policy, at);
      const input = "epoch" in drawn && !late ? { ...drawn, epoch: item.circuit.epoch } : drawn;
      const before = item;
      const { state, reason } = step(policy, before, input as CircuitInput, at, drawn.draw);
      item = state;
      return { policy, before, input: input as CircuitInput, at, after: state, reason };
    });
  });

const law = (title: string, holds: (visit: Visit) => void) =>
  test(title, () => {
    fc.assert(
      fc.property(walks, (visits) => {
        for (const visit of visits) holds(visit);
      }),
      { numRuns: 150 },
    );
  });

describe("laws of a circuit", () => {
  law("never more live leases than probes that may be on their way", ({ policy, after, at }) => {
    if (policy.probes !== "all") expect(liveProbes(after.circuit, at)).toBeLessThanOrEqual(policy.probes);
    expect(new Set(after.circuit.probes.map(({ owner }) => owner)).size).toBe(after.circuit.probes.length);
    if (after.circuit.status !== "half_open") expect(after.circuit.probes).toEqual([]);
  });

  law(
    "every change raises rev by one; the epoch rises by one with status or force, and with nothing else",
    ({ before, after }) => {
      const [from, to] = [before.circuit, after.circuit];
      if (to === from) return;
      expect(to.rev).toBe(from.rev + 1);
      const moved = to.last !== from.last;
      expect(to.epoch).toBe(from.epoch + (moved ? 1 : 0));
      if (to.status !== from.status) expect(moved).toBe(true);
      if (moved) expect(to.last).toMatchObject({ from: from.status, to: to.status });
      if (moved) expect(after.counts).toEqual({});
    },
  );

  law("an open circuit lets nobody through before its time", ({ policy, after }) => {
    const { status, openUntil, forced } = after.circuit;
    if (status !== "open" || forced || openUntil === undefined) return;
    const { since } = after.circuit;
    for (const share of [0, 0.5, 0.999]) {
      const early = Math.min(openUntil - 1, Math.floor(since + (openUntil - since) * share));
      expect(admit(policy, after, early)).toBe("open");
    }
    expect(admit(policy, after, openUntil)).toBe("may_probe");
  });

  law(
    "it is never open for less than the recovery time, and never for more than its bounds allow",
    ({ policy, before, after, at }) => {
      const { status, openUntil, forced } = after.circuit;
      if (after === before || status !== "open" || forced) return;
      const most = Math.max(policy.recovery, policy.recoveryMax) * (1 + policy.jitter);
      expect((openUntil as number) - at).toBeGreaterThanOrEqual(policy.recovery);
      expect((openUntil as number) - at).toBeLessThanOrEqual(most);
    },
  );

  law("it opens on evidence only: counts at or above the threshold, a failed probe, or a person", (visit) => {
    const { policy, before, after, input, at } = visit;
    if (after.circuit.status !== "open" || before.circuit.status === "open") return;
    if (input.type === "forced") return;
    if (before.circuit.status === "half_open") {
      expect(input.type).toBe("probe_failed");
      return;
    }
    const counts = added(before.counts, input.type === "counted" ? (input.add ?? {}) : {});
    expect(evidence(policy, counts, at).opens).toBe(true);
  });

  law("it closes after so many successes of one round, or by a person's hand", ({ policy, before, after, input }) => {
    if (after.circuit.status !== "closed" || before.circuit.status !== "half_open") return;
    if (input.type === "forced") return;
    expect(input.type).toBe("probe_succeeded");
    expect(before.circuit.successes + 1).toBe(policy.successes);
  });

  law("an outcome of another epoch changes nothing", ({ before, after, input, at }) => {
    if (!("epoch" in input) || input.epoch === before.circuit.epoch) return;
    const lapsed = before.circuit.forced?.until !== undefined && before.circuit.forced.until <= at;
    if (!lapsed) expect(after).toBe(before);
  });

  law(
    "what nobody is admitted to is not stuck: at some time somebody may call again, unless a person holds it open",
    ({ policy, after, at }) => {
      const { forced } = after.circuit;
      if (forced?.state === "open" && forced.until === undefined) return;
      const later = at + Math.max(policy.recoveryMax, policy.recovery) * 2 + policy.probeLease + 600_001;
      expect(["yes", "yes_uncounted", "yes_probe", "may_probe", "lapsed"]).toContain(admit(policy, after, later));
    },
  );
});
