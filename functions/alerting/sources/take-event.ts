import "../../shared-parts.ts";
import { sourceEvent } from "../../../shared/core/alerting/sources/event.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import { sourceOptions } from "./options.ts";
import { type Taken, takeNews } from "./take.ts";

/** The alerts of one event of EventBridge. */
export async function takeEvent(
  runtime: Runtime,
  tenant: string,
  event: unknown,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Taken> {
  const sourced = sourceEvent(event, sourceOptions(env));
  if (sourced.kind === "alerts") return takeNews(runtime, tenant, sourced);
  runtime.telemetry.log(
    sourced.kind === "refused" ? "warn" : "info",
    `event ${sourced.kind === "refused" ? "refused" : "without alert"}`,
    {
      why: sourced.why,
    },
  );
  return { accepted: 0, why: sourced.why };
}
