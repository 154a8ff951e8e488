import fc from "fast-check";
import * as v from "valibot";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type { RolloutConfig, RolloutInput, RolloutLook } from "../../shared/core/delivery/rollout/types.ts";
import { ServiceDelivery } from "../../shared/core/delivery/section.ts";
import { releaseOf } from "../delivery/rollout-kit.ts";
import { machineLaws } from "./machine.ts";

const config: fc.Arbitrary<RolloutConfig> = fc
  .record({
    strategy: fc.constantFrom("canary" as const, "blue-green" as const, "rolling" as const, "all-at-once" as const),
    mode: fc.constantFrom("act" as const, "act" as const, "act" as const, "recommend" as const),
    steps: fc.constantFrom(
      [5, 100],
      [20, 50],
      [
        { percent: 25, approval: true },
        { percent: 100, for: "1m" },
      ],
    ),
    gate: fc.constantFrom("off" as const, "threshold" as const, {
      rule: "sequential" as const,
      history: 10,
      insufficient: "pause" as const,
    }),
    approval: fc.boolean(),
    hooks: fc.constantFrom({}, { smoke: "http://hooks.test/a", beforeStep: "http://hooks.test/b" }),
  })
  .map((delivery) => ({
    service: "orders",
    delivery: v.parse(ServiceDelivery, { first: "1m", step: "1m", bake: "1m", ...delivery }),
  }));

const version = (name: string) =>
  fc
    .record({
      desired: fc.integer({ min: 0, max: 4 }),
      ready: fc.integer({ min: 0, max: 4 }),
      failures: fc.integer({ min: 0, max: 3 }),
    })
    .map((one) => ({ version: name, pending: 0, running: one.ready, attempts: 3, ...one }));
const arm = fc
  .record({
    requests: fc.integer({ min: 0, max: 2_000 }),
    errors: fc.integer({ min: 0, max: 60 }),
    slow: fc.integer({ min: 0, max: 60 }),
  })
  .map((one) => ({ ...one, p99Ms: 100 + one.slow }));

const look: fc.Arbitrary<(config: RolloutConfig, at: number) => RolloutLook> = fc
  .record({
    v1: fc.option(version("v1"), { nil: undefined }),
    v2: fc.option(version("v2"), { nil: undefined }),
    unread: fc.boolean(),
    divides: fc.boolean(),
    stable: fc.constantFrom("v1", "v1", "v2", undefined),
    share: fc.constantFrom(undefined, 0, 5, 20, 25, 50, 100),
    arms: fc.array(fc.tuple(fc.option(arm, { nil: undefined }), fc.option(arm, { nil: undefined })), { maxLength: 3 }),
    history: fc.option(fc.array(arm, { maxLength: 6 }), { nil: undefined }),
    alerts: fc.constantFrom(undefined, [], ["Down"]),
  })
  .map(({ v1, v2, unread, divides, stable, share, arms, history, alerts }) => ({ delivery: { every } }, at) => {
    const to = Math.floor(at / every) * every;
    const counts = arms.map(([canary, baseline], index) => ({
      from: to - (arms.length - index) * every,
      to: to - (arms.length - index - 1) * every,
      ...(canary ? { canary } : {}),
      ...(baseline ? { baseline } : {}),
    }));
    return {
      kind: "look",
      divides,
      counts,
      ...(unread ? {} : { versions: [v1, v2].filter((one) => one !== undefined) }),
      ...(stable === undefined ? {} : { stable }),
      ...(share === undefined ? {} : { shares: { v1: 100 - share, v2: share } }),
      ...(history ? { history, slowMs: 250 } : {}),
      ...(alerts ? { alerts } : {}),
    };
  });

const who = { by: "ada", why: "" } as const;
const input: fc.Arbitrary<(config: RolloutConfig, at: number) => RolloutInput> = fc.oneof(
  { weight: 6, arbitrary: look },
  {
    weight: 3,
    arbitrary: look.map(
      (seen) =>
        (drawn: RolloutConfig, at: number): RolloutInput => ({
          kind: "start",
          id: `rol_${at}`,
          release: releaseOf("v2"),
          look: seen(drawn, at),
          ...who,
        }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          "pause" as const,
          "resume" as const,
          "promote" as const,
          "skip" as const,
          "approve" as const,
          "abort" as const,
        ),
        look,
      )
      .map(
        ([command, seen]) =>
          (drawn: RolloutConfig, at: number): RolloutInput => ({
            kind: "command",
            command,
            look: seen(drawn, at),
            ...who,
          }),
      ),
  },
);

machineLaws("delivery, rollouts", rolloutMachine, { config, input, maxPauseMs: 120_000, runs: 50 });
