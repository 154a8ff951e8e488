import { afterEach, beforeEach, describe, expect } from "vitest";
import type { Weights, WeightsTarget } from "../../shared/core/ports/weights.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface WeightsHarness {
  readonly weights: Weights;
  /** Names the versions v1 and v2 and serves 100 and 0 of them. */
  readonly target: WeightsTarget;
  readonly unknown: WeightsTarget;
  /** Another hand. */
  readonly external: (weights: { readonly v1: number; readonly v2: number }) => Promise<void>;
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const OLD = { v1: 100, v2: 0 };

/** Everything the Weights port promises, over one adapter. */
export function weightsContract(name: string, make: () => Promise<WeightsHarness>, skips?: Skips): void {
  describe(`Weights: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: WeightsHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());
    const set = (weights: Record<string, number>, expected: Record<string, number> = OLD, key = "set") =>
      harness.weights.set(harness.target, { weights, expected, key });
    const served = async () => (await harness.weights.read(harness.target)).weights;

    guarantee("what is served is read by version", async () => {
      expect(await harness.weights.read(harness.target)).toMatchObject({ weights: OLD, others: 0 });
    });

    guarantee("weights are set absolutely and read back", async () => {
      const weights = { v1: 95, v2: 5 };
      expect(await set(weights)).toMatchObject({ status: "accepted", changed: true, observed: { weights } });
      expect(await served()).toEqual(weights);
    });

    guarantee("the same again changes nothing, also in other parts", async () => {
      await set({ v1: 95, v2: 5 });
      expect(await set({ v1: 95, v2: 5 })).toMatchObject({ status: "accepted", changed: false });
      expect(await set({ v1: 190, v2: 10 })).toMatchObject({ status: "accepted", changed: false });
    });

    guarantee("a version is taken away entirely", async () => {
      await set({ v1: 0, v2: 1 });
      expect(await served()).toMatchObject({ v1: 0 });
      expect((await served())["v2"]).toBeGreaterThan(0);
    });

    guarantee("where another hand was, nothing is done and what it set is told", async () => {
      await harness.external({ v1: 50, v2: 50 });
      const result = await set({ v1: 95, v2: 5 });
      expect(result).toMatchObject({ status: "superseded", observed: { weights: { v1: 50, v2: 50 } } });
      expect(await served()).toEqual({ v1: 50, v2: 50 });
    });

    guarantee("a version without a group, and a weight that is none, are refused", async () => {
      expect(await set({ v1: 50, v9: 50 })).toMatchObject({ status: "refused", why: expect.stringContaining("v9") });
      for (const wrong of [-1, 1000, 0.5, Number.NaN])
        expect(await set({ v1: wrong, v2: 1 })).toMatchObject({ status: "refused" });
      expect(await served()).toEqual(OLD);
    });

    guarantee("a target that is not there cannot be read for good, and refuses", async () => {
      await expect(harness.weights.read(harness.unknown)).rejects.toMatchObject({
        code: "weights.unavailable",
        retryable: false,
      });
      const request = { weights: { v1: 1, v2: 1 }, expected: OLD, key: "set" };
      expect(await harness.weights.set(harness.unknown, request)).toMatchObject({ status: "refused" });
    });

    guarantee("nobody answering is an error that may pass, for reading and for setting", async () => {
      await harness.breakDown();
      const passing = { code: "weights.unavailable", retryable: true };
      await expect(served()).rejects.toMatchObject(passing);
      await expect(set({ v1: 95, v2: 5 })).rejects.toMatchObject(passing);
    });
    done();
  });
}
