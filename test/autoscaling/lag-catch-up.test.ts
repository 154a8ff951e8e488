import { describe, expect, it } from "vitest";
import type { GroupSeen, LagMemory, PartitionSeen } from "../../shared/core/autoscaling/lag/types.ts";
import { T0 } from "./given.ts";
import { count, group, lagConfig, lookAt, parts } from "./lag-given.ts";

const MINUTE = 60_000;
type Given = ReturnType<typeof lagConfig>;

/** A group that has been seen `minutes` times while `perSecond` arrived in each partition and all of it was read but `behind`. */
function seenFor(given: Given, desired: number, minutes: number, perSecond: number, partitions = 10, behind = 0) {
  let memory: LagMemory | undefined;
  let last: GroupSeen | undefined;
  let answer: ReturnType<typeof lookAt> | undefined;
  for (let minute = 0; minute <= minutes; minute += 1) {
    const end = 1_000_000 + perSecond * 60 * minute;
    const pairs = Array.from({ length: partitions }, () => [end - behind, end] as const);
    last = group(parts(...pairs), {}, T0 + minute * MINUTE);
    answer = lookAt(given, desired, last, memory);
    memory = answer.memory;
  }
  return { memory, last: last as GroupSeen, answer: answer as ReturnType<typeof lookAt>, now: T0 + minutes * MINUTE };
}

/** The group a minute later: so much more at each end, so much more committed. */
function later(seen: GroupSeen, arrived: number, consumed: number, at: number): GroupSeen {
  const topics = Object.fromEntries(
    Object.entries(seen.topics).map(([topic, all]) => [
      topic,
      all.map((one): PartitionSeen | null => one && [one[0] + consumed, one[1] + arrived, one[2]]),
    ]),
  );
  return { ...seen, at, topics };
}

describe("catch-up", () => {
  const given = lagConfig({ perConsumer: 120 }, { min: 1 });

  it.each([
    // arrivals of all 10 partitions a second, lag in each, wanted at 120/s each and a target of 0.8
    [8.4, 0, 1],
    [9.6, 0, 1],
    [9.7, 0, 2],
    [50, 0, 6],
    [84, 0, 9],
    [84, 1240, 10],
    [10, 100_000, 10],
  ])("with %d/s of each partition and a lag of %d each wants %d", (perSecond, behind, wanted) => {
    const { answer } = seenFor(given, 1, 2, perSecond, 10, behind);
    expect(answer.opinion.values["wanted"]).toBe(wanted);
  });

  it("says what arrives, what one consumer does, and when they will have caught up", () => {
    const { answer } = seenFor(given, 5, 2, 42, 20, 2_000);
    expect(count(answer.opinion)).toBe("out 11");
    expect(answer.opinion.text).toBe(
      "lag 40,000 of orders: 840/s arrive, 11 consumers at 120/s each catch up in 1 min 23 s",
    );
  });

  it("never wants more consumers than partitions, and says so", () => {
    const { answer } = seenFor(given, 2, 2, 500, 3, 100);
    expect(count(answer.opinion)).toBe("out 3");
    expect(answer.opinion.text).toContain("; more than 3 partitions would be of no use");
    const many = seenFor(lagConfig({ perConsumer: 120, window: "0s" }, { min: 1 }), 7, 2, 500, 3, 100);
    expect(count(many.answer.opinion), "those beyond the partitions go").toBe("in 3");
  });

  it("takes one burst for lag and not for what arrives", () => {
    const { memory, last, now } = seenFor(given, 2, 4, 10);
    const burst = lookAt(given, 2, later(last, 10_000, 9_990, now + MINUTE), memory);
    expect(burst.opinion.values["arrivals"]).toBe(100);
    const twice = lookAt(given, 2, later(later(last, 10_000, 9_990, 0), 9_000, 9_000, now + 2 * MINUTE), burst.memory);
    expect(twice.opinion.values["arrivals"], "two looks in a row are no burst").toBe(1500);
  });

  describe("what cannot be told apart from a change of the partitions", () => {
    const { memory, last, now } = seenFor(given, 4, 4, 30);
    const rates = memory?.rates;
    const steady = lookAt(given, 4, later(last, 1800, 1800, now + MINUTE), memory);

    it.each<readonly [string, (seen: GroupSeen) => GroupSeen]>([
      [
        "partitions were added",
        (seen) => ({ ...seen, topics: { orders: [...(seen.topics["orders"] ?? []), [0, 9e9, 0]] } }),
      ],
      [
        "there are fewer partitions",
        (seen) => ({ ...seen, topics: { orders: (seen.topics["orders"] ?? []).slice(3) } }),
      ],
      [
        "the topic was made anew",
        (seen) => ({ ...seen, topics: { orders: (seen.topics["orders"] ?? []).map(() => [5, 7, 0]) } }),
      ],
      ["another topic came", (seen) => ({ ...seen, topics: { ...seen.topics, more: [[0, 500_000, 0]] } })],
      ["the clock went back", (seen) => ({ ...seen, at: seen.at - 3 * MINUTE })],
    ])("gives no rate where %s, and one at the next look", (_, change) => {
      const odd = change(later(last, 1800, 1800, now + MINUTE));
      const look = lookAt(given, 4, odd, memory, now + MINUTE);
      expect(look.memory?.rates.every((rate) => rates?.includes(rate))).toBe(true);
      const next = lookAt(given, 4, later(odd, 600, 600, odd.at + MINUTE), look.memory, now + 2 * MINUTE);
      const partitions = Object.values(odd.topics).flat().length;
      expect(next.memory?.rates.at(-1)).toBe((600 * partitions) / 60);
    });

    it("counts on where nothing changed", () => expect(steady.memory?.rates.at(-1)).toBe(300));
  });

  it("reads nothing into a look that comes right after another", () => {
    const { memory, last, now } = seenFor(given, 4, 4, 30);
    const soon = lookAt(given, 4, later(last, 5000, 0, now + 2_000), memory);
    expect(soon.memory?.rates).toBe(memory?.rates);
    expect(soon.memory?.at).toBe(memory?.at);
  });

  it("an offset past the end, as after a topic was made anew, is no lag below nothing", () => {
    const { answer } = seenFor(given, 2, 1, 1);
    const seen = group(
      [
        [900, 50, 10],
        [0, 40, 0],
      ],
      {},
      T0 + 2 * MINUTE,
    );
    expect(lookAt(given, 2, seen, answer.memory).opinion.values["lag"]).toBe(40);
    const earliest = lagConfig({ perConsumer: 120, offsetReset: "earliest" });
    expect(lookAt(earliest, 2, seen).opinion.values["lag"], "read again from its start").toBe(80);
  });

  it("what retention took away does not wait", () => {
    expect(lookAt(given, 2, group([[10, 500, 450]])).opinion.values["lag"]).toBe(50);
  });

  it("numbers that are no offsets are not known", () => {
    for (const broken of [[1.5, 9, 0], [0, Number.NaN, 0], [-2, 9, 0], [0, 9, 20], [0, 9], "x"]) {
      const { opinion } = lookAt(given, 2, group([broken as unknown as PartitionSeen]));
      expect([opinion.say, opinion.held], JSON.stringify(broken)).toEqual(["unknown", "held_no_data"]);
    }
  });
});

describe("never committed", () => {
  const never = (at = T0) =>
    group(
      [
        [-1, 5000, 100],
        [-1, 70, 0],
      ],
      { state: "Empty" },
      at,
    );

  it("with latest: nothing waits, and nobody is kept awake", () => {
    const given = lagConfig({ perConsumer: 10, cooldown: "1m" });
    expect(count(lookAt(given, 0, never()).opinion)).toBe("stay");
    const first = lookAt(given, 3, never());
    const over = lookAt(given, 3, never(T0 + MINUTE), first.memory);
    expect(count(over.opinion)).toBe("in 0");
    expect(over.opinion.text).toContain("2 partitions never committed");
  });

  it("with earliest: the log from its start", () => {
    const given = lagConfig({ perConsumer: 10, offsetReset: "earliest" });
    const { opinion } = lookAt(given, 0, never());
    expect(opinion.values["lag"]).toBe(4970);
    expect(count(opinion)).toBe("out 2");
  });
});

describe("what is not known", () => {
  const given = lagConfig({ perConsumer: 100, window: "0s" }, { min: 1 });
  const dark = (lag: number) => group([[0, lag, 0], null, null, null, null], {}, T0 + MINUTE);

  it("blocks going in, and says which", () => {
    const { memory } = seenFor(given, 5, 3, 1, 5);
    const { opinion, memory: after } = lookAt(given, 5, dark(0), memory, T0 + 4 * MINUTE);
    expect([opinion.say, opinion.held]).toEqual(["unknown", "held_no_data"]);
    expect(opinion.text).toBe("4 partitions of orders did not answer, so nothing is taken away");
    expect(after?.at, "rates are counted on from before").toBe(memory?.at);
  });

  it("does not block going out on what is known", () => {
    expect(count(lookAt(given, 1, dark(120_000)).opinion)).toBe("out 5");
  });

  it("is nothing at all where no partition answered", () => {
    const { opinion } = lookAt(given, 5, group([null, null]));
    expect([opinion.say, opinion.text]).toEqual(["unknown", "no partition of orders is known"]);
  });

  it.each([
    ["nobody looked", undefined, "held_no_data"],
    ["the broker did not answer", { at: T0, why: "brokers: ECONNREFUSED" }, "held_no_data"],
    ["the look is old", group(parts([0, 9]), {}, T0 - 20 * MINUTE), "held_stale_data"],
    ["the look is from tomorrow", group(parts([0, 9]), {}, T0 + 1e8), "held_no_data"],
    ["the look has no topics", { at: T0, state: "Stable" } as unknown as GroupSeen, "held_no_data"],
  ])("holds where %s", (_, seen, held) => {
    const { opinion, memory } = lookAt(given, 5, seen, undefined, T0);
    expect([opinion.say, opinion.held, memory]).toEqual(["unknown", held, undefined]);
  });

  it("a group that was there is not believed to be gone until ten minutes have passed", () => {
    const { memory, last, now } = seenFor(given, 5, 3, 1, 5);
    const gone = (at: number): GroupSeen => ({ ...later(last, 0, 0, at), state: "Empty", absent: true });
    const first = lookAt(given, 5, gone(now + MINUTE), memory);
    expect([first.opinion.say, first.opinion.text]).toEqual([
      "unknown",
      "the lag of group billing on main is not known: no broker knows the group any more",
    ]);
    const still = lookAt(given, 5, gone(now + 5 * MINUTE), first.memory);
    expect(still.memory, "nothing new to write").toBe(first.memory);
    expect(lookAt(given, 5, gone(now + 11 * MINUTE), first.memory).opinion.say).toBe("some");
    expect(lookAt(given, 0, gone(T0)).opinion.say, "one that never was is simply empty").toBe("some");
  });
});

describe("rebalancing", () => {
  const given = lagConfig({ perConsumer: 100 }, { min: 1 });

  it.each(["PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "Unknown"])(
    "holds while the group is %s, whatever waits",
    (state) => {
      const { opinion } = lookAt(given, 2, group(parts([0, 500_000], [0, 0]), { state }));
      expect([opinion.say, opinion.held]).toEqual(["unknown", "held_rebalancing"]);
      expect(opinion.text).toBe(`group billing is handing 2 partitions out anew (${state})`);
    },
  );

  it("tells how long it has been at it", () => {
    const first = lookAt(given, 2, group(parts([0, 5]), { state: "PreparingRebalance" }));
    const again = lookAt(
      given,
      2,
      group(parts([0, 5]), { state: "PreparingRebalance" }, T0 + 7 * MINUTE),
      first.memory,
    );
    expect(again.opinion.text).toContain("anew for 7 min (");
    const calm = lookAt(given, 2, group(parts([0, 5]), {}, T0 + 8 * MINUTE), again.memory);
    expect(calm.memory?.unsettledAt).toBeUndefined();
  });
});

describe("the speed of one consumer", () => {
  const given = lagConfig({}, { min: 1 });
  /** Ten partitions that are behind, in each of which so many records a second are read. */
  const running = (
    speeds: readonly number[],
    desired = 5,
    other: { ready?: number; state?: GroupSeen["state"] } = {},
  ) => {
    let memory: LagMemory | undefined;
    let done = 0;
    let answer: ReturnType<typeof lookAt> | undefined;
    for (const [minute, speed] of [0, ...speeds].entries()) {
      done += speed * 60;
      const at = T0 + minute * MINUTE;
      const seen = group(
        parts(...Array.from({ length: 10 }, () => [done, 500_000 + 60 * minute] as const)),
        { state: other.state ?? "Stable" },
        at,
      );
      answer = lookAt(given, desired, seen, memory, at, other.ready === undefined ? {} : { ready: other.ready });
      memory = answer.memory;
    }
    return { memory, answer: answer as ReturnType<typeof lookAt> };
  };

  it("is what all did over their number while they were behind", () => {
    expect(running([50]).memory?.speeds).toEqual([100]);
    expect(running([50, 30, 40]).memory?.speeds).toEqual([100, 60, 80]);
    expect(running([50, 30, 40]).answer.opinion.values["perConsumer"]).toBe(80);
  });

  it("is not known before, and then nothing is done", () => {
    const { answer } = running([]);
    expect([answer.opinion.say, answer.opinion.held]).toEqual(["unknown", "held_learning"]);
    expect(answer.opinion.text).toMatch(/what one consumer does is not known yet$/);
  });

  it.each([
    ["not all of them are ready", running([50, 50], 5, { ready: 4 })],
    ["the group hands partitions out", running([50, 50], 5, { state: "PreparingRebalance" })],
    ["nobody gets on", running([0, 0])],
  ])("is not learned where %s", (_, { memory }) => {
    expect(memory?.speeds).toBeUndefined();
    expect(memory?.leasts).toBeUndefined();
  });

  it("is not learned while they keep up: then it says what there was to do", () => {
    const { memory } = seenFor(given, 5, 4, 50, 10, 20);
    expect(memory?.speeds).toBeUndefined();
  });

  it("is at least what the fastest partition tells where only some are behind", () => {
    const at = (minute: number) => {
      const idle = Array.from({ length: 9 }, () => [60 * minute, 60 * minute] as const);
      return group(parts([70 * 60 * minute, 500_000], ...idle), {}, T0 + minute * MINUTE);
    };
    const first = lookAt(given, 5, at(0));
    const second = lookAt(given, 5, at(1), first.memory);
    expect(second.memory?.speeds).toBeUndefined();
    expect(second.memory?.leasts, "70/s of the one, more than a fifth of all").toEqual([70]);
  });

  it("that is configured is not learned", () => {
    const fixed = lagConfig({}, { min: 1, capacity: 33, learnCapacity: false });
    expect(seenFor(fixed, 5, 3, 10).answer.opinion.values["perConsumer"]).toBe(33);
    const assumed = lagConfig({}, { min: 1, capacity: 33 });
    expect(seenFor(assumed, 5, 3, 10).answer.opinion.values["perConsumer"], "until it was measured").toBe(33);
    expect(
      seenFor(lagConfig({ perConsumer: 7 }, { min: 1, capacity: 33 }), 5, 3, 10).answer.opinion.values["perConsumer"],
    ).toBe(7);
  });

  it("is looked for by going in slowly while nobody is behind, a tenth at a time", () => {
    const { answer } = seenFor(lagConfig({ window: "3m" }, { min: 1 }), 30, 5, 1, 40);
    expect(count(answer.opinion)).toBe("in 27");
    expect(answer.opinion.text).toMatch(/fewer are tried, as nobody is behind$/);
  });
});

describe("a partition that does not move", () => {
  const given = lagConfig({ perConsumer: 10, window: "0s" }, { min: 1 });
  const at = (minute: number, stuckAt = 50) =>
    group(
      parts([stuckAt, 40_000 + minute], ...Array.from({ length: 7 }, () => [60 * minute, 60 * minute] as const)),
      {},
      T0 + minute * MINUTE,
    );
  const run = (minutes: number, ready = 8) => {
    let memory: LagMemory | undefined;
    let answer: ReturnType<typeof lookAt> | undefined;
    for (let minute = 0; minute <= minutes; minute += 1) {
      answer = lookAt(given, 8, at(minute), memory, T0 + minute * MINUTE, { ready });
      memory = answer.memory;
    }
    return answer as ReturnType<typeof lookAt>;
  };

  it("buys consumers until it has stood still for five minutes, and is named then", () => {
    expect(run(4).opinion.values["wanted"]).toBe(8);
    const { opinion } = run(5);
    expect(opinion.values).toMatchObject({ wanted: 1, stuck: ["orders/0"] });
    expect(count(opinion)).toBe("in 1");
    expect(opinion.text).toContain("orders/0 left out, which does not move");
  });

  it("counts again once it moves", () => {
    const { memory } = run(6);
    expect(lookAt(given, 8, at(7, 60), memory).opinion.values["wanted"]).toBe(8);
  });

  it("is nobody's fault where there are no consumers", () => {
    expect(run(9, 0).opinion.values["stuck"]).toBeUndefined();
  });

  it("keeps one awake, as it still waits", () => {
    const idle = lagConfig({ perConsumer: 10, cooldown: "0s", window: "0s" });
    let memory: LagMemory | undefined;
    for (let minute = 0; minute < 9; minute += 1)
      memory = lookAt(idle, 2, group(parts([50, 90]), {}, T0 + minute * MINUTE), memory).memory;
    expect(count(lookAt(idle, 2, group(parts([50, 90]), {}, T0 + 9 * MINUTE), memory).opinion)).toBe("in 1");
  });
});

describe("what is remembered", () => {
  it("is the very same while nothing happens, so that a quiet group writes nothing", () => {
    const given = lagConfig({ cooldown: "1m" });
    const quiet = (minute: number) => group(parts([7, 7], [3, 3]), { state: "Empty" }, T0 + minute * MINUTE);
    let memory: LagMemory | undefined;
    for (let minute = 0; minute < 3; minute += 1) memory = lookAt(given, 0, quiet(minute), memory).memory;
    for (const minute of [3, 4, 30, 3000]) expect(lookAt(given, 0, quiet(minute), memory).memory).toBe(memory);
    const woken = lookAt(given, 0, group(parts([7, 187], [3, 3]), { state: "Empty" }, T0 + 3001 * MINUTE), memory);
    expect(woken.memory?.rates.at(-1), "over the last minute, not over two days").toBe(3);
    expect(count(woken.opinion)).toBe("out 1");
  });

  it("is not taken from another group, rule or kind of policy", () => {
    const { memory } = seenFor(lagConfig({ perConsumer: 10 }, { min: 1 }), 5, 4, 10);
    const other = lagConfig({ perConsumer: 10, group: "other" }, { min: 1 });
    const five = group(parts([5, 5], [5, 5], [5, 5], [5, 5], [5, 5]));
    expect(lookAt(other, 5, five, memory).memory?.rates).toEqual([]);
    const foreign = { wanted: [[T0, 99]] } as unknown as LagMemory;
    expect(count(lookAt(other, 5, five, foreign).opinion)).toBe("stay");
  });

  it("stays small whatever the group has", () => {
    const given = lagConfig({}, { min: 1 });
    let memory: LagMemory | undefined;
    for (let minute = 0; minute < 20; minute += 1) {
      const partitions = Array.from({ length: 5000 }, (_, index) => [index, 90_000_000 + minute * 60] as const);
      memory = lookAt(given, 5, group(parts(...partitions), {}, T0 + minute * MINUTE), memory).memory;
    }
    expect(JSON.stringify(memory).length).toBeLessThan(20_000);
  });
});
