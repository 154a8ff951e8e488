import { onTestFinished } from "vitest";
import { localSamples } from "../../local/local-samples.ts";
import { openSampleStore } from "../../local/sample-store.ts";
import { localTimers } from "../../local/timers.ts";
import type { Wake } from "../../shared/core/ports/timers.ts";
import { fleetContract } from "../contract/fleet.ts";
import { samplesContract } from "../contract/samples.ts";
import { timersContract } from "../contract/timers.ts";
import { manualClock } from "../fakes/clock.ts";
import { releaseOf } from "../fakes/release.ts";
import { fleetIn, spec, statusOf, tempDir, until } from "./world.ts";

fleetContract("local processes", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { name: "orders", initial: 2 }), spec("ok", { name: "carts", initial: 2 })]);
  const settled = async () => {
    for (const name of ["orders", "carts"])
      await until(
        fleet,
        (status) =>
          status.ready === status.desired && status.instances.length === status.desired && status.pending === 0,
        name,
      );
  };
  await settled();
  const target = { service: "orders" };
  return {
    fleet,
    service: { name: "orders" },
    other: { name: "carts" },
    unknown: { name: "nobody" },
    settle: async () => {
      await fleet.releases.remove(target, { version: "v2", key: "over" });
      await until(fleet, (status) => !status.deploying, "orders");
      await settled();
    },
    startDeployment: async () => {
      await fleet.releases.ensure(target, { release: releaseOf("v2"), count: 1, key: "deploy" });
    },
    external: async (desired) => {
      const expected = (await statusOf(fleet, "orders")).desired;
      await fleet.setDesired({ name: "orders" }, { desired, expected, key: "another-hand" });
    },
    breakDown: () => fleet.stop(),
    close: () => fleet.stop(),
  };
});

timersContract("in this process", async () => {
  const clock = manualClock();
  const delivered: Wake[] = [];
  let waiting: { readonly at: number; readonly fn: () => void }[] = [];
  const at = (instant: number, fn: () => void) => {
    const one = { at: instant, fn };
    waiting.push(one);
    return () => {
      waiting = waiting.filter((other) => other !== one);
    };
  };
  const timers = localTimers({ at }, (wake) => delivered.push(wake));
  return {
    timers,
    now: clock.now,
    advance: async (ms) => {
      const now = clock.advance(ms);
      const due = waiting.filter((one) => one.at <= now);
      waiting = waiting.filter((one) => one.at > now);
      for (const one of due) one.fn();
    },
    delivered: async () => delivered.splice(0),
    breakDown: async () => timers.close(),
    close: async () => timers.close(),
  };
});

samplesContract(
  "local measurements",
  async () => {
    const now = manualClock().now();
    const store = openSampleStore(tempDir(), 60_000, 86_400_000);
    let open = true;
    const close = async () => {
      if (open) store.close();
      open = false;
    };
    onTestFinished(close);
    // Measured up to now: later periods are not whole yet.
    store.record(now - 1, now, []);
    return {
      samples: localSamples(store),
      service: { name: "orders" },
      other: { name: "carts" },
      now,
      put: async (service, metric, at, value) => store.record(at, at + 1, [{ service: service.name, metric, value }]),
      breakDown: close,
      close,
    };
  },
  {
    "one query that fails hides no other, and has no points":
      "one file holds them all: they are read together or not at all",
  },
);
