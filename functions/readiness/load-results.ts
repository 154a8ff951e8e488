import type { Objects } from "../../shared/core/ports/objects.ts";
import type { LoadReport } from "../../shared/core/readiness/load/report.ts";

const part = (text: string): string => encodeURIComponent(text).replaceAll(".", "%2E");
const folderOf = (tenant: string, service: string): string => `readiness/load/${part(tenant)}/${part(service)}/`;

/** Where a result lies: ids begin with their time, so keys are in the order of time. */
export const loadResultKey = (tenant: string, service: string, id: string): string =>
  `${folderOf(tenant, service)}${part(id)}.json`;

/** Keeps the result of a load test of a service. Writing the same one again changes nothing. @throws HeadgateError `objects.unavailable` */
export async function keepLoadResult(
  objects: Pick<Objects, "put">,
  tenant: string,
  report: LoadReport & { readonly service: string },
): Promise<void> {
  const key = loadResultKey(tenant, report.service, report.id);
  await objects.put(key, JSON.stringify(report), { contentType: "application/json" });
}

/**
 * Results of a service, the newest first. One that cannot be read as such is left out: it proves nothing.
 *
 * @throws HeadgateError `objects.unavailable`
 */
export async function loadResults(
  objects: Pick<Objects, "list" | "get">,
  tenant: string,
  service: string,
  limit = 20,
): Promise<readonly LoadReport[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await objects.list(folderOf(tenant, service), cursor === undefined ? {} : { cursor });
    keys.push(...page.items.map(({ key }) => key));
    cursor = page.cursor;
  } while (cursor !== undefined);
  const bodies = await Promise.all(
    keys
      .reverse()
      .slice(0, limit)
      .map((key) => objects.get(key)),
  );
  return bodies.flatMap((body) => {
    const report = body && parsed(body);
    return report ? [report] : [];
  });
}

function parsed(body: Uint8Array): LoadReport | undefined {
  try {
    const found = JSON.parse(new TextDecoder().decode(body)) as Partial<LoadReport> | null;
    const whole = found?.v === 1 && typeof found.verdict === "string" && typeof found.endedAt === "number";
    return whole ? (found as LoadReport) : undefined;
  } catch {
    return undefined;
  }
}
