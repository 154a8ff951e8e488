import { describe, expect, test } from "vitest";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type {
  RolloutAction,
  RolloutInput,
  RolloutState,
  RolloutStep,
} from "../../shared/core/delivery/rollout/types.ts";
import { playRollout } from "./rollout-play.ts";

/** HEADGATE_SEED=n plays one seed and shows its schedule; HEADGATE_SEEDS=n plays that many (bench/delivery-kill.ts: 2,000). */
const ONE = process.env["HEADGATE_SEED"];
const SEEDS = Number(process.env["HEADGATE_SEEDS"] ?? 20);

describe("a rollout whose workers die anywhere", () => {
  test(ONE
    ? `seed ${ONE}`
    : `${SEEDS} seeds: ends promoted or rolled back, with one version left that has all instances and all traffic`, async () => {
    const luck = new Map<string, number>();
    const phases = new Map<string, number>();
    for (const seed of ONE ? [Number(ONE)] : Array.from({ length: SEEDS }, (_, index) => index + 1)) {
      const played = await playRollout(seed);
      for (const [name, count] of played.luck) luck.set(name, (luck.get(name) ?? 0) + count);
      phases.set(String(played.phase), (phases.get(String(played.phase)) ?? 0) + 1);
      if (played.violations.length === 0) continue;
      const broken = played.violations.map(({ rule, detail }) => `${rule}: ${detail}`).join("\n  ");
      const schedule = ONE ? `\n${JSON.stringify(played.scenario)}\n${played.log.join("\n")}` : "";
      expect.fail(`seed ${seed} (replay it alone with HEADGATE_SEED=${seed}):\n  ${broken}${schedule}`);
    }
    if (ONE) return;
    // A simulation in which nothing goes wrong proves nothing.
    for (const stroke of ["crash before", "crash after", "refused", "answer lost"])
      for (const stage of ["load", "write", "append", "does"])
        expect(luck.get(`${stroke} ${stage}`) ?? 0, `${stroke} ${stage}`).toBeGreaterThan(0);
    for (const phase of ["promoted", "rolled_back"]) expect(phases.get(phase) ?? 0, phase).toBeGreaterThan(SEEDS / 10);
  }, 300_000);
});

type Machine = typeof rolloutMachine;

/** The machine with one fault, as people write it at first. */
const broken = (fault: (step: RolloutStep, input: RolloutInput, before: RolloutState) => RolloutStep): Machine => ({
  ...rolloutMachine,
  step: (config, state, input, now) => fault(rolloutMachine.step(config, state, input, now), input, state),
});

const lied = (lie: (input: RolloutInput, state: RolloutState) => RolloutInput): Machine => ({
  ...rolloutMachine,
  step: (config, state, input, now) => rolloutMachine.step(config, state, lie(input, state), now),
});

const keyed = (action: RolloutAction, key: string): RolloutAction => ({ ...action, key });

const planted: readonly (readonly [string, Machine, string])[] = [
  [
    "takes the old version away while it makes the new one the service",
    broken((step) => {
      const { current } = step.state;
      const adopted = step.actions.find(({ type }) => type === "adopt_version");
      if (!adopted || current?.from === undefined || current.phase !== "retiring") return step;
      const { service, rollout, key } = adopted;
      const gone: RolloutAction = {
        type: "remove_version",
        version: current.from,
        service,
        rollout,
        key: `${key}:gone`,
      };
      return { ...step, actions: [gone, ...step.actions] };
    }),
    "what is the service is never taken away",
  ],
  [
    "believes that shares are in force once it has asked for them",
    lied((input, { current }) =>
      input.kind === "look" && current?.asked ? { ...input, shares: current.asked.shares } : input,
    ),
    "a version that is served is never taken away",
  ],
  [
    "is over as soon as it goes back, and never looks again",
    broken((step, _input, before) => {
      const { current, ...rest } = step.state;
      if (!before.current && step.reason === "cleaning") return { ...step, actions: [], state: before };
      if (current?.phase !== "cleaning") return step;
      const over = { ...current, phase: "rolled_back" as const, endedAt: current.since };
      return { ...step, actions: [], state: { ...rest, ended: [over] } };
    }),
    "no version is left over",
  ],
  [
    "starts the new version before the old one has all the traffic",
    lied((input, { current }) => {
      if (input.kind !== "look" || current?.phase !== "starting" || current.from === undefined) return input;
      return { ...input, shares: { [current.from]: 100 } };
    }),
    "a new version takes traffic by its share only",
  ],
  [
    "takes one key for everything",
    broken((step) => ({ ...step, actions: step.actions.map((action) => keyed(action, `${action.type}:rol_1`)) })),
    "no key stands for two things",
  ],
  [
    "decides from what it asked for",
    lied((input, { current }) => {
      if (input.kind !== "look" || !input.versions || !current?.batch) return input;
      const { version } = current.release;
      const others = input.versions.filter((one) => one.version !== version);
      const { want } = current.batch;
      const ready = { version, desired: want, pending: 0, running: want, ready: want, failures: 0, attempts: 1 };
      return { ...input, versions: current.phase === "cleaning" ? others : [...others, ready] };
    }),
    "never two colours retired",
  ],
];

describe("the simulation catches a machine that", () => {
  test.each(planted)("%s", async (_, machine, rule) => {
    for (let seed = 1; seed <= 120; seed += 1)
      if ((await playRollout(seed, machine)).violations.some((violation) => violation.rule === rule)) return;
    expect.fail("not caught");
  });

  test("one seed is one schedule: played twice it is the same to the letter", async () => {
    for (const seed of [1, 7]) expect((await playRollout(seed)).log).toEqual((await playRollout(seed)).log);
  });
});
