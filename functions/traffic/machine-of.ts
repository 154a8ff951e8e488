import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { circuitMachine } from "../../shared/core/traffic/breaker/machine.ts";
import { byHandMachine } from "../../shared/core/traffic/by-hand.ts";
import { checkMachine } from "../../shared/core/traffic/checks/machine.ts";
import { ejectionMachine } from "../../shared/core/traffic/outlier/machine.ts";
import { versionsMachine } from "../../shared/core/traffic/versions/machine.ts";
import { trafficWeights } from "../../shared/core/traffic/weights/machine.ts";
import type { AnyMachine } from "../../shared/shell/replay.ts";

/** Machines of the noun, by what their subjects begin with. */
const MACHINES: Readonly<Record<string, AnyMachine>> = {
  backends: byHandMachine,
  circuit: circuitMachine,
  check: checkMachine,
  ejection: ejectionMachine,
  versions: versionsMachine,
  weights: trafficWeights,
};

/** The machine that made a record of this noun. */
export function trafficMachine({ subject }: Pick<DecisionRecord, "subject">): AnyMachine {
  const kind = subject.slice(0, subject.indexOf(":"));
  return Object.hasOwn(MACHINES, kind) ? (MACHINES[kind] ?? circuitMachine) : circuitMachine;
}
