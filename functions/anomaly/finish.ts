import { anomaly } from "../../shared/core/anomaly/machine.ts";
import type { AnomalyInput } from "../../shared/core/anomaly/types.ts";
import { run } from "../../shared/shell/run.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { perform } from "./perform.ts";
import type { ScoreTarget } from "./targets.ts";
import { teachSeries } from "./teach.ts";

/** More than this waits for the next minute; the oldest go first. */
const MOST_DUE = 100;

/**
 * Finishes what was decided and not done: an alert that no receiver took, a worker that died. Nothing else would come back to it
 * before the service's next anomaly. Failing is no harm, the next minute tries again.
 */
export async function finishLeft(
  runtime: Runtime,
  tenant: string,
  configVersion: string,
  targets: readonly ScoreTarget[],
): Promise<number> {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const due = await runtime.store.due(runtime.now(), MOST_DUE);
  let finished = 0;
  for (const { tenant: owner, noun, subject } of due) {
    const target = owner === tenant && noun === anomaly.noun ? byName.get(subject) : undefined;
    if (!target) continue;
    try {
      const result = await run(runtime, {
        machine: anomaly,
        tenant,
        subject,
        mode: target.config.mode,
        config: target.config,
        configVersion,
        trigger: { type: "recovery", detail: "left undone" },
        observe: async (): Promise<AnomalyInput> => ({
          kind: "score",
          service: subject,
          signals: {},
          recent: {},
          context: [],
        }),
        perform: (action) => perform(runtime, tenant, action, (teach) => teachSeries(runtime, tenant, teach)),
      });
      if (result.recovered) finished += 1;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      runtime.telemetry.log("warn", "what was left undone stays so for now", { tenant, service: subject, error: why });
    }
  }
  return finished;
}
