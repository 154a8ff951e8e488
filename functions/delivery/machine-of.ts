import { flinkRollout } from "../../shared/core/delivery/flink/machine.ts";
import { ecsHookMachine } from "../../shared/core/delivery/hooks/ecs-hook.ts";
import { gateRunMachine } from "../../shared/core/delivery/hooks/gate-run.ts";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { AnyMachine } from "../../shared/shell/replay.ts";

/** The machine that made a record of this noun, by what its subject begins with. */
export async function deliveryMachine({ subject }: Pick<DecisionRecord, "subject">): Promise<AnyMachine> {
  if (subject.startsWith("flag:")) return (await import("./flags-deferred.ts")).flagMachine;
  if (subject.startsWith("gate:")) return gateRunMachine;
  if (subject.startsWith("hook:")) return ecsHookMachine;
  return subject.startsWith("flink:") ? flinkRollout : rolloutMachine;
}
