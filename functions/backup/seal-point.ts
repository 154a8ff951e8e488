import type { Gap, Manifest } from "../../shared/core/backup/format/types.ts";
import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import type { PointNote, RunAction } from "../../shared/core/backup/run/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { bounded } from "../bounded.ts";
import type { PlanContext } from "./context.ts";
import { copyTo } from "./copy-between.ts";
import { readDocument, sha256 } from "./documents.ts";
import { shelfOf } from "./earlier.ts";
import { type Draft, draftPrefix, textPrefix } from "./fold-point.ts";
import { healPoint } from "./heal.ts";
import type { Place } from "./place.ts";
import "../shared-parts.ts";

const AT_ONCE = 8;
/** Gaps that people are told of in words. */
const TOLD = 10;
const ALARMING: ReadonlySet<Gap["kind"]> = new Set(["retention", "recreated", "deleted", "truncated", "unread"]);

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Publishes a draft: at each place that has all it refers to, the parts, and then the manifest, if none is there. What a place lacks is copied from the others first. One
 * place is enough for a point.
 *
 * @throws HeadgateError where it could be published nowhere; `backup.damaged` where another manifest has its place
 */
export async function sealPoint(
  context: PlanContext,
  action: Extract<RunAction, { type: "seal" }>,
): Promise<PointNote> {
  const { places, name } = context;
  const { run } = action;
  const draft = JSON.parse(await readDocument(places, draftPrefix(name, run), action.draft)) as Draft;
  const manifest = JSON.parse(draft.manifest) as Manifest;
  const texts = await Promise.all(
    draft.parts.map(async ({ key, name: text }) => ({
      key,
      text: await readDocument(places, textPrefix(name, run), text),
    })),
  );
  const at: string[] = [];
  const troubles: unknown[] = [];
  const missing: string[] = [];
  const results = await Promise.allSettled(places.map((place) => publish(context, place, draft, manifest, texts)));
  for (const [index, result] of results.entries()) {
    const { name: place = "" } = places[index] ?? {};
    if (result.status === "fulfilled") at.push(place);
    else {
      missing.push(place);
      troubles.push(result.reason);
      context.runtime.telemetry.log("warn", `${run} is not sealed at ${place}`, { error: message(result.reason) });
    }
  }
  if (at.length === 0) throw troubles[0];
  const alarming = manifest.gaps.filter(({ kind }) => ALARMING.has(kind));
  const { totals } = manifest;
  return {
    ...{ id: run, cutAt: manifest.cutAt, kind: manifest.kind, at, missing },
    ...(missing.length > 0 ? { missingWhy: troubles.map(message) } : {}),
    ...{ records: totals.records, newRecords: totals.newRecords },
    ...{ newBytes: totals.newBytes, storedBytes: totals.storedBytes },
    gaps: manifest.gaps.length,
    alarming: [
      ...alarming.slice(0, TOLD).map(({ why }) => why),
      ...(alarming.length > TOLD ? [`and ${alarming.length - TOLD} more gaps`] : []),
    ],
    warnings: manifest.warnings.length,
  };
}

async function publish(
  { places, name }: PlanContext,
  place: Place,
  draft: Draft,
  manifest: Manifest,
  texts: readonly { readonly key: string; readonly text: string }[],
): Promise<void> {
  const { manifests } = await shelfOf(place, name);
  for (const need of manifest.needs)
    if (!manifests.has(need.id)) await healPoint(places, place, name, need.id, { also: true });
  const lacking = draft.objects.filter((one) => !one.at.includes(place.name));
  await bounded(lacking, AT_ONCE, (ref) => copyTo(place, places, ref));
  await bounded(texts, AT_ONCE, ({ key, text }) => place.objects.put(key, text, { contentType: "application/json" }));
  const key = pointKey(name, manifest.id, MANIFEST);
  try {
    await place.objects.put(key, draft.manifest, { ifAbsent: true, contentType: "application/json" });
  } catch (error) {
    if (!(error instanceof HeadgateError && error.code === "objects.exists")) throw error;
    const there = await place.objects.get(key);
    if (!there || sha256(there) !== sha256(draft.manifest))
      throw new HeadgateError("backup.damaged", `${key} at ${place.name} is of another run`);
  }
}
