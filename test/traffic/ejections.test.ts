import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { explainOf, sentenceOf } from "../../functions/decisions/words.ts";
import { machines } from "../../functions/machines.ts";
import { recordVerdict, verdictJournal } from "../../functions/traffic/ejections.ts";
import { randomOf } from "../../shared/core/traffic/balance/random.ts";
import { outlierResult } from "../../shared/core/traffic/outlier/result.ts";
import { outlierDetector } from "../../shared/core/traffic/outlier/state.ts";
import { outlierSweep } from "../../shared/core/traffic/outlier/sweep.ts";
import { type OutlierConfig, ServiceTraffic } from "../../shared/core/traffic/section.ts";
import { replayWith } from "../../shared/shell/replay.ts";
import { registryWorld } from "./registry-kit.ts";

const outlierOf = (given: object): OutlierConfig => {
  const { outlier } = v.parse(ServiceTraffic, { outlier: given });
  if (outlier === "off") throw new Error("must be on");
  return outlier;
};

const T0 = Date.UTC(2026, 0, 5);

describe("what passive detection decides", () => {
  test("each ejection, each finding that did not eject and each return is a record that replays and can be told", async () => {
    const { runtime } = await registryWorld();
    const outlier = outlierOf({ ejectionJitter: "7s" });
    const ids = ["a:1", "b:1", "c:1"];
    const outliers = outlierDetector(outlier, ids, randomOf(7), T0);
    const verdicts = [];
    for (let call = 0; call < 5; call += 1) verdicts.push(outlierResult(outliers, 0, "5xx", T0 + call));
    for (let call = 0; call < 5; call += 1) verdicts.push(outlierResult(outliers, 1, "5xx", T0 + 100 + call));
    verdicts.push(...outlierSweep(outliers, T0 + 60_000));
    const of = { tenant: "default", service: "orders", outlier, configVersion: "cfg_1" };
    for (const verdict of verdicts) if (verdict) await recordVerdict(runtime, of, verdict);
    const { items } = await runtime.journal.list({ tenant: "default", noun: "traffic" });
    expect(items.map(({ reason, subject }) => `${subject} ${reason}`).reverse()).toEqual([
      "ejection:orders/a:1 passively_ejected",
      "ejection:orders/b:1 held_ejected_share",
      "ejection:orders/a:1 passively_returned",
    ]);
    expect(items.map(sentenceOf).reverse()).toEqual([
      "orders/a:1 is ejected: 5 errors (5xx) in a row",
      "orders/b:1 stays, too many are ejected already: 5 errors (5xx) in a row",
      "orders/a:1 is back: its ejection is over",
    ]);
    expect(items.flatMap(explainOf)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^chosen by ejection-time: it gets no requests for 3\d.*, as it is out for the 1st time in a row$/,
        ),
        "vetoed by overflow: 1 of 3 are ejected already, at most 10 % may be",
      ]),
    );
    for (const record of items) {
      expect(await replayWith(machines, record)).toEqual({ same: true });
      expect(explainOf(record).join("\n")).toContain(`reason: ${record.reason}`);
    }
  });

  test("a host that is found again and again while too many are out is written down once an interval", async () => {
    const { runtime } = await registryWorld();
    const outlier = outlierOf({});
    const outliers = outlierDetector(outlier, ["a:1", "b:1"], randomOf(7), T0);
    const write = verdictJournal(
      runtime,
      () => ({ tenant: "default", service: "orders", outlier, configVersion: "cfg_1" }),
      (error) => {
        throw error;
      },
    );
    for (let call = 0; call < 15_000; call += 1)
      for (const host of [0, 1]) {
        const verdict = outlierResult(outliers, host, "5xx", T0 + call);
        if (verdict) write(verdict);
      }
    await new Promise(setImmediate);
    const { items } = await runtime.journal.list({ tenant: "default", noun: "traffic" });
    expect(items.map(({ reason, subject }) => `${subject} ${reason}`).sort()).toEqual([
      "ejection:orders/a:1 passively_ejected",
      "ejection:orders/b:1 held_ejected_share",
      "ejection:orders/b:1 held_ejected_share",
    ]);
  });
});
