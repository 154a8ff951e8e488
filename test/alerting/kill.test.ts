import { describe, expect, it } from "vitest";
import { killed } from "./kill-play.ts";

const SEEDS = Number(process.env["HEADGATE_KILL_SEEDS"] ?? 100);

describe("killed at any call", () => {
  it(`loses nothing that was accepted, and gives one notification one key (${SEEDS} seeds)`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { lost, twoKeys } = await killed(seed);
      expect({ seed, lost, twoKeys }).toEqual({ seed, lost: [], twoKeys: [] });
    }
  });

  it("was really killed between sending and noting it: some notifications came twice, under one key", async () => {
    const deaths = await Promise.all(Array.from({ length: 20 }, (_, index) => killed(index + 1)));
    expect(deaths.some(({ sent, keys }) => sent > keys)).toBe(true);
  });
});
