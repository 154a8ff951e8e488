import { expect, onTestFinished, test } from "vitest";
import { type OwnTargetsOptions, ownTargets } from "../../local/monitoring/own-targets.ts";
import type { Backend } from "../../local/process-group-types.ts";
import type { ScrapeJob } from "../../shared/core/monitoring/settings.ts";
import type { FleetStatus } from "../../shared/core/ports/fleet.ts";
import { eventually, spec } from "./world.ts";

/** Instances have been there since 42; a quarter of a second until they are asked and one until they have answered, at 600 times the speed. */
const KNOWN = 42 + 1_250 * 600;

const job = (name: string) => ({ name }) as unknown as ScrapeJob;

/** Services as they are said to be. */
function world(names: readonly string[], more: Partial<OwnTargetsOptions> = {}) {
  const backends = new Map<string, readonly Backend[]>();
  const status = new Map<string, Partial<FleetStatus>>(names.map((name) => [name, { desired: 1, ready: 0 }]));
  const listeners = new Set<(service: string) => void>();
  let looks = 0;
  const targets = ownTargets({
    services: names.map((name) => spec("ok", { name, metrics: "/metrics" })),
    fleet: {
      backends: (name) => backends.get(name) ?? [],
      describe: async () => new Map([...status].map(([name, one]) => [name, one as FleetStatus])),
      onChange: (listener) => {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    },
    now: () => 42,
    speed: 600,
    job,
    onChange: () => void looks++,
    ...more,
  });
  onTestFinished(() => targets.close());
  return {
    targets,
    looks: () => looks,
    listeners,
    set: (name: string, ports: readonly (readonly [string, number])[], more_: Partial<FleetStatus> = {}) => {
      backends.set(
        name,
        ports.map(([id, port]) => ({ id, port, pid: undefined })),
      );
      status.set(name, { desired: Math.max(1, ports.length), ready: ports.length, ...more_ });
      for (const listener of listeners) listener(name);
    },
  };
}
const shown = ({ targets }: ReturnType<typeof world>) =>
  targets.given().map(({ address, labels }) => `${labels["instance"]} ${address}`);

test("an instance is known by its name, not by the port it happens to have: alerts survive a restart", async () => {
  const first = world(["kafka"]);
  first.set("kafka", [["kafka-1", 40_001]]);
  const second = world(["kafka"]);
  second.set("kafka", [["kafka-1", 51_234]]);
  expect(shown(first)).toEqual(["kafka-1 127.0.0.1:40001"]);
  expect(second.targets.given().map(({ labels }) => labels)).toEqual(first.targets.given().map(({ labels }) => labels));
});

test("silence means nothing until every instance that should be there is", async () => {
  const one = world(["kafka", "flink"]);
  one.set("kafka", [["kafka-1", 1]]);
  expect(await eventually(() => one.looks() > 2, 2_000)).toBe(true);
  expect(one.targets.completeSince()).toBeUndefined();
  one.set("flink", [["flink-1", 2]]);
  expect(await eventually(() => one.targets.completeSince() === KNOWN, 2_000)).toBe(true);
});

test.each([
  ["a service that cannot be started", { desired: 1, ready: 0, trouble: "no such command" }, 60_000],
  ["one that takes longer than a start may", { desired: 1, ready: 0 }, 0],
])("%s keeps no rules waiting", async (_, status, startedWithinMs) => {
  const one = world(["kafka"], { startedWithinMs });
  one.set("kafka", [], status);
  expect(await eventually(() => one.targets.completeSince() !== undefined, 2_000)).toBe(true);
});

test("without services everything is known at once", async () => {
  const one = world([]);
  expect(await eventually(() => one.targets.completeSince() === KNOWN, 2_000)).toBe(true);
});

test("a service whose last instance died is asked on where it was, so that up is 0; one that is wanted no more is not", async () => {
  const one = world(["kafka"]);
  one.set("kafka", [["kafka-1", 1]]);
  expect(shown(one)).toEqual(["kafka-1 127.0.0.1:1"]);
  one.set("kafka", [], { desired: 1, ready: 0 });
  expect(shown(one)).toEqual(["kafka-1 127.0.0.1:1"]);
  one.set("kafka", [["kafka-2", 2]]);
  expect(shown(one)).toEqual(["kafka-2 127.0.0.1:2"]);
  one.set("kafka", [], { desired: 0, ready: 0 });
  expect(await eventually(() => shown(one).length === 0, 2_000)).toBe(true);
});

test("targets are looked for when instances come and go, and no more after the end", async () => {
  const one = world(["kafka"]);
  one.set("kafka", [["kafka-1", 1]]);
  const before = one.looks();
  expect(await eventually(() => one.looks() > before, 2_000)).toBe(true);
  one.targets.close();
  expect(one.listeners.size).toBe(0);
});
