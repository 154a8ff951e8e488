import type { Json } from "../../../shared/core/kernel/json.ts";
import type { BesideKind, PartContext, PartStep } from "./types.ts";

/** Begins or goes on with one part, as far as the time goes. What it needs is loaded now. Never rejects. */
export async function partStep(context: PartContext, kind: BesideKind, progress?: Json): Promise<PartStep> {
  try {
    switch (kind) {
      case "schemas":
        return await (await import("./schemas.ts")).stepSchemas(context);
      case "flink":
        return await (await import("./flink.ts")).stepFlink(context, progress);
      case "config":
        return await (await import("./config.ts")).stepConfig(context);
      case "metrics":
        return await (await import("./metrics.ts")).stepMetrics(context, progress);
      case "state":
        return await (await import("./state.ts")).stepState(context, progress);
    }
  } catch (error) {
    return { status: "failed", why: `${kind} is not in this point: ${error instanceof Error ? error.message : error}` };
  }
}
