import type { ContextFact } from "../../shared/core/anomaly/types.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import { MINUTE_MS, type Millis } from "../../shared/core/kernel/time.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { ScoreTarget } from "./targets.ts";

const MOST_FACTS = 10;

/**
 * What is known to have been done to a service around an instant: its scalings from the journal, and whether its fleet is replacing
 * instances right now. Only asked when something opens. Context is a help, so what cannot be read is left out.
 */
export async function contextOf(
  runtime: Runtime,
  tenant: string,
  target: ScoreTarget,
  at: Millis,
): Promise<readonly ContextFact[]> {
  const facts = await Promise.all([scalings(runtime, tenant, target, at), deploys(runtime, target, at)]);
  return facts.flat().sort((a, b) => a.at - b.at);
}

async function scalings(
  runtime: Runtime,
  tenant: string,
  { name, config }: ScoreTarget,
  at: Millis,
): Promise<readonly ContextFact[]> {
  const query = { tenant, noun: "autoscaling", subject: name, acted: true, limit: MOST_FACTS };
  try {
    const { items } = await runtime.journal.list({ ...query, from: at - config.context, to: at + MINUTE_MS });
    return items.flatMap(scaling);
  } catch (error) {
    unread(runtime, name, "decisions", error);
    return [];
  }
}

function scaling(record: DecisionRecord): readonly ContextFact[] {
  const action = record.actions.find((one) => one.type === "scale") as
    | { readonly desired?: number; readonly expected?: number; readonly direction?: string }
    | undefined;
  if (!action) return [];
  const { desired, expected, direction } = action;
  return [{ at: record.at, kind: "scaling", text: `scaled ${direction ?? "over"} from ${expected} to ${desired}` }];
}

/** A deployment is only seen while it goes on; afterwards, that no instance is older than the anomaly's window tells of it. */
async function deploys(
  runtime: Runtime,
  { name, ref, config }: ScoreTarget,
  at: Millis,
): Promise<readonly ContextFact[]> {
  try {
    const status = (await runtime.fleet.describe([ref])).get(name);
    if (!status) return [];
    if (status.deploying) return [{ at: Math.min(status.at, at), kind: "deploy", text: "a deployment was going on" }];
    const starts = status.instances.flatMap((one) => (one.startedAt === undefined ? [] : [one.startedAt]));
    const oldest = starts.length > 0 && starts.length === status.instances.length ? Math.min(...starts) : undefined;
    if (oldest === undefined || oldest > at || at - oldest > config.context) return [];
    return [{ at: oldest, kind: "deploy", text: "all instances had been replaced" }];
  } catch (error) {
    unread(runtime, name, "fleet", error);
    return [];
  }
}

function unread(runtime: Runtime, service: string, what: string, error: unknown): void {
  const why = error instanceof Error ? error.message : String(error);
  runtime.telemetry.log("warn", "an anomaly is told without this context", { service, what, error: why });
}
