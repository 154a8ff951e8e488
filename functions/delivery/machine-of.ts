import { flinkRollout } from "../../shared/core/delivery/flink/machine.ts";
import { rolloutMachine } from "../../shared/core/delivery/rollout/machine.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { AnyMachine } from "../../shared/shell/replay.ts";

/** The machine that made a record of this noun, by what its subject begins with. */
export async function deliveryMachine({ subject }: Pick<DecisionRecord, "subject">): Promise<AnyMachine> {
  if (subject.startsWith("flag:")) return (await import("./flags-deferred.ts")).flagMachine;
  return subject.startsWith("flink:") ? flinkRollout : rolloutMachine;
}
