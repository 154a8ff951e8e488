import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { text } from "../../shared/core/cost/decimal.ts";
import { retentionOpportunity } from "../../shared/core/cost/retention/opportunity.ts";
import { GUARD_ROOM_MS, proposeRetention } from "../../shared/core/cost/retention/propose.ts";
import { monthlyCost, savedBytes } from "../../shared/core/cost/retention/saving.ts";
import { proposeTiering } from "../../shared/core/cost/retention/tiering.ts";
import type { StoragePrice, TopicFacts } from "../../shared/core/cost/retention/types.ts";
import type { RetentionConfig } from "../../shared/core/cost/section.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";
import { NOW, PRICE, reader, rules, topicFacts } from "./retention-kit.ts";

const settings = (more: Partial<TopicFacts["settings"]>): Partial<TopicFacts> => ({
  settings: { ...topicFacts().settings, ...more },
});
const propose = (
  more: Partial<TopicFacts> = {},
  config: Partial<RetentionConfig> = {},
  price: StoragePrice | undefined = PRICE,
) => proposeRetention(topicFacts(more), rules(config), price, NOW);

describe("no proposal, with its reason", () => {
  const history = topicFacts().history;
  const cases: readonly (readonly [string, Partial<TopicFacts>, Partial<RetentionConfig>, string])[] = [
    ["compacted topics", settings({ cleanupPolicy: "compact" }), {}, "compacted"],
    ["topics that compact and delete", settings({ cleanupPolicy: "compact,delete" }), {}, "compacted"],
    ["topics that delete nothing", settings({ cleanupPolicy: "" }), {}, "not_deleted"],
    ["topics whose policy is unknown", settings({ cleanupPolicy: "unknown" }), {}, "not_deleted"],
    ["internal topics", { internal: true }, {}, "internal"],
    ["topics that are named like Kafka's own", { topic: "__consumer_offsets" }, {}, "internal"],
    ["tiered topics", settings({ remote: true }), {}, "tiered"],
    ["a history that is too short", { history: { ...history, from: NOW - 2 * DAY_MS } }, {}, "history_short"],
    ["a history with holes", { history: { ...history, hours: 100 } }, {}, "history_gaps"],
    [
      "a live group whose lag is unknown",
      { groups: [{ group: "g", members: true, why: "denied" }] },
      {},
      "lag_unknown",
    ],
    ["consumers without any position", { strangers: ["g"] }, {}, "group_without_positions"],
    ["a topic without any group", { groups: [] }, {}, "no_groups"],
    ["a topic that costs no more than the threshold", {}, { threshold: "30" }, "below_threshold"],
    ["a floor that is nearly what is kept", { groups: [reader({ lagMs: 50 * HOUR_MS })] }, {}, "at_floor"],
    [
      "a limit of bytes that deletes earlier",
      { ...settings({ retentionBytes: 1e9 }), oldestMs: 10 * HOUR_MS },
      {},
      "size_bound",
    ],
    ["the rule seed and frequent reading", {}, { rule: "seed" }, "access_pattern"],
    ["the rule seed and reading that nobody counted", { access: "unknown" }, { rule: "seed" }, "access_pattern"],
  ];
  test.each(cases)("%s", (_, more, config, reason) => {
    expect(propose(more, config)).toMatchObject({ status: "none", reason, text: expect.stringMatching(/\S{3}/) });
  });
  test("the rule seed where nobody knows what it costs", () => {
    const { storedBytes: _, ...unsized } = topicFacts({ access: "infrequent" });
    expect(proposeRetention(unsized, rules({ rule: "seed" }), PRICE, NOW)).toMatchObject({ reason: "cost_unknown" });
  });
});

describe("a proposal", () => {
  test("keeps the floor where nothing grows, and room to grow where lags do", () => {
    expect(propose()).toMatchObject({ status: "proposed", retentionMs: DAY_MS, currentMs: 7 * DAY_MS });
    expect(propose({ groups: [reader({ lagMs: 16 * HOUR_MS })] })).toMatchObject({ retentionMs: 60 * HOUR_MS });
  });
  test("by the platform's own rule: storage cost above the threshold, access infrequent, and still never below the floor", () => {
    const found = propose({ access: "infrequent", groups: [reader({ lagMs: 16 * HOUR_MS })] }, { rule: "seed" });
    expect(found).toMatchObject({ status: "proposed", retentionMs: 60 * HOUR_MS });
  });
  test("of a topic that is kept for ever is told as risky, and what is kept is the age of its oldest record", () => {
    const facts = topicFacts({ ...settings({ retentionMs: -1 }), oldestMs: 90 * DAY_MS });
    const proposal = proposeRetention(facts, rules(), PRICE, NOW);
    if (proposal.status === "none") throw new Error(proposal.text);
    expect(proposal.currentMs).toBe(90 * DAY_MS);
    expect(retentionOpportunity(facts, proposal, { price: PRICE, currency: "USD", now: NOW }).risk).toBe("high");
  });

  const hours = fc.integer({ min: 0, max: 400 }).map((count) => count * HOUR_MS);
  const facts = fc.record({
    lags: fc.array(hours, { minLength: 1, maxLength: 4 }),
    replay: fc.option(hours),
    every: fc.option(hours),
    keeps: hours,
  });
  const factsOf = ({ lags, replay, every, keeps }: typeof facts extends fc.Arbitrary<infer T> ? T : never) =>
    topicFacts({
      ...settings({ retentionMs: keeps }),
      oldestMs: keeps,
      groups: lags.map((lagMs, at) => reader({ group: `g${at}`, lagMs })),
      ...(replay === null ? {} : { replay: { group: "g0", ms: replay, at: NOW } }),
      backups: every === null ? [] : [{ plan: "p", everyMs: every, runMs: HOUR_MS, deadlineMs: DAY_MS }],
    });
  const safety = fc.integer({ min: 10, max: 50 }).map((tenths) => tenths / 10);

  test("is never below any of lag × safety, replay, backup, compliance, minimum, leaves the guard its room, and is less than what is kept", () => {
    fc.assert(
      fc.property(facts, safety, hours, (drawn, factor, minimum) => {
        const proposal = proposeRetention(
          factsOf(drawn),
          rules({ safety: factor, minimum, compliance: { "or*": 30 * HOUR_MS } }),
          PRICE,
          NOW,
        );
        if (proposal.status === "none") return;
        const lag = Math.max(...drawn.lags);
        const least = [lag * factor, drawn.replay ?? 0, (drawn.every ?? -HOUR_MS) + HOUR_MS, 30 * HOUR_MS, minimum];
        for (const ms of [...least, Math.max(lag, drawn.replay ?? 0) + GUARD_ROOM_MS])
          expect(proposal.retentionMs).toBeGreaterThanOrEqual(ms);
        expect(proposal.floor.ms).toBe(Math.max(...least));
        expect(proposal.retentionMs).toBeLessThan(drawn.keeps);
      }),
    );
  });
  test("never gets smaller because somebody lags more", () => {
    fc.assert(
      fc.property(facts, hours, (drawn, more) => {
        const [first = 0, ...rest] = drawn.lags;
        const before = proposeRetention(factsOf(drawn), rules(), PRICE, NOW);
        const after = proposeRetention(factsOf({ ...drawn, lags: [first + more, ...rest] }), rules(), PRICE, NOW);
        if (after.status === "none") return;
        expect(before.status === "proposed" && before.retentionMs <= after.retentionMs).toBe(true);
      }),
    );
  });
});

describe("the saving", () => {
  test("is what is older than proposed, less the half segment that stays above it on average", () => {
    const young = topicFacts(settings({ segmentMs: DAY_MS }));
    const gb = (savedBytes(young, DAY_MS) ?? 0) / 2 ** 30;
    // 300 GB over 7 days: 6 of them go. At 100 GB of each replica and 3 partitions a segment of 1 GiB fills in 5.04 h.
    expect(gb).toBeCloseTo((300 * 6) / 7 - (300 / 168) * (5.04 / 2), 5);
    expect(savedBytes(young, DAY_MS, 200 * 2 ** 30)).toBeCloseTo((200 - (300 / 168) * 2.52) * 2 ** 30, -2);
  });
  test("of a topic that fills no segment counts the whole segment.ms", () => {
    const slow = { storedBytes: 7 * 2 ** 20, oldestMs: 7 * DAY_MS };
    expect(savedBytes(topicFacts({ ...slow, ...settings({ segmentMs: 7 * DAY_MS }) }), DAY_MS)).toBeCloseTo(
      2.5 * 2 ** 20,
      0,
    );
    expect(savedBytes(topicFacts({ ...slow, ...settings({ segmentMs: HOUR_MS }) }), DAY_MS)).toBeGreaterThan(
      5.9 * 2 ** 20,
    );
  });
  test("is exact money by the bill's own price", () => {
    expect(text(monthlyCost(300 * 2 ** 30, PRICE, 3))).toBe("30.0000");
  });
  test("is absent where sizes are not known, which is not zero", () => {
    const { storedBytes: _, ...unsized } = topicFacts();
    expect(savedBytes(unsized, DAY_MS)).toBeUndefined();
    const proposal = proposeRetention(unsized, rules(), PRICE, NOW);
    if (proposal.status === "none") throw new Error(proposal.text);
    expect(retentionOpportunity(unsized, proposal, { price: PRICE, currency: "USD", now: NOW })).not.toHaveProperty(
      "savingPerMonth",
    );
  });
});

describe("what an opportunity carries", () => {
  const made = (own: Readonly<Record<string, string>>) => {
    const facts = topicFacts(settings({ own }));
    const proposal = proposeRetention(facts, rules(), PRICE, NOW);
    if (proposal.status === "none") throw new Error(proposal.text);
    return retentionOpportunity(facts, proposal, { price: PRICE, currency: "USD", now: NOW });
  };
  test("the override that was there, or that there was none: taking back restores exactly that", () => {
    expect(made({ "retention.ms": "604800000" }).action).toMatchObject({
      before: [{ name: "retention.ms", value: "604800000" }],
    });
    expect(made({}).action).toMatchObject({
      before: [{ name: "retention.ms" }],
      set: [{ name: "retention.ms", value: "86400000" }],
    });
    const { action } = made({});
    if (action.type === "topic_configs") expect(action.before[0]).not.toHaveProperty("value");
  });
  test("the same id at every run, and what Kafka really deletes in words", () => {
    expect(made({}).id).toBe(made({ "retention.ms": "604800000" }).id);
    expect(made({}).id).toMatch(/^opp_[0-9a-f]{16}$/);
    expect(made({}).bounds.join("\n")).toMatch(/whole segments by their newest record/);
    expect(made({}).bounds.join("\n")).toMatch(/stay deleted/);
  });
});

describe("tiering", () => {
  const context = {
    price: PRICE,
    remote: { ...PRICE, perGbMonth: { units: 6n, scale: 2 } },
    currency: "USD",
    now: NOW,
  };
  test("is proposed by hand where the cluster takes it, and says nothing where it does not", () => {
    expect(proposeTiering(topicFacts(), rules(), true, context)).toMatchObject({
      kind: "tiering",
      action: { type: "by_hand" },
    });
    expect(proposeTiering(topicFacts(), rules(), false, context)).toMatchObject({ reason: "not_offered" });
    expect(proposeTiering(topicFacts(), rules(), undefined, context)).toMatchObject({ reason: "offer_unknown" });
    expect(proposeTiering(topicFacts(), rules({ tiering: false }), true, context)).toBeUndefined();
    expect(proposeTiering(topicFacts(settings({ cleanupPolicy: "compact" })), rules(), true, context)).toBeUndefined();
  });
  test("of a topic that is tiered already keeps less on the brokers, by one call", () => {
    const found = proposeTiering(topicFacts(settings({ remote: true, localRetentionMs: -2 })), rules(), true, context);
    expect(found).toMatchObject({
      action: {
        set: [{ name: "local.retention.ms", value: String(DAY_MS) }],
        before: [{ name: "local.retention.ms" }],
      },
      rollback: "one_call",
    });
  });
});
