import { describe, expect, it } from "vitest";
import { fairLanes } from "../../functions/alerting/lanes.ts";

/** Work that ends when it is told to. */
function works() {
  const running = new Map<string, () => void>();
  const start = (name: string) => () =>
    new Promise<string>((resolve) => {
      running.set(name, () => {
        running.delete(name);
        resolve(name);
      });
    });
  return { running, start, names: () => [...running.keys()].sort() };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("lanes", () => {
  it("hold no lane up by one that is full, and let waiting ones go on in order", async () => {
    const { running, start, names } = works();
    const lanes = fairLanes(2, 10);
    const done = [..."abcd"].map((name) => lanes.run("slow", start(`slow ${name}`)));
    const other = lanes.run("quick", start("quick"));
    expect(names()).toEqual(["quick", "slow a", "slow b"]);
    running.get("quick")?.();
    await other;
    running.get("slow a")?.();
    await settled();
    expect(names()).toEqual(["slow b", "slow c"]);
    for (let round = 0; round < 3; round += 1) {
      for (const end of running.values()) end();
      await settled();
    }
    expect(await Promise.all(done)).toEqual(["slow a", "slow b", "slow c", "slow d"]);
  });

  it("take turns where the total is reached, and tell who has waited", async () => {
    const { running, start, names } = works();
    const lanes = fairLanes(5, 2);
    const waited: boolean[] = [];
    const run = (lane: string, name: string) =>
      lanes.run(lane, (had) => {
        waited.push(had);
        return start(name)();
      });
    void run("a", "a1");
    void run("a", "a2");
    void run("a", "a3");
    void run("a", "a4");
    void run("b", "b1");
    for (let ended = 0; ended < 3; ended += 1) {
      running.get(names()[0] as string)?.();
      await settled();
    }
    // b1 was asked for last, and still is not the last to be served.
    expect(names()).toContain("b1");
    expect(waited).toEqual([false, false, true, true, true]);
  });

  it("go on after a failure", async () => {
    const lanes = fairLanes(1, 1);
    const failed = lanes.run("a", async () => {
      throw new Error("no");
    });
    const next = lanes.run("a", async () => "yes");
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("yes");
  });
});
