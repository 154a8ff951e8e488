import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { deal } from "../../shared/core/cost/allocate/deal.ts";
import { add, compare, sum, ZERO } from "../../shared/core/cost/decimal.ts";
import { allocated, DAY, hourOf, MSK, money, said } from "./allocate-kit.ts";

const TWO = hourOf({
  topics: [
    { topic: "orders.in", storedBytes: 300, inBytes: 10, partitions: 3 },
    { topic: "audit", storedBytes: 100, inBytes: 30, partitions: 1 },
  ],
  groups: [
    { group: "billing", topic: "orders.in", fetchedBytes: 60 },
    { group: "search", topic: "orders.in", fetchedBytes: 20 },
    { group: "archive", topic: "audit", fetchedBytes: 20 },
  ],
});
const KAFKA_100 = { cost: "100", service: MSK };

describe("a Kafka cluster's cost", () => {
  it("goes to topics by stored bytes, in, out and partitions with the stated weights, and `out` on to the groups that read", () => {
    const { topics, groups, pools } = allocated({ charges: [KAFKA_100], hours: [TWO] });
    const of = Object.fromEntries(
      topics.map(({ topic, parts, cost }) => [topic, [said(cost), ...Object.values(parts).map(said)]]),
    );
    // 50 × 3/4 + 25 × 1/4 + 20 × 8/10 + 5 × 3/4
    expect(of["orders.in"]).toEqual(["63.5", "37.5", "6.25", "16", "3.75"]);
    expect(of["audit"]).toEqual(["36.5", "12.5", "18.75", "4", "1.25"]);
    expect(groups.map(({ group, cost }) => [group, said(cost)])).toEqual([
      ["archive", "4"],
      ["billing", "12"],
      ["search", "4"],
    ]);
    expect(pools[0]?.kind === "kafka" && pools[0].parts.map(({ cost }) => said(cost))).toEqual(["50", "25", "20", "5"]);
  });

  it("goes by the parts that were measured: the others' weights are theirs in proportion", () => {
    const hour = hourOf({
      topics: [
        { topic: "a", storedBytes: 300, partitions: 1 },
        { topic: "b", storedBytes: 100, partitions: 1 },
      ],
    });
    const { topics } = allocated({ charges: [{ cost: "110", service: MSK }], hours: [hour] });
    // stored 50/55, partitions 5/55
    expect(topics.map(({ cost }) => said(cost))).toEqual(["80", "30"]);
    expect(Object.keys(topics[0]?.parts ?? {})).toEqual(["stored", "partitions"]);
  });

  it("of which no usage is known stays unallocated; nothing is divided by zero", () => {
    for (const hours of [[], [hourOf({})], [hourOf({ topics: [{ topic: "a", partitions: 0 }] })]]) {
      const result = allocated({ charges: [KAFKA_100], hours });
      expect(said(result.unallocated)).toBe("100");
      expect(said(result.total)).toBe("100");
    }
  });

  it("of a day that nobody watched goes by the usage of the days that somebody did", () => {
    const result = allocated({ charges: [{ ...KAFKA_100, day: "2024-09-05" }], hours: [TWO] });
    expect(said(result.topics.find(({ topic }) => topic === "orders.in")?.cost)).toBe("63.5");
    expect(result.pools[0]?.byAllDays).toEqual(["2024-09-05"]);
  });

  it("goes by each day's own usage, and a credit is dealt out like what it is taken from", () => {
    const day2 = "2024-09-03";
    const result = allocated({
      charges: [KAFKA_100, { ...KAFKA_100, cost: "-10", category: "Credit" }, { ...KAFKA_100, cost: "8", day: day2 }],
      hours: [
        hourOf({ topics: [{ topic: "a", storedBytes: 1, partitions: 0 }] }),
        hourOf({ day: day2, topics: [{ topic: "b", storedBytes: 1, partitions: 0 }] }),
      ],
    });
    expect(result.topics.map(({ topic, cost }) => [topic, said(cost)])).toEqual([
      ["a", "90"],
      ["b", "8"],
    ]);
  });

  it("counts what was stored by how long it was seen, and takes hours in which it could not be read as those in which it could", () => {
    const hours = [
      hourOf({
        topics: [
          { topic: "a", storedBytes: 100, partitions: 0 },
          { topic: "b", storedBytes: 100, partitions: 0 },
        ],
      }),
      hourOf({
        clock: 1,
        seenMs: 1_800_000,
        topics: [
          { topic: "a", storedBytes: 100, partitions: 0 },
          { topic: "b", partitions: 0 },
        ],
      }),
      hourOf({ clock: 2, topics: [{ topic: "a", storedBytes: 100, partitions: 0 }] }),
    ];
    const { topics } = allocated({ charges: [{ cost: "80", service: MSK }], hours });
    // 2.5 h against 1.5 h
    expect(topics.map(({ cost }) => said(cost))).toEqual(["50", "30"]);
  });

  it("of what brokers gave beyond what known groups read stays with the topic", () => {
    const hour = hourOf({
      topics: [{ topic: "a", outBytes: 100, partitions: 0 }],
      groups: [{ group: "g", topic: "a", fetchedBytes: 25 }],
    });
    const { topics, groups } = allocated({ charges: [KAFKA_100], hours: [hour] });
    expect([said(topics[0]?.cost), said(topics[0]?.read), said(groups[0]?.cost)]).toEqual(["100", "25", "25"]);
  });

  it("is found by the bill's service where there is one cluster, by the configuration where there are several", () => {
    const hours = [TWO, hourOf({ cluster: "other", topics: [{ topic: "x", storedBytes: 1 }] })];
    const places = { kafka: ["events", "other"] };
    const unknown = allocated({ charges: [KAFKA_100], hours, places });
    expect(unknown.pools).toEqual([]);
    const arn = "arn:aws:kafka:eu-west-1:1:cluster/prod/9";
    const told = allocated({
      charges: [
        { ...KAFKA_100, resourceId: arn },
        { ...KAFKA_100, resourceId: "arn:aws:kafka:eu-west-1:1:cluster/other/7" },
      ],
      ...{ hours, places: { ...places, arns: new Map([[arn, "events"]]) } },
    });
    expect(told.pools.map(({ cluster, cost }) => [cluster, said(cost)])).toEqual([
      ["events", "100"],
      ["other", "100"],
    ]);
    const named = allocated({
      charges: [KAFKA_100, { cost: "7", service: MSK, resourceId: "arn:aws:kafka:eu-west-1:1:cluster/other/9" }],
      ...{ hours, places },
      cost: { allocation: { clusters: { other: ["*:cluster/other/*"], events: [MSK] } } },
    });
    expect(named.pools.map(({ cluster, cost }) => [cluster, said(cost)])).toEqual([
      ["events", "100"],
      ["other", "7"],
    ]);
  });
});

describe("work", () => {
  const url = "http://flink:8081";
  it("of a Flink cluster goes to jobs by slot-seconds, and free slots are idle", () => {
    const hour = hourOf({
      cluster: "_platform",
      jobs: [
        { job: "enrich", cluster: url, slotSeconds: 3600 },
        { job: "", cluster: url, slotSeconds: 1200 },
        { job: "elsewhere", cluster: "http://other:8081", slotSeconds: 9999 },
      ],
    });
    const result = allocated({
      charges: [{ cost: "4.80", service: "Amazon Managed Service for Apache Flink" }],
      ...{ hours: [hour], places: { flink: [url] } },
    });
    expect(result.jobs.map(({ name, cost }) => [name, said(cost)])).toEqual([["enrich", "3.6"]]);
    expect([said(result.idle), said(result.unallocated)]).toEqual(["1.2", "0"]);
  });

  const services = new Map([
    ["orders", {}],
    ["search", { ecs: "search-v2" }],
  ]);
  it("of tasks goes by task-hours, by cpu and memory where every size is known, and what names a service is its own", () => {
    const usage = (sized: boolean) => [
      hourOf({
        cluster: "_platform",
        services: [
          { service: "orders", taskSeconds: 3600, cpu: 1, memoryMb: 1024 },
          { service: "search", taskSeconds: 3600, ...(sized ? { cpu: 4, memoryMb: 4096 } : {}) },
        ],
      }),
    ];
    const charges = [
      { cost: "10", service: "Amazon Elastic Container Service" },
      {
        cost: "3",
        service: "Amazon Elastic Container Service",
        resourceId: "arn:aws:ecs:eu-west-1:1:service/data/search-v2",
      },
    ];
    const costs = (sized: boolean) =>
      allocated({ charges, hours: usage(sized), places: { services } }).services.map(({ cost }) => said(cost));
    expect(costs(true)).toEqual(["2", "11"]);
    expect(costs(false)).toEqual(["5", "8"]);
  });
});

describe("tenants", () => {
  const cost = {
    tenants: {
      rules: [
        { tenant: "audit", topics: ["audit*"], accounts: ["42"] },
        { tenant: "shop", topics: ["orders.*"], groups: ["billing"], tags: { team: "shop", stage: "prod*" } },
      ],
      tag: "owner",
      prefix: ".",
    },
  };
  const bill = [
    KAFKA_100,
    { cost: "5", service: "Amazon S3", tags: { team: "shop", stage: "production" } },
    { cost: "6", service: "Amazon S3", tags: { team: "shop", stage: "test", owner: "lab" } },
    { cost: "7", service: "Amazon S3", subAccount: "42", account: "1" },
    { cost: "8", service: "Amazon S3" },
    { cost: "10", service: "Tax", category: "Tax" as const },
  ];
  const totals = (given: object) =>
    Object.fromEntries(
      [...allocated({ charges: bill, hours: [TWO], cost: { ...cost, ...given } }).tenants].map(([name, held]) => [
        name ?? "-",
        [said(held.direct), said(held.shared)],
      ]),
    );

  it("have what rules, then the tag, then the beginning of a name give them; who reads pays for what goes out", () => {
    const result = allocated({ charges: bill, hours: [TWO], cost: { ...cost, allocation: { shared: "keep" } } });
    const direct = Object.fromEntries([...result.tenants].map(([name, held]) => [name ?? "-", said(held.direct)]));
    // shop: 47.5 of orders.in without what was read, 12 of billing, 4 of search, which no rule names: the topic's; 5 by tags.
    expect(direct).toEqual({ audit: "43.5", shop: "68.5", lab: "6", "-": "8" });
    expect(said(result.shared)).toBe("10");
  });

  it("bear what is shared by what each has, evenly, or not at all", () => {
    expect(totals({ allocation: { shared: "even" } })).toMatchObject({
      audit: ["43.5", "3.3333333334"],
      lab: ["6", "3.3333333333"],
      shop: ["68.5", "3.3333333333"],
      "-": ["8", "0"],
    });
    const shares = totals({ allocation: { shared: "proportional" } });
    expect(Number(shares["audit"]?.[1])).toBeCloseTo((10 * 43.5) / 126, 9);
    expect(Number(shares["-"]?.[1])).toBeCloseTo((10 * 8) / 126, 9);
  });

  it("the first rule that matches holds, however many there are", () => {
    const rules = [
      { tenant: "second", topics: ["?udit"] },
      { tenant: "third", topics: ["audit"] },
    ];
    const first = { tenant: "first", topics: ["aud*"] };
    const of = (all: object[]) =>
      allocated({ charges: [KAFKA_100], hours: [TWO], cost: { tenants: { rules: all } } }).topics.find(
        ({ topic }) => topic === "audit",
      )?.owner;
    expect(of(rules)?.tenant).toBe("second");
    expect(of([first, ...rules])).toEqual({ tenant: "first", why: "rule 1, topics" });
    expect(of([...rules, first])?.tenant).toBe("second");
  });

  it("Kafka's own topics are everybody's", () => {
    const hour = hourOf({
      topics: [
        { topic: "__consumer_offsets", internal: true, storedBytes: 1, partitions: 0 },
        { topic: "a", storedBytes: 3, partitions: 0 },
      ],
    });
    const result = allocated({
      charges: [KAFKA_100],
      hours: [hour],
      cost: { allocation: { shared: "keep" }, tenants: { prefix: "__x" } },
    });
    expect(said(result.shared)).toBe("25");
    expect(result.sharedCharges).toMatchObject([{ what: "__consumer_offsets of events" }]);
  });
});

/** Amounts as bills have them: any sign, many digits, from nothing to millions. */
const amount = fc
  .tuple(fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }), fc.integer({ min: 0, max: 16 }))
  .map(([units, scale]) => ({ units, scale }));
const weight = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e18, noNaN: true }), fc.integer({ min: 0, max: 5 }));

describe("laws", () => {
  it("shares and the rest sum to the amount exactly, none has the wrong sign, and who has no weight has nothing", () => {
    fc.assert(
      fc.property(amount, fc.array(weight, { maxLength: 40 }), (given, weights) => {
        const dealt = deal(given, weights);
        expect(dealt === undefined).toBe(weights.every((one) => one === 0));
        if (!dealt) return;
        const shares = [...dealt.units].map((units) => ({ units: BigInt(units), scale: 10 }));
        expect(compare(add(sum(shares), dealt.rest), given)).toBe(0);
        for (const [index, { units }] of shares.entries()) {
          if (units !== 0n) expect(units > 0n).toBe(given.units > 0n);
          if (weights[index] === 0) expect(units).toBe(0n);
        }
      }),
    );
  });

  const usage = fc.array(
    fc.record({
      topic: fc.constantFrom("a.x", "a.y", "b.x", "c", "__consumer_offsets"),
      storedBytes: fc.option(fc.integer({ min: 0, max: 1e12 }), { nil: undefined }),
      inBytes: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
      outBytes: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
      partitions: fc.integer({ min: 0, max: 3 }),
      fetched: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
      day: fc.constantFrom("2024-09-02", "2024-09-03"),
      group: fc.constantFrom("a.g", "b.g", "z"),
    }),
    { maxLength: 8 },
  );
  const charge = fc.record({
    amount,
    day: fc.constantFrom(DAY, "2024-09-03", "2024-09-04"),
    what: fc.constantFrom(
      { service: MSK },
      { service: "Amazon S3" },
      { service: "Amazon S3", tags: { owner: "b" } },
      { category: "Tax" as const },
      { service: "Amazon ECS" },
      {},
    ),
  });
  const how = fc.constantFrom("proportional", "even", "keep");

  it("parts = total: tenants, shared, idle and unallocated sum to the bill exactly, by day too", () => {
    fc.assert(
      fc.property(fc.array(charge, { maxLength: 12 }), usage, how, how, (charges, used, shared, idle) => {
        const present = <T extends object>(members: T) =>
          Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;
        const hours = used.map(({ day, topic, group, fetched, ...rest }, clock) =>
          hourOf({
            ...{ day, clock },
            topics: [{ topic, ...(topic.startsWith("__") ? { internal: true } : {}), ...(present(rest) as object) }],
            groups: fetched === undefined ? [] : [{ group, topic, fetchedBytes: fetched }],
            services: [{ service: "s", taskSeconds: fetched ?? 0 }],
            jobs: [],
          }),
        );
        const result = allocated({
          charges: [],
          hours,
          places: { services: new Map([["s", {}]]) },
          cost: { allocation: { shared, idle }, tenants: { tag: "owner", prefix: "." } },
          more: charges.map((one) => ({ charge: { day: one.day, ...one.what }, cost: one.amount })),
        });
        const bill = sum(charges.map((one) => one.amount));
        const held = sum([...result.tenants.values()].map(({ total }) => total));
        expect(compare(result.total, bill)).toBe(0);
        expect(compare(sum([held, result.shared, result.idle, result.unallocated]), bill)).toBe(0);
        // The other way to cut it: by things.
        const things = sum([
          ...result.topics.filter(({ usage: own, owner }) => !own.internal || owner).map(({ cost }) => cost),
          ...[...result.jobs, ...result.services, ...result.others, ...result.sharedCharges].map(({ cost }) => cost),
          ...result.topics.filter(({ usage: own, owner }) => own.internal && !owner).map(({ read }) => read),
          ...result.idleSlots.map(({ cost }) => cost),
          result.unallocated,
        ]);
        expect(compare(things, bill)).toBe(0);
        for (const [tenant, { total }] of result.tenants) {
          const days = [DAY, "2024-09-03", "2024-09-04"].map((day) => result.ofDay(tenant, day));
          expect(compare(sum(days), total)).toBe(0);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("an amount past what numbers hold is dealt out exactly too", () => {
    const dealt = deal(money("123456789012.123456789012"), [1, 2, 3e-9]);
    expect(
      said(
        add(sum([...(dealt?.units ?? [])].map((units) => ({ units: BigInt(units), scale: 10 }))), dealt?.rest ?? ZERO),
      ),
    ).toBe("123456789012.123456789012");
    expect(() => deal(money("1"), [-1])).toThrow(RangeError);
    expect(() => deal(money("1"), [Number.NaN])).toThrow(RangeError);
  });
});
