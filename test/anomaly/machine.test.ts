import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../shared/core/anomaly/base64.ts";
import type { AnomalyConfig } from "../../shared/core/anomaly/config.ts";
import { explain, sentence } from "../../shared/core/anomaly/explain.ts";
import { anomaly } from "../../shared/core/anomaly/machine.ts";
import { openScorer } from "../../shared/core/anomaly/scorer.ts";
import { EMPTY } from "../../shared/core/anomaly/state.ts";
import type { AnomalyInput, AnomalyState, OpenAnomaly, SignalBatch } from "../../shared/core/anomaly/types.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { machineLaws } from "../contract/machine.ts";
import { decision } from "../contract/records.ts";
import { DAY, given, learnt, MINUTE, MONDAY, points, wave } from "./given.ts";

const config = given();
const checkpoint = learnt(config, "latency", MONDAY);
const calm = (minutes: number, from = MONDAY) =>
  points(from, ...Array.from({ length: minutes }, (_, index) => wave(from + index * MINUTE)));

const score = (batch: Partial<SignalBatch>, rest: Partial<Extract<AnomalyInput, { kind: "score" }>> = {}) =>
  ({
    kind: "score",
    service: "orders",
    signals: { latency: { checkpoint, points: calm(1), ...batch } },
    recent: {},
    context: [],
    ...rest,
  }) as const satisfies AnomalyInput;

const step = (input: AnomalyInput, state: AnomalyState = learned, by: AnomalyConfig = config, now = MONDAY + MINUTE) =>
  anomaly.step(by, state, input, now);

const learned: AnomalyState = { ...EMPTY, learned: { latency: MONDAY - DAY } };
/** A jump to five times the usual. */
const SPIKE = points(MONDAY, 500);

/** The state after such a jump. */
const opened = (): AnomalyState => step(score({ points: SPIKE })).state;
const open = (state: AnomalyState): OpenAnomaly => state.open["latency"] as OpenAnomaly;

describe("what a batch of points comes to", () => {
  it("usual points change nothing, and nothing is written", () => {
    const { state, actions, reason } = step(score({ points: calm(30) }));
    expect(state).toBe(learned);
    expect(actions).toEqual([]);
    expect(reason).toBe("normal");
  });

  it("an alarm opens an anomaly and sends an alert that says what was seen and what was expected", () => {
    const { state, actions, reason } = step(score({ points: SPIKE }));
    expect(reason).toBe("opened");
    expect(open(state)).toMatchObject({ since: MONDAY, value: 500, movement: "rose", severity: "high" });
    expect(open(state).low).toBeLessThan(100);
    expect(open(state).high).toBeLessThan(200);
    expect(actions).toHaveLength(1);
    expect(actions[0]).toMatchObject({
      type: "notify",
      key: `notify:orders:latency:${MONDAY}:high:firing`,
      alert: {
        labels: { alertname: "Anomaly", service: "orders", signal: "latency", severity: "high" },
        startsAt: MONDAY,
      },
    });
    expect(JSON.stringify(actions[0])).toMatch(
      /orders: latency rose to 500 ms, expected \d+(\.\d+)? to \d+(\.\d+)? ms/,
    );
  });

  it("in mode observe the same is found and no alert is sent", () => {
    const { state, actions, reason, trace } = step(score({ points: SPIKE }), learned, given({ mode: "observe" }));
    expect(reason).toBe("would_alert");
    expect(actions).toEqual([]);
    expect(open(state).since).toBe(MONDAY);
    expect(trace.at(-1)).toMatchObject({ kind: "vetoed", rule: "mode" });
  });

  it("the same batch again (a message that came twice, a worker that died) changes nothing", () => {
    const state = opened();
    expect(step(score({ points: SPIKE }), state).state).toBe(state);
    const longer = step(score({ points: [...SPIKE, ...calm(3, MONDAY + MINUTE)] }), state);
    expect(longer.actions).toEqual([]);
  });

  it("back inside the band for as long as `quiet`, it is over and its alert is resolved", () => {
    const back = [...SPIKE, ...calm(20, MONDAY + MINUTE)];
    const { state, actions, reason } = step(score({ points: back }), opened());
    expect(reason).toBe("ended");
    expect(state.open).toEqual({});
    expect(state.past[0]).toMatchObject({ signal: "latency", since: MONDAY, ended: "calm" });
    expect(state.past[0]?.until).toBe(MONDAY + 15 * MINUTE);
    expect(actions).toMatchObject([{ type: "notify", alert: { startsAt: MONDAY, endsAt: MONDAY + 15 * MINUTE } }]);
  });

  it("one that begins and ends inside a batch is recorded, and sent as resolved only", () => {
    const { actions, reason, state } = step(score({ points: [...SPIKE, ...calm(20, MONDAY + MINUTE)] }));
    expect(reason).toBe("passed");
    expect(actions).toHaveLength(1);
    expect(actions[0]).toMatchObject({ alert: { endsAt: MONDAY + 15 * MINUTE } });
    expect(state.counts).toMatchObject({ opened: 1, ended: 1 });
  });

  it("values that stay out of the band keep it open, until a whole `settle` has passed without an alarm", () => {
    const high = (count: number) => points(MONDAY, ...Array.from({ length: count }, () => 500));
    expect(step(score({ points: high(60) }), opened()).state.open).not.toEqual({});
    const short = given({
      signals: { latency: { metric: "latency_p99", role: "latency", unit: "ms", quiet: "5m", settle: "30m" } },
    });
    const settled = step(score({ points: high(120) }), learned, short);
    expect(settled.state.past.map((one) => one.ended)).toContain("settled");
  });

  it("missing points hold: an empty batch ends nothing", () => {
    const state = opened();
    const held = step(score({ points: [] }), state, config, MONDAY + 30 * DAY);
    expect(held).toMatchObject({ reason: "held_no_data", actions: [] });
    expect(held.state).toBe(state);
  });

  it("a checkpoint that cannot be read holds", () => {
    for (const broken of ["AAAA", "%%%%", checkpoint.slice(0, 40)])
      expect(step(score({ checkpoint: broken, points: SPIKE }))).toMatchObject({
        reason: "held_unreadable",
        state: learned,
        actions: [],
      });
  });

  it("a worse one ends the alert of medium severity and sends one of high", () => {
    const medium: AnomalyState = {
      ...learned,
      open: { latency: { ...open(opened()), severity: "medium", since: MONDAY - MINUTE } },
      seen: { latency: MONDAY - MINUTE },
    };
    const { reason, actions } = step(score({ points: SPIKE }), medium);
    expect(reason).toBe("grew");
    expect(actions.map((one) => one.key.split(":").slice(-2).join(" "))).toEqual(["medium resolved", "high firing"]);
  });

  it("`high` does not alarm for a fall, `low` does", () => {
    const fall = points(MONDAY, 1);
    const low = given({
      signals: { latency: { metric: "latency_p99", role: "latency", unit: "ms", direction: "low" } },
    });
    expect(step(score({ points: fall })).reason).toBe("normal");
    expect(step(score({ points: fall }), learned, low).reason).toBe("opened");
    expect(step(score({ points: SPIKE }), learned, low).reason).toBe("normal");
  });

  it("history that is read at the first meeting opens nothing, and tells when it knows enough", () => {
    const history = points(
      MONDAY,
      ...Array.from({ length: 1_500 }, (_, i) => (i === 1_480 ? 900 : wave(MONDAY + i * MINUTE))),
    );
    const batch = { points: history, training: true as const };
    const { state, reason, actions } = step(
      { ...score({}), signals: { latency: batch } },
      EMPTY,
      config,
      MONDAY + 2 * DAY,
    );
    expect(reason).toBe("learned");
    expect(state.learned["latency"]).toBe(MONDAY + DAY);
    expect(state.open).toEqual({});
    expect(actions).toEqual([]);
  });

  it("a signal that left the configuration is ended, since nobody would see it return", () => {
    const state = { ...learned, open: { gone: open(opened()) } };
    const { reason, actions, state: after } = step({ ...score({}), signals: {} }, state);
    expect(reason).toBe("ended");
    expect(after.past[0]).toMatchObject({ signal: "gone", ended: "removed" });
    expect(actions).toMatchObject([{ alert: { labels: { signal: "gone" }, endsAt: MONDAY } }]);
  });

  it("names the signal that moved first and what was done shortly before", () => {
    const input = score(
      { points: SPIKE },
      {
        recent: {
          traffic: [{ at: MONDAY - 3 * MINUTE, score: 0.8, movement: "fell" }],
          latency: [{ at: MONDAY, score: 0.99, movement: "rose" }],
        },
        context: [
          { at: MONDAY - 2 * MINUTE, kind: "scaling", text: "scaled out from 2 to 4" },
          { at: MONDAY - 300 * MINUTE, kind: "deploy", text: "an old deployment" },
        ],
      },
    );
    const decided = step(input);
    expect(open(decided.state).facts).toEqual([
      "traffic fell first, 3 min before",
      "scaled out from 2 to 4, 2 min before",
    ]);
    const record = {
      ...decision({
        at: MONDAY,
        noun: "anomaly",
        reason: decided.reason,
        trace: decided.trace,
        actions: decided.actions,
      }),
      subject: "orders",
    };
    expect(sentence(record)).toMatch(
      /^orders: latency rose to 500 ms, expected .* ms \(.*\); traffic fell first, 3 min before; scaled out from 2 to 4, 2 min before$/,
    );
    expect(explain(record)).toContain(
      "did: send the alert as firing, severity high (key notify:orders:latency:1767571200000:high:firing)",
    );
  });
});

describe("what people say", () => {
  const say = (verdict: "fine" | "bad", at = MONDAY): AnomalyInput => ({
    kind: "feedback",
    service: "orders",
    signal: "latency",
    at,
    verdict,
    by: "ann",
    why: "load test",
  });

  it("fine ends the anomaly it is about, resolves its alert and teaches the detector", () => {
    const { state, actions, reason } = step(say("fine"), opened(), config, MONDAY + 5 * MINUTE);
    expect(reason).toBe("judged_fine");
    expect(state.open).toEqual({});
    expect(state.past[0]).toMatchObject({ ended: "fine", until: MONDAY + 5 * MINUTE });
    expect(actions.map((one) => one.type)).toEqual(["notify", "teach"]);
    expect(actions[1]).toMatchObject({ verdict: "fine", at: MONDAY, score: open(opened()).peak });
  });

  it("bad keeps it open, and counts where nothing had been said", () => {
    const state = opened();
    const kept = step(say("bad"), state);
    expect(kept.state.open).toEqual(state.open);
    expect(kept.actions.map((one) => one.type)).toEqual(["teach"]);
    const missed = step(say("bad", MONDAY - DAY));
    expect(missed.reason).toBe("judged_bad");
    expect(missed.actions).toMatchObject([{ type: "teach", score: 0 }]);
  });

  it("fine for an earlier point leaves a later anomaly open", () => {
    expect(step(say("fine", MONDAY - DAY), opened()).state.open).not.toEqual({});
  });
});

describe("the seed rules under the same machine", () => {
  it("open at |z| > 3 of the last points and are high above 4", () => {
    const seed = given({
      detector: "seed",
      signals: { latency: { metric: "latency_p99", role: "latency", unit: "ms" } },
    });
    const before = learnt(seed, "latency", MONDAY, 1);
    const { reason, state } = step(score({ checkpoint: before, points: SPIKE }), learned, seed);
    expect(reason).toBe("opened");
    expect(open(state)).toMatchObject({ kind: "response_time_anomaly", severity: "high" });
  });

  it("read percent as the fractions their limits are", () => {
    const seed = given({
      detector: "seed",
      signals: { resources: { metric: ["cpu", "memory"], role: "saturation", unit: "percent" } },
    });
    const scorer = openScorer(seed, seed.signals["resources"] as never, undefined);
    for (let index = 0; index < 20; index += 1) scorer.push(MONDAY + index * MINUTE, 50 + (index % 3));
    scorer.push(MONDAY + 20 * MINUTE, 91);
    expect(scorer.detail()).toMatchObject({ kind: "resource_anomaly", expected: { low: 0, high: 90 } });
  });
});

describe("base64 in records", () => {
  it("gives back the bytes, as everybody else writes them", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(text)).toEqual(bytes);
      }),
    );
  });

  it.each(["A", "AA", "====", "A=AA", "AAA\u00e9", "AA==AAAA"])("%j is not base64", (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});

const values = fc.array(fc.oneof(fc.double({ min: 0, max: 500, noNaN: true }), fc.constant(100)), { maxLength: 8 });
type Make = (config: AnomalyConfig, at: number) => AnomalyInput;

machineLaws("anomaly", anomaly, {
  config: fc
    .record({ mode: fc.constantFrom("act" as const, "observe" as const), threshold: fc.constantFrom(0.3, 0.5595) })
    .map(given),
  input: fc.oneof(
    {
      weight: 4,
      arbitrary: fc
        .record({
          values,
          warm: fc.boolean(),
          training: fc.boolean(),
          seen: fc.double({ min: 0, max: 1, noNaN: true }),
        })
        .map(
          ({ values: drawn, warm, training, seen }): Make =>
            (_config, at) => ({
              kind: "score",
              service: "orders",
              signals: {
                latency: {
                  ...(warm ? { checkpoint } : {}),
                  points: points(at - drawn.length * MINUTE, ...drawn),
                  ...(training ? { training } : {}),
                },
              },
              recent: { traffic: [{ at: at - MINUTE, score: seen, movement: "fell" }] },
              context: [{ at: at - MINUTE, kind: "deploy", text: "a deployment was going on" }],
            }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom("fine" as const, "bad" as const).map(
        (verdict): Make =>
          (_config, at) => ({
            kind: "feedback",
            service: "orders",
            signal: "latency",
            at,
            verdict,
            by: "ann",
            why: "so",
          }),
      ),
    },
  ),
  runs: 60,
});

describe("the state", () => {
  it("stays below 40 KB however much happens", () => {
    let state: AnomalyState = learned;
    for (let round = 0; round < 60; round += 1) {
      const at = MONDAY + round * DAY;
      state = step(score({ points: points(at, 500) }), state, config, at).state;
      state = step(
        {
          kind: "feedback",
          service: "orders",
          signal: "latency",
          at,
          verdict: "fine",
          by: "a".repeat(100),
          why: "w".repeat(500),
        },
        state,
        config,
        at + MINUTE,
      ).state;
    }
    expect(state.counts.opened).toBe(60);
    expect(state.past).toHaveLength(20);
    expect(JSON.stringify(state as unknown as Json).length).toBeLessThan(40_000);
  });
});
