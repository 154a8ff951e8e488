import { describe, expect, it } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { forecastView } from "../../functions/autoscaling/forecast-view.ts";
import { expected } from "../../shared/core/autoscaling/forecast/expected.ts";
import { forecaster, push } from "../../shared/core/autoscaling/forecast/forecaster.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { DAY_MS, HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { type Answer, MINUTE, world } from "../api/kit.ts";
import { given, load, OBJECT, PER_TASK, tenant } from "./forecast-kit.ts";

/** What a forecaster says that has seen every minute from the first on. */
function fromScratch(from: number, knownAt: number, horizon: number) {
  const model = forecaster("regression", horizon);
  for (let at = from; at <= knownAt; at += MINUTE) push(model, load(at) / PER_TASK);
  return expected(model, { knownAt, perTask: PER_TASK });
}

describe("forecasts", () => {
  it("are learned from two weeks of recorded minutes, asked for in pages, and kept", async () => {
    const w = await given();
    const now = w.clock.now();
    const forecast = await w.forecast();
    // Starts take 90 s, metrics are a minute late: the newest known minute is the one before last, and four later is the first to change.
    expect(forecast).toEqual(fromScratch(now - 14 * DAY_MS, now - 2 * MINUTE, 4));
    expect(forecast).toMatchObject({ knownAt: now - 2 * MINUTE, at: now + 2 * MINUTE, minutes: 20_159, trusted: true });
    expect(w.asked.map(({ from, to }) => (to - from) / MINUTE)).toEqual([10_080, 10_080]);
    const kept = await w.runtime.objects.get(OBJECT);
    expect(kept?.length).toBeLessThan(150_000);
  });

  it("fold in the minutes since, in this process and in another that finds what was kept", async () => {
    const w = await given({ since: 2 * DAY_MS });
    const from = w.clock.now() - 2 * DAY_MS;
    await w.forecast();
    w.asked.length = 0;
    for (let minute = 0; minute < 5; minute += 1) {
      const now = w.clock.advance(MINUTE);
      expect(await w.forecast()).toEqual(fromScratch(from, now - 2 * MINUTE, 4));
    }
    expect(w.asked.every((query) => query.to - query.from <= 3 * MINUTE)).toBe(true);
    const now = w.clock.now();
    expect(await w.forecast(w.other())).toEqual(fromScratch(from, now - 2 * MINUTE, 4));
  });

  it("are written at most once an hour", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    const written: number[] = [];
    const { objects } = w.runtime;
    const runtime: Runtime = {
      ...w.runtime,
      objects: {
        ...objects,
        put: (...args) => {
          written.push(w.clock.now());
          return objects.put(...args);
        },
      },
    };
    const start = w.clock.now();
    for (let minute = 0; minute < 130; minute += 1) {
      await w.forecast(runtime);
      w.clock.advance(MINUTE);
    }
    expect(written.map((at) => (at - start) / MINUTE)).toEqual([0, 60, 120]);
  });

  it("look further ahead once metrics come later, and are learned anew for that", async () => {
    const w = await given({ since: 3 * DAY_MS });
    expect((await w.forecast())?.at).toBe(w.clock.now() + 2 * MINUTE);
    w.late(3);
    for (let minute = 0; minute < 61; minute += 1) {
      w.clock.advance(MINUTE);
      await w.forecast();
    }
    const forecast = await w.forecast();
    expect(forecast?.knownAt).toBe(w.clock.now() - 4 * MINUTE);
    expect(forecast?.at, "lead 2 after now").toBe(w.clock.now() + 2 * MINUTE);
  });

  it("take a minute that is missing for unknown, and go on", async () => {
    const w = await given({ since: DAY_MS });
    await w.forecast();
    const lost = w.clock.now();
    w.gone.add(lost);
    w.clock.advance(4 * MINUTE);
    const forecast = await w.forecast();
    expect(forecast).toMatchObject({ knownAt: w.clock.now() - 2 * MINUTE, minutes: 1440 - 1 + 4 - 1 });
  });

  it("are missing, logged and no fault where nothing can be read, and where nothing was ever measured", async () => {
    const w = await given();
    w.down(true);
    expect(await w.forecast()).toBeUndefined();
    expect(w.lines.some((line) => line.includes("no forecast; demand decides"))).toBe(true);
    const fresh = await given({ since: -DAY_MS });
    expect(await fresh.forecast()).toBeUndefined();
    const before = fresh.asked.length;
    fresh.clock.advance(MINUTE);
    expect(await fresh.forecast()).toBeUndefined();
    expect(fresh.asked.length, "not all of it again each minute").toBe(before);
  });

  it("are used although they cannot be kept, and kept once they can", async () => {
    const w = await given({ since: 2 * DAY_MS });
    const { objects } = w.runtime;
    let full = true;
    const put: typeof objects.put = async (...args) => {
      if (full) throw new HeadgateError("objects.unavailable", "the disk is full", { retryable: true });
      return objects.put(...args);
    };
    const runtime: Runtime = { ...w.runtime, objects: { ...objects, put } };
    expect((await w.forecast(runtime))?.knownAt).toBe(w.clock.now() - 2 * MINUTE);
    expect(w.lines.some((line) => line.includes("what a forecast has learned could not be kept"))).toBe(true);
    expect(await objects.head(OBJECT)).toBeUndefined();
    full = false;
    w.clock.advance(MINUTE);
    expect(await w.forecast(runtime)).toBeDefined();
    expect(await objects.head(OBJECT)).toBeDefined();
  });

  it("are learned anew where what was kept is damaged, of another metric, or of long ago", async () => {
    const w = await given({ since: 2 * DAY_MS });
    const good = await w.forecast();
    await w.runtime.objects.put(OBJECT, "{}");
    expect(await w.forecast(w.other())).toEqual(good);
    w.clock.advance(3 * DAY_MS);
    expect((await w.forecast())?.knownAt).toBe(w.clock.now() - 2 * MINUTE);
  });

  it("are learned and kept where S3 says forbidden of what is not there, and not learned anew where it does not answer", async () => {
    const w = await given({ since: 2 * DAY_MS });
    const { objects } = w.runtime;
    const answers = (retryable: boolean): Runtime => ({
      ...w.runtime,
      objects: {
        ...objects,
        get: async () => {
          throw new HeadgateError("objects.unavailable", "the bucket does not give it", { retryable });
        },
      },
    });
    expect(await w.forecast(answers(true))).toBeUndefined();
    expect(w.asked).toEqual([]);
    const forecast = await w.forecast(answers(false));
    expect(forecast).toBeDefined();
    expect(await w.forecast(w.other())).toEqual(forecast);
  });

  it("reach the decision: the record says what was expected", async () => {
    const w = await given({ since: 2 * DAY_MS });
    w.fleet.add("orders", 20);
    const [evaluated] = await evaluateServices(w.runtime, { tenant, trigger: { type: "api", detail: "test" } });
    const { items } = await w.journal.list({ tenant, subject: "orders" });
    const input = items[0]?.input as Answer;
    expect(input.forecasts["0"]).toMatchObject({ trusted: true, perTask: PER_TASK });
    const said = evaluated?.result?.record?.trace.find(({ rule }) => rule === "predictive");
    expect(said?.text).toMatch(
      /tasks are cheapest for 00:02, one more would cost more than it saves: .* in 95 of 100 cases/,
    );
    w.down(true);
    w.clock.advance(MINUTE);
    const [blind] = await evaluateServices(w.other(), { tenant, trigger: { type: "api", detail: "test" } });
    expect(blind?.error).toBeUndefined();
  });
});

describe("GET /api/v1/autoscaling/:service/forecast", () => {
  it("shows six hours of what was expected beside what came, and the minutes ahead", async () => {
    const w = await given({ since: 3 * DAY_MS });
    const view = await forecastView(w.runtime, tenant, w.target);
    const [policy] = view.policies;
    expect(policy).toMatchObject({ policy: 0, metric: "requests", unit: "per_second", horizon: 4, trusted: true });
    const now = w.clock.now();
    expect(policy?.points).toHaveLength(364);
    expect(policy?.points.at(-1)?.at).toBe(now + 2 * MINUTE);
    expect(policy?.points.at(-1)).not.toHaveProperty("came");
    const newest = policy?.points.find(({ at }) => at === now - 2 * MINUTE);
    expect(newest?.came).toBeCloseTo(load(now - 2 * MINUTE), 1);
    expect(policy?.inside).toBeGreaterThan(0.6);
  });

  it("is empty for a service without one, and 404 for one that is not there", async () => {
    const w = await world();
    const answer = await w.get("/api/v1/autoscaling/orders/forecast");
    expect([answer.status, ((await answer.json()) as Answer).policies]).toEqual([200, []]);
    expect((await w.get("/api/v1/autoscaling/nobody/forecast")).status).toBe(404);
  });
});
