import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CheckConfig, type CheckInput, checkMachine } from "../../shared/core/traffic/checks/machine.ts";
import type { CheckState } from "../../shared/core/traffic/types.ts";
import {
  servedAsWanted,
  type VersionsConfig,
  type VersionsInput,
  type VersionsState,
  versionsMachine,
} from "../../shared/core/traffic/versions/machine.ts";
import { machineLaws } from "../contract/machine.ts";

const check = (at: number): fc.Arbitrary<CheckState> =>
  fc.record({
    healthy: fc.boolean(),
    failures: fc.nat(3),
    successes: fc.nat(2),
    checkedAt: fc.constant(at),
    since: fc.constant(at),
    detail: fc.constantFrom("it answered 503", "it answered 200"),
  });

machineLaws("checks", checkMachine, {
  config: fc.record({
    kind: fc.constant("check" as const),
    service: fc.constant("orders"),
    backend: fc.constantFrom("a:80", "b"),
    health: fc.constant({ every: 30_000, timeout: 5_000, unhealthy: 3, healthy: 2 }),
  }) as fc.Arbitrary<CheckConfig>,
  input: fc.tuple(fc.option(check(1), { nil: undefined }), fc.option(check(2), { nil: undefined })).map(
    ([before, after]) =>
      (): CheckInput => ({
        kind: "check",
        ...(before ? { before } : {}),
        ...(after ? { after } : {}),
      }),
  ),
  runs: 25,
});

const shares = fc.dictionary(fc.constantFrom("v1", "v2", "v3"), fc.integer({ min: 0, max: 100 }));
machineLaws("versions", versionsMachine, {
  config: fc.oneof(
    fc.constant({ kind: "versions", service: "orders" } as VersionsConfig),
    fc.constant({ kind: "versions", service: "orders", versions: { v1: 90, v2: 10 } } as VersionsConfig),
  ),
  input: fc
    .oneof(
      shares.map((given): VersionsInput => ({ kind: "versions_want", shares: given, by: "ada", why: "canary" })),
      fc.constant<VersionsInput>({ kind: "versions_release", by: "ada", why: "over" }),
      shares.map((requests): VersionsInput => ({ kind: "versions_look", requests, windowMs: 60_000 })),
    )
    .map((input) => () => input),
  runs: 25,
});

describe("shares of versions are verified by what was served", () => {
  const config: VersionsConfig = { kind: "versions", service: "orders", versions: { v1: 100 } };
  const asked: VersionsState = { v: 1, asked: { shares: { v1: 95, v2: 5 }, by: "ada", why: "canary", at: 0 } };
  const look = (requests: Readonly<Record<string, number>>, now = 60_000) =>
    versionsMachine.step(config, asked, { kind: "versions_look", requests, windowMs: 60_000 }, now);

  it.each([
    ["as asked for", { v1: 950, v2: 50 }, "versions_verified"],
    ["as far off as chance may be", { v1: 975, v2: 25 }, "versions_verified"],
    ["farther off than chance", { v1: 800, v2: 200 }, "held_other_shares"],
    ["nothing of the new version", { v1: 1_000 }, "held_other_shares"],
    ["too few to tell", { v1: 199 }, "held_no_requests"],
    ["enough to tell", { v1: 200 }, "held_other_shares"],
    ["also by a version that nobody asked for", { v1: 940, v2: 50, v3: 60 }, "held_other_shares"],
  ])("%s: %j ends in %s", (_, requests, reason) => {
    expect(look(requests).reason).toBe(reason);
  });

  it("only once all that was seen was sent after they were set, and once", () => {
    expect(look({ v1: 950, v2: 50 }, 59_999).reason).toBe("held_no_requests");
    const { state } = look({ v1: 950, v2: 50 });
    const again = versionsMachine.step(
      config,
      state,
      { kind: "versions_look", requests: { v1: 950, v2: 50 }, windowMs: 1 },
      70_000,
    );
    expect([again.reason, again.state]).toEqual(["held_in_force", state]);
  });

  it("parts are as good as percent", () => {
    expect(servedAsWanted({ v1: 19, v2: 1 }, { v1: 950, v2: 50 })).toBe(true);
    expect(servedAsWanted({ v1: 1, v2: 1 }, { v1: 950, v2: 50 })).toBe(false);
  });
});
