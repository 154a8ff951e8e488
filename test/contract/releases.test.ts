import { memoryReleases } from "../../shared/edge/memory-releases.ts";
import { manualClock } from "../fakes/clock.ts";
import { releaseOf } from "../fakes/release.ts";
import { releasesContract } from "./releases.ts";

const SECOND = 1_000;

releasesContract("memory", async () => {
  const clock = manualClock();
  const memory = memoryReleases({ now: clock.now });
  const target = { service: "orders" };
  memory.add("orders", "v1", 2);
  return {
    releases: memory.releases,
    target,
    unknown: { service: "nobody" },
    good: (version) => releaseOf(version),
    bad: (version) => {
      memory.behave("orders", version, "crash");
      return releaseOf(version);
    },
    hopeless: (version) => {
      memory.behave("orders", version, "hopeless");
      return releaseOf(version);
    },
    until: async (wanted, of = target) => {
      for (let tries = 0; tries < 100; tries++) {
        if (wanted(await memory.releases.describe(of))) return;
        clock.advance(5 * SECOND);
      }
      throw new Error(`it never came to be so: ${JSON.stringify(await memory.releases.describe(of))}`);
    },
    breakDown: async () => memory.unreachable(true),
    close: async () => undefined,
  };
});
