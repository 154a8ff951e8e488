import type { Stored } from "../../shared/core/ports/store.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";

const PAGE = 1_000;

/** Every item of a noun below a prefix, in order of subject. */
export async function allItems(
  runtime: Runtime,
  tenant: string,
  noun: string,
  prefix?: string,
): Promise<readonly Stored[]> {
  const items: Stored[] = [];
  let cursor: string | undefined;
  do {
    const page = await runtime.store.list(tenant, noun, {
      limit: PAGE,
      ...(prefix === undefined ? {} : { prefix }),
      ...(cursor === undefined ? {} : { cursor }),
    });
    items.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return items;
}
