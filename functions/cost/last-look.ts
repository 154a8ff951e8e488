import type { LastLook } from "../../shared/core/cost/observe/look.ts";
import type { UsageHour } from "../../shared/core/cost/usage.ts";
import type { UsageWork } from "./usage-history.ts";
import { lookKey, seenPrefix, usageKey } from "./usage-keys.ts";

const decoder = new TextDecoder();
const JSON_TYPE = { contentType: "application/json" } as const;

/** What the observer saw last; undefined where it never looked, or what it wrote is of another form: it then begins anew and claims nothing for before. */
export async function loadLook<Look extends { readonly v: number; readonly at: number } = LastLook>(
  { runtime, tenant }: UsageWork,
  cluster: string,
): Promise<Look | undefined> {
  const bytes = await runtime.objects.get(lookKey(tenant, cluster));
  if (!bytes) return undefined;
  try {
    const look = JSON.parse(decoder.decode(bytes)) as Partial<Look>;
    if (look.v === 1 && Number.isSafeInteger(look.at)) return look as Look;
  } catch {
    // Told below.
  }
  runtime.telemetry.log("warn", "what was seen of usage last could not be read; it is observed anew", { cluster });
  return undefined;
}

/**
 * Hours first, then what they were counted from: who dies between the two counts the same again from the look before, and writes the same.
 *
 * @throws HeadgateError `objects.unavailable`
 */
export async function saveLook(
  { runtime, tenant }: UsageWork,
  cluster: string,
  look: { readonly v: 1; readonly at: number },
  hours: readonly UsageHour[],
  isFirst: boolean,
): Promise<void> {
  const { objects } = runtime;
  for (const hour of hours) await objects.put(usageKey(tenant, cluster, hour.hour), JSON.stringify(hour), JSON_TYPE);
  if (isFirst) await objects.put(`${seenPrefix(tenant)}${cluster}`, "");
  await objects.put(lookKey(tenant, cluster), JSON.stringify(look), JSON_TYPE);
}
