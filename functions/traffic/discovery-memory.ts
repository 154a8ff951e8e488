import * as v from "valibot";
import type { Json } from "../../shared/core/kernel/json.ts";
import { sameJson } from "../../shared/core/kernel/json.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

/** What is out of the ordinary with a service's source, since when. A quiet one has no item at all. */
export const DISCOVERY_NOUN = "traffic-discovery";

const Since = v.object({ since: v.number() });
const Memory = v.object({
  v: v.literal(1),
  failing: v.optional(v.object({ since: v.number(), why: v.string() })),
  empty: v.optional(Since),
  panic: v.optional(Since),
});

export type DiscoveryMemory = Omit<v.InferOutput<typeof Memory>, "v">;

export interface Remembered {
  /** 0: there is no item. */
  readonly version: number;
  readonly state: DiscoveryMemory;
}

/** @throws HeadgateError of the store */
export async function readMemory(runtime: Runtime, tenant: string, service: string): Promise<Remembered> {
  const stored = await runtime.store.load({ tenant, noun: DISCOVERY_NOUN, subject: service });
  const parsed = stored && v.safeParse(Memory, stored.state);
  const { v: _, ...state } = parsed?.success ? parsed.output : { v: 1 };
  return { version: stored?.version ?? 0, state };
}

/** Writes where something began or ended, and says so once. Losing against another worker is no harm: it saw the same. */
export async function remember(
  runtime: Runtime,
  tenant: string,
  service: string,
  before: Remembered,
  next: DiscoveryMemory,
): Promise<void> {
  if (sameJson(before.state as Json, next as Json)) return;
  const key = { tenant, noun: DISCOVERY_NOUN, subject: service };
  const said = { tenant, service };
  if (next.failing && !before.state.failing)
    runtime.telemetry.log("error", "backends could not be discovered; those that are known stay", {
      ...said,
      error: next.failing.why,
    });
  if (!next.failing && before.state.failing) runtime.telemetry.log("info", "backends are discovered again", said);
  if (next.empty && !before.state.empty)
    runtime.telemetry.log("warn", "no backends are listed any more; it counts the second time", said);
  if (next.panic && !before.state.panic)
    runtime.telemetry.log("warn", "no backend is healthy by the source's own checks; all are kept", said);
  if (Object.keys(next).length === 0) await runtime.store.remove(key, before.version);
  else await runtime.store.write(key, before.version, { state: { v: 1, ...next } as Json });
}
