import type { CostWork } from "./context.ts";

const folder = ({ prefix }: CostWork): string => `${prefix}imported/`;

/** Keeps in mind that a source has imports: it counts without being in the configuration. */
export async function rememberImport(work: CostWork, source: string): Promise<void> {
  if (work.sources.some(({ name }) => name === source)) return;
  const key = `${folder(work)}${source}.json`;
  if (await work.runtime.objects.head(key)) return;
  await work.runtime.objects.put(key, JSON.stringify({ v: 1, source }), { contentType: "application/json" });
}

/** Names of sources that bills were imported to and that the configuration does not have, in order. */
export async function importedSources(work: CostWork): Promise<readonly string[]> {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await work.runtime.objects.list(folder(work), cursor === undefined ? {} : { cursor });
    for (const { key } of page.items) names.push(key.slice(folder(work).length).replace(/\.json$/, ""));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return names.filter((name) => !work.sources.some((one) => one.name === name));
}
