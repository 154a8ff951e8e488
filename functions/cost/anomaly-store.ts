import { type UnusualState, unusualSubject } from "../../shared/core/cost/unusual/types.ts";
import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import type { CostWork } from "./context.ts";

/** What is kept of each service's unusual costs. @throws HeadgateError of the store */
export async function keptUnusual({
  runtime,
  tenant,
}: Pick<CostWork, "runtime" | "tenant">): Promise<
  ReadonlyMap<string, { readonly stored: Stored; readonly state: UnusualState }>
> {
  const prefix = unusualSubject("");
  const found = new Map<string, { stored: Stored; state: UnusualState }>();
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const page: Awaited<ReturnType<Runtime["store"]["list"]>> = await runtime.store.list(tenant, "cost", {
      prefix,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const stored of page.items)
      found.set(stored.key.subject.slice(prefix.length), { stored, state: stored.state as unknown as UnusualState });
    cursor = page.cursor;
  }
  return found;
}
