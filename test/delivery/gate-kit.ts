import { gateStart, gateTick } from "../../shared/core/delivery/gate/gate.ts";
import { GATE_DEFAULTS, type GateSettings } from "../../shared/core/delivery/gate/settings.ts";
import type { GateState } from "../../shared/core/delivery/gate/state.ts";
import type { ArmCounts, GateStep, GateTick, HistoryTick } from "../../shared/core/delivery/gate/types.ts";

export const arm = (requests: number, errors: number, slow?: number, p99Ms?: number): ArmCounts => ({
  requests,
  errors,
  ...(slow === undefined ? {} : { slow }),
  ...(p99Ms === undefined ? {} : { p99Ms }),
});

/** Sixty quiet ticks of a baseline with 1 % errors and 1 % slow requests. */
export const QUIET: readonly HistoryTick[] = Array.from({ length: 60 }, (_, at) =>
  arm(1000, [8, 8, 12, 12][at % 4] ?? 0, [11, 9][at % 2] ?? 0),
);

export const tick = (look: number, canary?: ArmCounts, baseline?: ArmCounts): GateTick => ({
  t: look * 30,
  ...(canary === undefined ? {} : { canary }),
  ...(baseline === undefined ? {} : { baseline }),
});

/** All steps of a watch. */
export function watch(
  ticks: readonly GateTick[],
  settings: GateSettings = GATE_DEFAULTS,
  history: readonly HistoryTick[] = QUIET,
): readonly GateStep<GateState>[] {
  let state = gateStart(settings, history);
  return ticks.map((one) => {
    const step = gateTick(settings, state, one);
    state = step.state;
    return step;
  });
}

/** `count` looks of the same counts. */
export const same = (count: number, canary?: ArmCounts, baseline?: ArmCounts): readonly GateTick[] =>
  Array.from({ length: count }, (_, at) => tick(at + 1, canary, baseline));

export const last = (steps: readonly GateStep<GateState>[]): GateStep<GateState> => {
  const step = steps.at(-1);
  if (step === undefined) throw new Error("a watch without ticks");
  return step;
};
