import { describe, expect, it } from "vitest";
import { evaluateServices } from "../../functions/autoscaling/evaluate.ts";
import { hold, type Learnt, loadLearnt, MOST_HELD, objectKey } from "../../functions/autoscaling/forecast-store.ts";
import { observeReadings } from "../../functions/autoscaling/observe.ts";
import { HOUR_MS } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { MINUTE } from "../api/kit.ts";
import { given, KEY, OBJECT, tenant } from "./forecast-kit.ts";

type World = Awaited<ReturnType<typeof given>>;

/** Starts take 90 s, so that two minutes and the running one lie between a look and what it can change. */
const LEAD = 3;

/** One look each minute; how late the metric comes, by minute. Answers each look's horizon less the lead: how late it is taken to be. */
async function looks(w: World, minutes: number, late: (minute: number) => number, by?: Runtime): Promise<number[]> {
  const taken: number[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    w.late(late(minute));
    const forecast = await w.forecast(by);
    if (forecast) taken.push((forecast.at - forecast.knownAt) / MINUTE - LEAD);
    w.clock.advance(MINUTE);
  }
  return taken;
}

const only = (taken: readonly number[]) => [...new Set(taken)];

describe("how late a metric is taken to be", () => {
  it("is not what ten minutes without it say", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    const taken = await looks(w, 150, (minute) => (minute >= 70 && minute < 80 ? minute - 68 : 1));
    expect(only(taken)).toEqual([1]);
  });

  it("is what an outage says only for as long as nothing else was seen", async () => {
    const w = await given({ since: 2 * HOUR_MS, late: 8 });
    const taken = await looks(w, 70, (minute) => (minute < 3 ? 8 : 1));
    expect([only(taken.slice(0, 60)), only(taken.slice(60))]).toEqual([[8], [1]]);
  });

  it("is what most looks of an hour say where the metric does come later, and for a day after", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    const taken = await looks(w, 190, (minute) => (minute < 60 || minute > 120 ? 1 : 3));
    expect([only(taken.slice(0, 120)), only(taken.slice(121))]).toEqual([[1], [3]]);
  });

  it("is not changed by an hour of few looks, all of them in an outage", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    await looks(w, 61, () => 1);
    w.clock.advance(50 * MINUTE);
    expect(only(await looks(w, 6, () => 9))).toEqual([1]);
    w.clock.advance(10 * MINUTE);
    expect(only(await looks(w, 70, () => 1))).toEqual([1]);
  });

  it("is known to the next process from the hours that were kept, also from those kept with each hour's longest", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    await looks(w, 61, () => 1);
    const json = JSON.parse(new TextDecoder().decode(await w.runtime.objects.get(OBJECT)));
    expect(json.delays).toEqual([1]);
    await w.runtime.objects.put(OBJECT, JSON.stringify({ ...json, delays: [0, 4, 1, 0] }));
    const taken = await looks(w, 62, () => 1, w.other());
    expect([taken[0], taken.at(-1)]).toEqual([1, 4]);
  });
});

describe("minutes that were read for the decision", () => {
  it("are not asked for again, and those that are missing there are", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    await w.forecast();
    const next = async () => {
      w.clock.advance(MINUTE);
      const readings = (await observeReadings(w.runtime, [w.target])).get("orders");
      w.asked.length = 0;
      return readings;
    };
    const forecast = await w.forecast(w.runtime, await next());
    expect([forecast?.knownAt, w.asked]).toEqual([w.clock.now() - 2 * MINUTE, []]);
    w.clock.advance(5 * MINUTE);
    const later = await w.forecast(w.runtime, await next());
    expect([later?.knownAt, w.asked.length]).toEqual([w.clock.now() - 2 * MINUTE, 1]);
    const { requests } = (await next()) ?? {};
    if (!requests) throw new Error("nothing was read");
    await w.forecast(w.runtime, { requests: { ...requests, periodMs: 5 * MINUTE } });
    expect(w.asked, "not a minute each").toHaveLength(1);
  });

  it("leave one question about arrivals to a look", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    w.fleet.add("orders", 20);
    const look = () => evaluateServices(w.runtime, { tenant, trigger: { type: "api", detail: "test" } });
    await look();
    w.clock.advance(MINUTE);
    w.asked.length = 0;
    await look();
    expect(w.asked.filter(({ metric }) => metric === "requests")).toHaveLength(1);
  });
});

describe("forecasters in a process", () => {
  it("stay while they are in use, and make room for others once they are not", async () => {
    const w = await given({ since: 2 * HOUR_MS });
    await w.forecast();
    const learnt = (await loadLearnt(w.runtime, KEY)) as Learnt;
    const keyOf = (index: number) => ({ ...KEY, service: `s${index}` });
    const read: string[] = [];
    const { objects } = w.runtime;
    const runtime: Runtime = {
      ...w.runtime,
      objects: { ...objects, get: async (key) => void read.push(key) as undefined },
    };
    const round = async (all: number) => {
      for (let index = 0; index < all; index += 1) {
        const mine = await loadLearnt(runtime, keyOf(index));
        if (!mine) hold(runtime, keyOf(index), learnt);
      }
      return read.splice(0).length;
    };
    expect([await round(MOST_HELD), await round(MOST_HELD)]).toEqual([MOST_HELD, 0]);
    // More than there is room for: only what is beyond it is read again.
    expect([await round(MOST_HELD + 3), await round(MOST_HELD + 3)]).toEqual([3, 3]);
    w.clock.advance(20 * MINUTE);
    hold(runtime, keyOf(MOST_HELD), learnt);
    expect(await loadLearnt(runtime, keyOf(MOST_HELD))).toBe(learnt);
    expect(await loadLearnt(runtime, keyOf(0))).toBeUndefined();
    expect(read).toEqual([objectKey(keyOf(0))]);
  });
});
