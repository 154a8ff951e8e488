import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { replayAll } from "../../functions/decisions/replay.ts";
import { portions } from "../../functions/monitoring/ask.ts";
import { dueInstants } from "../../functions/monitoring/due.ts";
import { evaluateRules } from "../../functions/monitoring/evaluate.ts";
import { evaluateMetricRules } from "../../functions/monitoring/evaluate-metrics.ts";
import { throwUndecided } from "../../functions/monitoring/schedule.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { canonical, type Json } from "../../shared/core/kernel/json.ts";
import type { Trigger } from "../../shared/core/kernel/record.ts";
import { MetricRules } from "../../shared/core/monitoring/metric-rules-config.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { alerting, group, monitoringConfig, rulesWorld, sample, tenant, type World } from "./given-world.ts";

const trigger: Trigger = { type: "schedule", detail: "test" };
const request = { tenant, trigger };
const DOWN = "rules.yml/kafka/KafkaDown#0";

/** KafkaDown for 30 s; instances of `down` are. */
async function kafka(options: Parameters<typeof rulesWorld>[2] = {}, more: Parameters<typeof group>[2] = {}) {
  let down: readonly string[] = [];
  let broken = false;
  const history = new Map<number, readonly string[]>();
  const answer: World = (_, at) => {
    if (broken) throw new HeadgateError("query.unavailable", "no route to host", { retryable: true });
    return (history.get(at) ?? down).map((instance) => sample(0, { __name__: "up", job: "kafka", instance }));
  };
  const rule = alerting("KafkaDown", 'up{job="kafka"} == 0', { forMs: 30_000, labels: { severity: "critical" } });
  const w = await rulesWorld({ groups: [group("kafka", [rule], more)] }, answer, options);
  return {
    ...w,
    answer,
    history,
    down: (...instances: readonly string[]) => void (down = instances),
    broken: (is: boolean) => void (broken = is),
    tick: async (runtime: Runtime = w.runtime, ms = 15_000) => {
      w.clock.advance(ms);
      return evaluateRules(runtime, request);
    },
  };
}

describe("evaluateRules", () => {
  it("goes from pending to firing to over, with one notice each way, and replays to the same", async () => {
    const w = await kafka();
    await w.tick();
    w.down("a");
    for (let i = 0; i < 5; i += 1) await w.tick();
    w.down();
    await w.tick();
    expect(await w.reasons(DOWN)).toEqual(["pending", "fired", "resolved"]);
    expect(w.inbox.sent().map(({ labels, endsAt }) => [labels["alertname"], (endsAt ?? 0) > w.clock.now()])).toEqual([
      ["KafkaDown", true],
      ["KafkaDown", false],
    ]);
    const { items } = await w.journal.list({ tenant, noun: "monitoring" });
    expect(await replayAll(items)).toMatchObject({ checked: 3, same: 3, differences: [] });
  });

  it("does not even load a rule that has nothing and had nothing", async () => {
    const w = await kafka();
    const loaded: string[] = [];
    const runtime: Runtime = {
      ...w.runtime,
      store: {
        ...w.store,
        load: async (key) => {
          loaded.push(key.noun);
          return w.store.load(key);
        },
      },
    };
    const [evaluated] = await w.tick(runtime);
    expect(evaluated?.result).toBeUndefined();
    expect(loaded).toEqual(["config"]);
  });

  it("looks again where the answer came so late that somebody may have decided since all were listed", async () => {
    const w = await kafka();
    w.clock.advance(15_000);
    const queries = w.runtime.queries?.();
    if (!queries) throw new Error("no queries");
    const overtaken: typeof queries = {
      ...queries,
      instant: async (...asked) => {
        w.down("a");
        await evaluateRules(w.runtime, { ...request, at: w.clock.now() - 1 });
        w.down();
        w.clock.advance(6_000);
        return queries.instant(...asked);
      },
    };
    await evaluateRules({ ...w.runtime, queries: () => overtaken }, request);
    expect(await w.reasons(DOWN)).toEqual(["pending", "dropped"]);
  });

  it("evaluates each group once per interval, at whole multiples of it", async () => {
    const w = await kafka();
    w.down("a");
    expect((await w.tick()).map(({ at }) => at % 15_000)).toEqual([0]);
    expect(await w.tick(w.runtime, 4_000)).toEqual([]);
    expect((await w.tick(w.runtime, 12_000)).map(({ at, instants }) => [at % 15_000, instants])).toEqual([[0, 1]]);
  });

  it("sends what fires again each minute, and what has ended for a while", async () => {
    const w = await kafka();
    w.down("a");
    for (let i = 0; i < 12; i += 1) await w.tick();
    expect(w.inbox.batches.length, "fired at the third, again at the seventh and the eleventh").toBe(3);
    w.down();
    for (let i = 0; i < 8; i += 1) await w.tick();
    expect(w.inbox.batches.length, "its end, and again one minute later").toBe(5);
  });

  it("a receiver that is away holds no rule up, and hears of it a minute later", async () => {
    const w = await kafka();
    w.down("a");
    w.inbox.away(true);
    for (let i = 0; i < 6; i += 1) await w.tick();
    expect(await w.reasons(DOWN)).toEqual(["pending", "fired"]);
    const [record] = (await w.journal.list({ tenant, noun: "monitoring", reason: "fired" })).items;
    expect(record?.outcomes[0]?.text).toContain("tried again in a minute");
    w.inbox.away(false);
    await w.tick();
    expect(w.inbox.sent().map(({ labels }) => labels["instance"])).toEqual(["a"]);
  });

  it("a late tick catches up on the instants it missed, and decides as punctual ones would have", async () => {
    const w = await kafka();
    await w.tick();
    w.down("a");
    const [evaluated] = await w.tick(w.runtime, 60_000);
    expect(evaluated).toMatchObject({ instants: 4, result: { reason: "fired" } });
    expect(w.asked.map(({ kind }) => kind)).toEqual(["instant", "range", "instant"]);
    expect(w.inbox.sent()[0]?.startsAt).toBe(w.clock.now() - 15_000);
  });

  it("an alert that came and went between two ticks leaves its trace, and its end is told", async () => {
    const w = await kafka();
    await w.tick();
    const start = w.clock.now();
    for (const index of [1, 2, 3]) w.history.set(start + index * 15_000, ["a"]);
    await w.tick(w.runtime, 75_000);
    expect(await w.reasons(DOWN)).toEqual(["resolved"]);
    expect(w.inbox.sent()).toMatchObject([{ startsAt: start + 45_000, endsAt: start + 60_000 }]);
  });

  it("a query without an answer holds the rule, and its instants are asked for when there is one", async () => {
    const w = await kafka();
    w.down("a");
    await w.tick();
    w.broken(true);
    const [held] = await w.tick();
    expect(held).toMatchObject({ failure: "no route to host", result: { reason: "held_query_failed" } });
    await w.tick();
    expect(w.inbox.sent(), "no answer fires nothing").toEqual([]);
    w.broken(false);
    const [caught] = await w.tick();
    expect(caught).toMatchObject({ instants: 3, result: { reason: "fired" } });
    expect(await w.reasons(DOWN)).toEqual(["pending", "held_query_failed", "fired"]);
  });

  it("after longer than can be caught up on, the time before does not count", async () => {
    const w = await kafka();
    w.down("a");
    await w.tick();
    const now = w.clock.now();
    for (let at = now + 15_000; at < now + 7_200_000; at += 15_000) w.history.set(at, []);
    w.history.set(now + 7_200_000, ["a"]);
    const [late] = await w.tick(w.runtime, 7_200_000);
    expect(late?.instants).toBeLessThanOrEqual(120);
    expect(w.inbox.sent()).toEqual([]);
  });

  it("where nobody answers PromQL the rules are held and say why", async () => {
    const w = await kafka();
    const { queries: _, ...runtime } = w.runtime;
    const [held] = await w.tick(runtime);
    expect(held?.failure).toContain("nothing answers PromQL here");
    expect(await w.reasons(DOWN)).toEqual(["held_query_failed"]);
  });

  it("before the first scrape nothing is evaluated, and soon after it nothing ends for want of samples", async () => {
    let knownFrom: number | undefined;
    const rate = alerting("Errors", "rate(errors_total[5m]) > 0");
    let there = true;
    const w = await rulesWorld({ groups: [group("g", [rate])] }, () => (there ? [sample(1, { job: "a" })] : []), {
      knownFrom: () => knownFrom,
    });
    const tick = () => {
      w.clock.advance(15_000);
      return evaluateRules(w.runtime, request);
    };
    expect(await tick()).toEqual([]);
    knownFrom = w.clock.now() - 600_000;
    expect((await tick())[0]?.result?.reason).toBe("fired");
    // A restart: the window begins anew, and a rate over five minutes needs them, and a first scrape before.
    knownFrom = w.clock.now() + 1;
    there = false;
    expect((await tick())[0]?.result?.reason).toBe("still_firing");
    for (let i = 0; i < 20; i += 1) await tick();
    expect(await w.reasons("rules.yml/g/Errors#0")).toEqual(["fired"]);
    await tick();
    expect(await w.reasons("rules.yml/g/Errors#0")).toEqual(["fired", "resolved"]);
  });

  it("a source that is away is not asked for each of hundreds of rules, and each of them is held", async () => {
    const rules = Array.from({ length: 200 }, (_, index) => alerting(`Rule${index}`, `metric_${index} > 0`));
    let away = true;
    const w = await rulesWorld({ groups: [group("g", rules)] }, (expr) => {
      if (expr === "metric_0 > 0" && !away) throw new HeadgateError("query.invalid", "no such function");
      if (away) throw new HeadgateError("query.unavailable", "timeout", { retryable: true });
      return [];
    });
    const evaluated = await evaluateRules(w.runtime, request);
    expect(w.asked.length).toBeLessThan(20);
    expect(new Set(evaluated.map(({ result }) => result?.reason))).toEqual(new Set(["held_query_failed"]));
    away = false;
    w.clock.advance(15_000);
    const next = await evaluateRules(w.runtime, request);
    expect(next.filter(({ failure }) => failure !== undefined).map(({ failure }) => failure)).toEqual([
      "no such function",
    ]);
  });

  it("one rule's failure stops no other, and only what could not be decided fails the invocation", async () => {
    const rules = ["A", "B", "C"].map((name) => alerting(name, name));
    const w = await rulesWorld({ groups: [group("g", rules)] }, (expr) => {
      if (expr === "A") throw new Error("bad day");
      return [sample(1)];
    });
    const runtime: Runtime = {
      ...w.runtime,
      store: {
        ...w.store,
        load: async (key) => {
          if (key.subject === "rules.yml/g/B#0")
            throw new HeadgateError("store.throttled", "slow down", { retryable: true });
          return w.store.load(key);
        },
      },
    };
    const evaluated = await evaluateRules(runtime, request);
    expect(evaluated.map(({ result, failure, error }) => result?.reason ?? failure ?? error?.message)).toEqual([
      "held_query_failed",
      "slow down",
      "fired",
    ]);
    expect(() => throwUndecided(evaluated)).toThrow("slow down");
    expect(() => throwUndecided(evaluated.filter(({ error }) => !error))).not.toThrow();
    // The one that was throttled is asked for the missed instant at the next tick.
    w.clock.advance(15_000);
    const next = await evaluateRules(w.runtime, request);
    expect(next.find(({ subject }) => subject.includes("/B#"))).toMatchObject({ result: { reason: "fired" } });
  });

  it("a rule that was taken out and is back does not count the time in which nobody looked", async () => {
    const slow = alerting("Slow", "slow", { forMs: 60_000 });
    const other = alerting("Other", "other");
    const w = await rulesWorld({ groups: [group("g", [slow, other])] }, () => [sample(1)]);
    const tick = async () => {
      w.clock.advance(15_000);
      await evaluateRules(w.runtime, request);
    };
    await tick();
    await w.apply({ groups: [group("g", [other])] }, "cfg_2");
    for (let index = 0; index < 20; index += 1) await tick();
    await w.apply({ groups: [group("g", [slow, other])] }, "cfg_3");
    await tick();
    expect(await w.reasons("rules.yml/g/Slow#0")).toEqual(["pending", "gap_left_out"]);
    for (let index = 0; index < 4; index += 1) await tick();
    expect(await w.reasons("rules.yml/g/Slow#0")).toEqual(["pending", "gap_left_out", "fired"]);
  });

  it("a rule that is put before others leaves them what they are", async () => {
    const slow = alerting("Slow", "slow", { forMs: 30_000 });
    const w = await rulesWorld({ groups: [group("g", [slow])] }, () => [sample(1)]);
    const tick = async () => {
      w.clock.advance(15_000);
      await evaluateRules(w.runtime, request);
    };
    await tick();
    await tick();
    await w.apply({ groups: [group("g", [alerting("First", "first"), slow, slow])] }, "cfg_2");
    await tick();
    expect(await w.reasons("rules.yml/g/Slow#0")).toEqual(["pending", "fired"]);
    expect(await w.reasons("rules.yml/g/Slow#1"), "the second of its name").toEqual(["pending"]);
  });

  it("two workers at once, and a trigger that comes twice, fire once", async () => {
    const w = await kafka();
    w.down("a");
    await w.tick();
    w.clock.advance(15_000);
    await Promise.all([evaluateRules(w.runtime, request), evaluateRules(w.runtime, request)]);
    w.clock.advance(15_000);
    await Promise.all([
      evaluateRules(w.runtime, request),
      evaluateRules(w.runtime, request),
      evaluateRules(w.runtime, request),
    ]);
    expect(await evaluateRules(w.runtime, request)).toEqual([]);
    expect(await w.reasons(DOWN)).toEqual(["pending", "fired"]);
    expect(w.inbox.batches.length).toBe(1);
  });

  it("a worker that dies between claim and sending is made good by the next one", async () => {
    const w = await kafka();
    w.down("a");
    await w.tick();
    await w.tick();
    w.clock.advance(15_000);
    await new Promise<void>((reached) => {
      const alerts = {
        send: () => {
          reached();
          return new Promise<void>(() => {});
        },
      };
      void evaluateRules({ ...w.runtime, alerts }, request);
    });
    expect((await w.store.load({ tenant, noun: "monitoring", subject: DOWN }))?.pending?.actions.length).toBe(1);
    // The lease of the dead one has run out; the group's clock was never moved.
    w.clock.advance(45_000);
    const [evaluated] = await evaluateRules(w.runtime, request);
    expect(evaluated?.result?.recovered).toBe(true);
    expect(w.inbox.sent().map(({ labels }) => labels["instance"])).toContain("a");
    expect(await w.reasons(DOWN)).toEqual(["pending", "fired"]);
  });

  it("evaluates at an instant of its own when asked to, without disturbing the group's", async () => {
    const w = await kafka();
    w.down("a");
    await w.tick();
    w.clock.advance(7_000);
    const [asked] = await evaluateRules(w.runtime, { ...request, at: w.clock.now() });
    expect(asked?.at).toBe(w.clock.now());
    w.clock.advance(8_000);
    const [regular] = await evaluateRules(w.runtime, request);
    expect(regular?.at).toBe(w.clock.now());
    expect(await evaluateRules(w.runtime, { ...request, groups: [{ file: "other.yml", name: "kafka" }] })).toEqual([]);
  });

  it("asks for so much earlier as the group's query_offset says", async () => {
    const seen: number[] = [];
    const w = await rulesWorld({ groups: [group("g", [alerting("A", "a")], { queryOffsetMs: 60_000 })] }, (_, at) => {
      seen.push(at);
      return [];
    });
    await evaluateRules(w.runtime, request);
    w.clock.advance(45_000);
    await evaluateRules(w.runtime, request);
    const now = w.clock.now();
    expect(seen).toEqual([105_000, 90_000, 75_000, 60_000].map((ago) => now - ago));
  });

  it.each([
    ["plain names", "host-", "{{ $labels.instance }} of {{ $labels.rack }} is away"],
    [
      "names and texts that are not ASCII, and long ones",
      "höst-日本語-",
      `{{ $labels.instance }} ${"größer ".repeat(200)}`,
    ],
  ])("an outage of thousands fits into what the store takes, coming and going: %s", async (_, prefix, text) => {
    let count = 0;
    const many = Array.from({ length: 3_000 }, (_, index) =>
      sample(0, {
        __name__: "up",
        instance: `${prefix}${index}.example.org:9100`,
        rack: `rack-${index % 40}`,
        job: "node",
      }),
    );
    const rule = alerting("NodeDown", "up == 0", {
      forMs: 30_000,
      annotations: { summary: text, runbook: "see the wiki" },
    });
    const w = await rulesWorld({ groups: [group("nodes", [rule])] }, () => many.slice(0, count));
    const subject = "rules.yml/nodes/NodeDown#0";
    const tick = async (ms = 15_000) => {
      w.clock.advance(ms);
      const evaluated = await evaluateRules(w.runtime, request);
      throwUndecided(evaluated);
      return evaluated;
    };
    await tick();
    count = 3_000;
    for (let i = 0; i < 3; i += 1) await tick();
    expect(await w.reasons(subject)).toEqual(["pending", "fired"]);
    expect(w.inbox.sent().length).toBeGreaterThan(80);
    const state = (await w.store.load({ tenant, noun: "monitoring", subject }))?.state as { untracked?: number };
    expect(state.untracked).toBeGreaterThan(1_000);
    // A late tick finds the same crowd at several instants; then all is well.
    await tick(90_000);
    count = 0;
    await tick();
    expect((await w.reasons(subject)).at(-1)).toBe("resolved");
    const { items } = await w.journal.list({ tenant, noun: "monitoring" });
    expect(await replayAll(items)).toMatchObject({ checked: items.length, differences: [] });
  });

  it("queries in templates are answered, from the record at a replay, and asked of what they depend on", async () => {
    const annotations = {
      total: '{{ with query "sum(up)" }}{{ . | first | value }} of them{{ end }}',
      each: '{{ range query (printf "lag{group=%q}" $labels.group) }}{{ .Value }}{{ end }}',
      none: '{{ query "broken" | first | value }}',
    };
    const w = await rulesWorld({ groups: [group("g", [alerting("Lag", "lag > 1", { annotations })])] }, (expr) => {
      if (expr === "broken") throw new Error("no");
      return expr === "sum(up)" ? [sample(3)] : [sample(7, { group: "billing" })];
    });
    await evaluateRules(w.runtime, request);
    const [alert] = w.inbox.sent();
    expect(alert?.annotations).toMatchObject({ total: "3 of them", each: "7" });
    expect(alert?.annotations["none"]).toContain("<error expanding template:");
    expect(w.asked.map(({ expr }) => expr)).toEqual(["lag > 1", "sum(up)", 'lag{group="billing"}', "broken"]);
    const { items } = await w.journal.list({ tenant, noun: "monitoring" });
    expect(await replayAll(items)).toMatchObject({ checked: 1, same: 1 });
  });

  it("recording rules make series under their name, in order before those that read them", async () => {
    const order: string[] = [];
    const rules = [
      { record: "job:errors:rate5m", expr: "sum by (job) (rate(errors_total[5m]))", labels: { team: "core" } },
      alerting("Errors", "job:errors:rate5m > 0.1"),
    ];
    const w = await rulesWorld({ groups: [group("g", rules, { labels: { tier: "1" } })] }, (expr) => {
      order.push(expr);
      return [sample(0.2, { job: "a" })];
    });
    await evaluateRules(w.runtime, request);
    expect(order).toEqual(rules.map(({ expr }) => expr));
    expect(w.recorded.map(({ samples }) => samples.map(({ labels }) => labels))).toEqual([
      [{ __name__: "job:errors:rate5m", job: "a", team: "core", tier: "1" }],
      [
        { __name__: "ALERTS", alertname: "Errors", alertstate: "firing", job: "a", tier: "1" },
        { __name__: "ALERTS_FOR_STATE", alertname: "Errors", job: "a", tier: "1" },
      ],
    ]);
  });

  it("before the first configuration, and without a monitoring section, there is nothing to do", async () => {
    const w = await rulesWorld({}, () => []);
    expect(await evaluateRules(w.runtime, request)).toEqual([]);
    expect(await evaluateRules(w.runtime, { ...request, tenant: "nobody" })).toEqual([]);
  });
});

describe("the instants that are due", () => {
  it.each<[string, Parameters<typeof dueInstants>, readonly number[]]>([
    ["never before: the newest", [undefined, 60, 15], [60]],
    ["one interval on", [45, 60, 15], [60]],
    ["missed ones", [15, 60, 15], [30, 45, 60]],
    ["after an instant of its own", [50, 60, 15], [60]],
    ["up to an instant of its own", [30, 67, 15], [45, 60, 67]],
    ["not before anything is known", [0, 60, 15, 40], [45, 60]],
    ["the same one again", [60, 60, 15], [60]],
  ])("%s", (_, args, expected) => {
    expect(dueInstants(...args)).toEqual(expected);
  });

  it("are at most 120", () => {
    const instants = dueInstants(0, 15_000_000, 15);
    expect(instants.length).toBe(120);
    expect(instants.at(-1)).toBe(15_000_000);
    expect(instants.at(-2)).toBe(15_000_000 - 15);
  });
});

describe("portions", () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => sample(1, { instance: `host-${String(index).padStart(5, "0")}:9100` }));

  it("cut what does not fit into records, keeping order and instants", () => {
    const asked = Array.from({ length: 20 }, (_, index) => ({ at: index, samples: many(200) }));
    const parts = portions({ ok: true, asked, warnings: [] });
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.flat().map(({ at }) => at)).toEqual(asked.map(({ at }) => at));
    for (const part of parts) expect(canonical(part as unknown as Json).length).toBeLessThan(64_000);
  });

  it("cut a single vector that is too large, and say by how much", () => {
    const [[one] = []] = portions({ ok: true, asked: [{ at: 1, samples: many(5_000) }], warnings: [] });
    expect(one?.outcome).toMatchObject({ ok: true, more: expect.any(Number) });
    if (one?.outcome.ok) expect(one.outcome.samples.length + (one.outcome.more ?? 0)).toBe(5_000);
  });
});

describe("evaluateMetricRules", () => {
  const rules = v.parse(MetricRules, {
    slow: {
      condition: { metric_path: "performance.avg_response_time", threshold: 0.5, duration: 60 },
      cooldown: "10m",
      channels: ["chat"],
    },
    down: { condition: { metric_path: "health.ok", operator: "==", threshold: 0 }, severity: "critical" },
  });
  const SLOW = "services/orders/slow";

  async function orders() {
    const w = await rulesWorld(monitoringConfig({ services: { orders: { alerts: rules } } }), () => []);
    return {
      ...w,
      look: (metrics: Json) => {
        w.clock.advance(30_000);
        return evaluateMetricRules(w.runtime, request, [{ service: "orders", at: w.clock.now(), metrics }]);
      },
    };
  }
  const slow = { performance: { avg_response_time: 0.7 }, health: { ok: 1 } };
  const fine = { performance: { avg_response_time: 0.2 }, health: { ok: 1 } };

  it("fires when the condition has held for its duration, and tells path, value and threshold", async () => {
    const w = await orders();
    await w.look(slow);
    await w.look(slow);
    await w.look(slow);
    expect(await w.reasons(SLOW)).toEqual(["pending", "fired"]);
    expect(w.inbox.sent()).toMatchObject([
      {
        labels: { alertname: "slow", service: "orders", severity: "warning", channels: "chat" },
        annotations: {
          summary: "Alert condition met",
          metric_path: "performance.avg_response_time",
          current_value: "0.7",
          threshold: "0.5",
          operator: ">",
        },
      },
    ]);
    const { items } = await w.journal.list({ tenant, noun: "monitoring" });
    expect(await replayAll(items)).toMatchObject({ checked: 2, same: 2 });
  });

  it("a missing value fires nothing, ends nothing and hides no other rule", async () => {
    const w = await orders();
    for (let i = 0; i < 3; i += 1) await w.look(slow);
    await w.look({ health: { ok: 0 } });
    expect(await w.reasons(SLOW)).toEqual(["pending", "fired", "held_no_value"]);
    expect(await w.reasons("services/orders/down")).toEqual(["fired"]);
    expect((await w.store.load({ tenant, noun: "monitoring", subject: SLOW }))?.state).toMatchObject({
      failure: { why: "held_no_value", error: "there is no performance" },
    });
  });

  it("within the cooldown it fires without being sent; when that is over it is sent", async () => {
    const w = await orders();
    for (let i = 0; i < 3; i += 1) await w.look(slow);
    await w.look(fine);
    const before = w.inbox.sent().length;
    for (let i = 0; i < 3; i += 1) await w.look(slow);
    expect(w.inbox.sent().length, "fires again, within ten minutes").toBe(before);
    for (let i = 0; i < 17; i += 1) await w.look(slow);
    expect(await w.reasons(SLOW)).toEqual(["pending", "fired", "resolved", "pending", "fired", "sent_after_cooldown"]);
    expect(w.inbox.sent().length).toBeGreaterThan(before);
  });

  it("what is collected twice is decided once", async () => {
    const w = await orders();
    await w.look(slow);
    const again = await evaluateMetricRules(w.runtime, request, [
      { service: "orders", at: w.clock.now(), metrics: slow },
    ]);
    expect(again).toEqual([]);
  });
});
