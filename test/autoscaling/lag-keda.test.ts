import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hpaCount, kedaMetric } from "../../shared/core/autoscaling/lag/keda.ts";
import type { GroupSeen, LagMemory, PartitionSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { T0 } from "./given.ts";
import { count, group, lagConfig, lookAt, parts, policyOf } from "./lag-given.ts";

const MINUTE = 60_000;
const NONE: PartitionSeen = [-1, 50, 20];
type Rules = Parameters<typeof lagConfig>[0];

const metricOf = (rules: Rules, partitions: readonly (PartitionSeen | null)[], before?: LagMemory["offsets"]) =>
  kedaMetric(policyOf(lagConfig({ rule: "keda", ...rules })), group(partitions), before);

describe("the metric of KEDA's Kafka scaler", () => {
  const two = parts([10, 22], [5, 9]);
  const none: Rules = {};
  const cases: readonly (readonly [string, Rules, readonly (PartitionSeen | null)[], number])[] = [
    ["the sum of the lags", none, two, 16],
    ["nothing at all", none, parts([9, 9], [3, 3]), 0],
    ["cut to the partitions", none, parts([0, 500], [0, 0], [0, 0]), 30],
    ["whole numbers are divided: up to a threshold less one stays", none, parts([0, 39], [0, 0], [0, 0]), 39],
    ["one more is cut", none, parts([0, 40], [0, 0], [0, 0]), 30],
    ["not cut where consumers may idle", { allowIdleConsumers: true }, parts([0, 500], [0, 0]), 500],
    ["cut to the partitions with lag", { limitToPartitionsWithLag: true }, parts([0, 500], [0, 500], [7, 7]), 20],
    [
      "an even share: 4 of 12 partitions are the smallest divisor that is enough",
      { ensureEvenDistributionOfPartitions: true },
      parts([0, 31], ...Array.from({ length: 11 }, () => [1, 1] as const)),
      40,
    ],
    [
      "an even share of more than all is all",
      { ensureEvenDistributionOfPartitions: true },
      parts([0, 900], [0, 900], [0, 900]),
      30,
    ],
    ["an even share of nothing is one", { ensureEvenDistributionOfPartitions: true }, parts([3, 3], [3, 3]), 10],
    [
      "even, and no more than partitions with lag",
      { ensureEvenDistributionOfPartitions: true, limitToPartitionsWithLag: true },
      parts([0, 35], [3, 3], [3, 3], [3, 3]),
      10,
    ],
    ["never committed, latest: 1", { offsetReset: "latest" }, [NONE, NONE], 2],
    ["never committed, earliest: the whole end offset", { offsetReset: "earliest", lagThreshold: 1000 }, [NONE], 50],
    ["never committed, latest, to zero", { scaleToZeroOnInvalidOffset: true }, [NONE, NONE], 0],
    [
      "never committed, earliest, to zero",
      { offsetReset: "earliest", scaleToZeroOnInvalidOffset: true, lagThreshold: 1000 },
      [NONE, [10, 12, 0]],
      2,
    ],
    ["no answer: 0, and no partition for the cap", none, [null, [0, 500, 0]], 10],
    ["an offset past the end counts against the others", none, parts([30, 20], [0, 15]), 5],
  ];
  it.each(cases)("%s", (_, rules, partitions, metric) => {
    expect(metricOf(rules, partitions).metric).toBe(metric);
  });

  it("counts persistent lag at first sight, not while nothing moves, and again once it has moved", () => {
    const rules = { excludePersistentLag: true };
    const first = metricOf(rules, parts([10, 20], [0, 4]));
    expect([first.metric, first.withPersistent]).toEqual([14, 14]);
    const second = metricOf(rules, parts([10, 25], [3, 8]), first.offsets);
    expect([second.metric, second.withPersistent], "the first stands still").toEqual([5, 20]);
    const third = metricOf(rules, parts([11, 25], [3, 8]), second.offsets);
    expect([third.metric, third.withPersistent], "the second stands still").toEqual([14, 19]);
    expect(metricOf(rules, parts([11, 25], [3, 8]), third.offsets).offsets, "nothing new to remember").toBe(
      third.offsets,
    );
  });

  it("remembers nothing where persistent lag is not excluded", () => {
    expect(metricOf({}, parts([10, 20])).offsets).toBeUndefined();
  });
});

describe("what an HPA makes of it", () => {
  it.each([
    [55, 10, 5, 5],
    [56, 10, 5, 6],
    [45, 10, 5, 5],
    [44, 10, 5, 5],
    [40, 10, 5, 4],
    [0, 10, 5, 0],
    [1, 10, 1, 1],
    [101, 10, 10, 10],
  ])("metric %d over %d with %d is %d", (metric, threshold, current, wanted) => {
    expect(hpaCount(metric, threshold, current)).toBe(wanted);
  });
});

/** Says what KEDA would report, written from its documentation and not from our code. */
function reference(rules: Required<Omit<NonNullable<Rules>, "type">>, seen: GroupSeen, previous: Map<string, number>) {
  let [total, all, cells, waiting] = [0n, 0n, 0n, 0n];
  for (const topic of Object.keys(seen.topics)) {
    seen.topics[topic]?.forEach((cell, at) => {
      if (cell === null) return;
      cells += 1n;
      const [committed, end] = cell;
      let counted: bigint;
      let full: bigint;
      if (committed === -1) {
        full = rules.scaleToZeroOnInvalidOffset ? 0n : rules.offsetReset === "latest" ? 1n : BigInt(end);
        counted = full;
      } else {
        full = BigInt(end) - BigInt(committed);
        counted = full;
        const id = `${topic}#${at}`;
        if (rules.excludePersistentLag) {
          if (previous.get(id) === committed) counted = 0n;
          previous.set(id, committed);
        }
      }
      total += counted;
      all += full;
      if (counted > 0n) waiting += 1n;
    });
  }
  const threshold = BigInt(rules.lagThreshold ?? 10);
  if (rules.ensureEvenDistributionOfPartitions) {
    const divisors = [...Array(Number(cells)).keys()].map((one) => one + 1).filter((one) => Number(cells) % one === 0);
    total = BigInt(divisors.find((one) => BigInt(one) * threshold >= total) ?? Number(cells)) * threshold;
  }
  if (!rules.allowIdleConsumers || rules.limitToPartitionsWithLag || rules.ensureEvenDistributionOfPartitions) {
    const most = rules.limitToPartitionsWithLag ? waiting : cells;
    if (total / threshold > most) total = most * threshold;
  }
  return { metric: Number(total), withPersistent: Number(all) };
}

describe("any group", () => {
  const cell = fc.option(
    fc
      .tuple(fc.integer({ min: -1, max: 60 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
      .map(([committed, end, start]): PartitionSeen => [committed, end, Math.min(start, end)]),
    { nil: null, freq: 9 },
  );
  const look = fc.dictionary(fc.constantFrom("a", "b", "constructor", "__proto__"), fc.array(cell, { maxLength: 12 }));
  const rules = fc.record({
    offsetReset: fc.constantFrom("latest" as const, "earliest" as const),
    lagThreshold: fc.integer({ min: 1, max: 40 }),
    allowIdleConsumers: fc.boolean(),
    limitToPartitionsWithLag: fc.boolean(),
    ensureEvenDistributionOfPartitions: fc.boolean(),
    excludePersistentLag: fc.boolean(),
    scaleToZeroOnInvalidOffset: fc.boolean(),
  });

  it("has the metric that an independent account of KEDA gives, look after look", () => {
    fc.assert(
      fc.property(rules, fc.array(look, { minLength: 1, maxLength: 5 }), (drawn, looks) => {
        const previous = new Map<string, number>();
        let offsets: LagMemory["offsets"];
        for (const topics of looks) {
          const seen: GroupSeen = { at: T0, state: "Stable", topics };
          const found = kedaMetric(drawn, seen, offsets);
          offsets = found.offsets;
          // A partition that leaves and comes back is another one to us; KEDA remembers it for ever.
          for (const id of previous.keys()) {
            const [topic = "", at] = id.split("#");
            if (Number(at) >= (Object.hasOwn(topics, topic) ? (topics[topic]?.length ?? 0) : 0)) previous.delete(id);
          }
          const expected = reference(drawn as Required<NonNullable<Rules>>, seen, previous);
          expect({ metric: found.metric, withPersistent: found.withPersistent }).toEqual(expected);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("never has more consumers than partitions and one, unless they may idle", () => {
    fc.assert(
      fc.property(rules, look, (drawn, topics) => {
        fc.pre(!drawn.allowIdleConsumers);
        const { metric, partitions } = kedaMetric(drawn, { at: T0, state: "Stable", topics });
        expect(Math.ceil(metric / drawn.lagThreshold)).toBeLessThanOrEqual(partitions + 1);
      }),
    );
  });
});

describe("the rule keda", () => {
  const keda = (more: Rules = {}, bounds = {}) => lagConfig({ rule: "keda", ...more }, bounds);
  const waiting = (lag: number, at = T0) =>
    group(parts([0, lag], ...Array.from({ length: 11 }, () => [0, 0] as const)), {}, at);

  it("goes from 0 to 1, and leaves the rest to the HPA at the next look", () => {
    const first = lookAt(keda(), 0, waiting(95));
    expect(count(first.opinion)).toBe("out 1");
    const second = lookAt(keda(), 1, waiting(95, T0 + MINUTE), first.memory);
    expect(count(second.opinion)).toBe("out 10");
    expect(second.opinion.text).toBe("lag 95 of orders over 10 each, which is 10 consumers");
  });

  it("goes to the least count that is to run while there is something to do", () => {
    expect(count(lookAt(keda({ active: 3 }), 0, waiting(5)).opinion)).toBe("out 3");
  });

  it.each([
    [0, 0, "stay"],
    [1, 0, "out 1"],
    [100, 100, "stay"],
    [101, 100, "out 1"],
  ])("is active with a lag of %d over an activation of %d: %s", (lag, activation, wanted) => {
    expect(count(lookAt(keda({ activation }), 0, waiting(lag)).opinion)).toBe(wanted);
  });

  it("is active by persistent lag as well, although that buys nobody", () => {
    const given = keda({ excludePersistentLag: true, cooldown: "0s" });
    const first = lookAt(given, 4, group(parts([5, 35], [0, 0])));
    expect(count(first.opinion), "2 partitions, so no more than 2").toBe("in 2 held_stabilization");
    const second = lookAt(given, 1, group(parts([5, 35], [0, 0]), {}, T0 + MINUTE), first.memory);
    expect(count(second.opinion), "not to 0").toBe("stay");
    expect(second.opinion.text).toContain("30 left out where nothing moved since the last look");
  });

  it("goes in by the maximum of five minutes, then to 0 from wherever it is once the cooldown is over", () => {
    const given = keda({ cooldown: "8m" });
    let { memory } = lookAt(given, 10, waiting(100));
    for (const minute of [1, 4]) {
      const look = lookAt(given, 10, waiting(0, T0 + minute * MINUTE), memory);
      expect(count(look.opinion)).toBe("in 1 held_stabilization");
      memory = look.memory;
    }
    const released = lookAt(given, 10, waiting(0, T0 + 6 * MINUTE), memory);
    expect(count(released.opinion)).toBe("in 1");
    const early = lookAt(given, 4, waiting(0, T0 + 8 * MINUTE - 1), released.memory);
    expect(count(early.opinion)).toBe("in 1");
    const over = lookAt(given, 4, waiting(0, T0 + 8 * MINUTE), early.memory);
    expect(count(over.opinion)).toBe("in 0");
    expect(over.opinion.text).toMatch(/nothing to do for 8 min, over the cooldown of 8 min$/);
    const after = lookAt(given, 0, waiting(0, T0 + 9 * MINUTE), over.memory);
    expect(count(after.opinion)).toBe("stay");
    expect(lookAt(given, 0, waiting(0, T0 + 10 * MINUTE), after.memory).memory, "nothing to write").toBe(after.memory);
  });

  it("goes to `idle` instead of 0, and out of it to the least count", () => {
    const given = keda({ idle: 1, active: 4, cooldown: "1m" });
    const first = lookAt(given, 6, waiting(60));
    expect(count(lookAt(given, 6, waiting(0, T0 + MINUTE), first.memory).opinion)).toBe("in 1");
    expect(count(lookAt(given, 1, waiting(0, T0 + 2 * MINUTE), first.memory).opinion)).toBe("stay");
    expect(count(lookAt(given, 1, waiting(3, T0 + 2 * MINUTE), first.memory).opinion)).toBe("out 4");
  });

  it("never goes below the minimum", () => {
    const given = keda({ cooldown: "0s", window: "0s" }, { min: 2 });
    expect(count(lookAt(given, 5, waiting(0)).opinion)).toBe("in 2");
  });

  it("does not take its first sight of an idle group for an old one", () => {
    expect(count(lookAt(keda({ window: "0s" }), 3, waiting(0)).opinion)).toBe("in 1");
  });

  it("counts a partition that nobody answered for as 0 and says so", () => {
    const { opinion } = lookAt(keda(), 3, group([null, [0, 25, 0], null]));
    expect(opinion.text).toContain("2 partitions not answered for and so taken as 0, as KEDA does");
  });
});

describe("a fallback", () => {
  const failing = (at: number) => ({ at, why: "brokers: ECONNREFUSED" });
  const run = (given: ReturnType<typeof lagConfig>, desired: number, looks: number) => {
    let memory: LagMemory | undefined;
    const counts: string[] = [];
    for (let index = 0; index < looks; index += 1) {
      const look = lookAt(given, desired, failing(T0 + index * MINUTE), memory);
      counts.push(look.opinion.say === "unknown" ? `hold ${look.opinion.held}` : count(look.opinion));
      memory = look.memory;
    }
    return counts;
  };
  const with_ = (fallback: NonNullable<Rules>["fallback"], more: Rules = {}) =>
    lagConfig({ rule: "keda", window: "0s", cooldown: "0s", ...more, ...(fallback ? { fallback } : {}) });

  it("stands in after more failures than the threshold, not at it", () => {
    const none = "hold held_no_data";
    expect(run(with_({ replicas: 6, failureThreshold: 3 }), 2, 5)).toEqual([none, none, none, "out 6", "out 6"]);
    expect(run(with_({ replicas: 6, failureThreshold: 0 }), 2, 1)).toEqual(["out 6"]);
  });

  it("is counted anew after a look that worked", () => {
    const given = with_({ replicas: 6, failureThreshold: 1 });
    const first = lookAt(given, 2, failing(T0));
    const good = lookAt(given, 2, group(parts([0, 20]), {}, T0 + MINUTE), first.memory);
    expect(lookAt(given, 2, failing(T0 + 2 * MINUTE), good.memory).opinion.say).toBe("unknown");
  });

  it.each([
    ["static", 3, 8, "in 3"],
    ["static", 9, 8, "out 9"],
    ["currentReplicas", 3, 8, "stay"],
    ["currentReplicasIfHigher", 3, 8, "stay"],
    ["currentReplicasIfHigher", 10, 8, "out 10"],
    ["currentReplicasIfLower", 10, 8, "stay"],
    ["currentReplicasIfLower", 3, 8, "in 3"],
    ["static", 4, 0, "out 4"],
  ] as const)("%s of %d at %d: %s, by either rule", (behavior, replicas, desired, wanted) => {
    const fallback = { replicas, behavior, failureThreshold: 0 };
    expect(run(with_(fallback), desired, 1)).toEqual([wanted]);
    expect(run(with_(fallback, { rule: "catch-up" }), desired, 1)).toEqual([wanted]);
  });

  it("is judged with an HPA's tolerance by the rule keda", () => {
    expect(run(with_({ replicas: 19, failureThreshold: 0 }), 20, 1)).toEqual(["stay"]);
  });

  it("an error never leads to 0, unless the fallback says 0", () => {
    expect(run(with_(undefined), 5, 20)).toEqual(Array.from({ length: 20 }, () => "hold held_no_data"));
    expect(run(with_({ replicas: 0, failureThreshold: 0 }), 5, 1)).toEqual(["in 0"]);
    expect(run(with_({ replicas: 0, failureThreshold: 0 }, { rule: "catch-up" }), 5, 1)).toEqual(["in 0"]);
  });

  it("is not counted where there is none, so that an outage writes nothing", () => {
    const good = lookAt(with_(undefined), 5, group(parts([0, 50])));
    expect(lookAt(with_(undefined), 5, failing(T0 + MINUTE), good.memory).memory).toBe(good.memory);
  });
});
