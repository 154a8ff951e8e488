import type { Manifest, ObjectRef, PartKind } from "../../shared/core/backup/format/types.ts";
import { pointKey } from "../../shared/core/backup/keep/keys.ts";
import { foldRun } from "../../shared/core/backup/run/fold.ts";
import { readReceipts } from "../../shared/core/backup/run/receipts.ts";
import type { Beside, RunAction } from "../../shared/core/backup/run/types.ts";
import type { Receipt, WrittenObject } from "../../shared/core/backup/run/unit.ts";
import { VERSION } from "../../shared/shell/version.ts";
import { bounded } from "../bounded.ts";
import type { PlanContext } from "./context.ts";
import { keepDocument, readDocument, sha256, workKey } from "./documents.ts";
import { earlierPoint } from "./earlier.ts";
import { ahead } from "./list-all.ts";
import { sealManifest } from "./manifest.ts";
import type { PartStep } from "./parts/types.ts";
import { readCut, readUnits, unitReceipts } from "./run-papers.ts";
import "../shared-parts.ts";

const AT_ONCE = 16;

/** What a point will be, to the byte: left at the destinations before any of it is published. */
export interface Draft {
  /** Text of the manifest. */
  readonly manifest: string;
  /** The parts beside it: their keys, and the names under which their texts lie. */
  readonly parts: readonly { readonly key: string; readonly name: string }[];
  /** Data objects, and the destinations that have them. */
  readonly objects: readonly WrittenObject[];
}

export const draftPrefix = (plan: string, run: string): string => workKey(plan, run, "draft-");
export const textPrefix = (plan: string, run: string): string => workKey(plan, run, "text-");
export const madePrefix = (plan: string, run: string, kind: Beside): string => workKey(plan, run, `made-${kind}-`);

type Made = Extract<PartStep, { status: "done" }>;

/**
 * Puts a point together out of what the run left at the destinations. Equal papers give equal bytes.
 *
 * @returns the name of the draft
 * @throws HeadgateError `objects.unavailable`, `backup.damaged` where an earlier point that is needed cannot be read
 */
export async function foldPoint(context: PlanContext, action: Extract<RunAction, { type: "fold" }>): Promise<string> {
  const { places, name } = context;
  const { run } = action;
  const { cut } = await readCut(context, run, action.cut);
  const units = await readUnits(context, run, action.cut);
  const receipts = new Map<number, readonly Receipt[]>();
  await bounded(units, AT_ONCE, async ({ unit }) => {
    const found = await unitReceipts(context, run, unit);
    receipts.set(
      unit,
      found.map(({ receipt }) => receipt),
    );
  });
  const read = readReceipts(units, (unit) => receipts.get(unit) ?? []);
  const needs = cut.previous ? [...cut.previous.needs, { id: cut.previous.id, sha256: cut.previous.sha256 }] : [];
  const hashes = new Map(needs.map((need) => [need.id, need]));
  const fold = foldRun(
    cut,
    read,
    needs.map(({ id }) => id),
    sha256,
  );
  for (let id = fold.wants(); id !== undefined; id = fold.wants())
    fold.take(id, (await earlierPoint(places, name, hashes.get(id) ?? { id })).kafka);
  const folded = fold.done();

  const objects = [...receipts].sort(([a], [b]) => a - b).flatMap(([, some]) => some.flatMap((one) => one.objects));
  const beside: WrittenObject[] = [];
  const gaps = [...folded.gaps];
  const warnings = [...cut.warnings];
  const texts: { kind: PartKind; text: string }[] = [];
  if (context.streams) texts.push({ kind: "kafka", text: JSON.stringify(folded.kafka) });
  for (const [kind, note] of Object.entries(action.parts) as [Beside, { name?: string; why?: string }][]) {
    if (note.name === undefined) {
      const why = `${kind} could not be backed up: ${note.why ?? "nobody said why"}`;
      gaps.push({ kind: "unread", part: kind, why });
      continue;
    }
    const made = JSON.parse(await readDocument(places, madePrefix(name, run, kind), note.name)) as Made;
    texts.push({ kind, text: JSON.stringify(made.part) });
    beside.push(...made.objects);
    gaps.push(...made.gaps);
    warnings.push(...made.warnings);
  }
  const parts: (ObjectRef & { kind: PartKind; name: string })[] = [];
  for await (const part of ahead(texts, AT_ONCE, async ({ kind, text }) => ({
    ...{ kind, key: pointKey(name, run, `${kind}.json`), sha256: sha256(text) },
    size: Buffer.byteLength(text),
    name: await keepDocument(places, textPrefix(name, run), text),
  })))
    parts.push(part);
  const manifest: Manifest = {
    ...{
      format: "headgate-backup",
      version: 1,
      id: run,
      plan: name,
      kind: folded.needs.length > 0 ? "incremental" : "full",
    },
    by: VERSION,
    ...{ startedAt: action.startedAt, cutAt: cut.at, finishedAt: action.finishedAt },
    ...(cut.cluster ? { cluster: cut.cluster } : {}),
    needs: folded.needs.flatMap((id) => hashes.get(id) ?? []),
    parts: parts.map(({ name: _, ...ref }) => ref),
    objects: objects.map(({ at: _, ...ref }) => ref),
    destinations: places.map((place) => place.name),
    totals: {
      ...folded.totals,
      storedBytes: [...objects, ...beside, ...parts].reduce((sum, { size }) => sum + size, 0),
    },
    gaps,
    warnings,
  };
  const draft: Draft = {
    manifest: sealManifest(manifest),
    parts: parts.map((part) => ({ key: part.key, name: part.name })),
    objects: [...objects, ...beside],
  };
  return keepDocument(places, draftPrefix(name, run), JSON.stringify(draft));
}
