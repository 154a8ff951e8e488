import type { WrittenObject } from "../../../shared/core/backup/run/unit.ts";
import type { Tree } from "../../../shared/edge/local-tree.ts";
import { streamAll } from "../write-all.ts";
import { keepNote, readNote } from "./receipts.ts";
import type { PartContext } from "./types.ts";

/** How far a copy came: files before `next` are copied. */
export interface CopyProgress {
  readonly next: number;
  /** Where each receipt ends: the first is over files [0, cuts[0]), the second over [cuts[0], cuts[1]) and so on. */
  readonly cuts: readonly number[];
}

/**
 * A receipt is named by the files it is over: two workers that do the same part at the same time may cut it otherwise, and neither spoils what the other one counts on.
 */
const receiptName = (note: string, from: number, to: number): string => `${note}-${from}-${to}`;

/** What was written, over all invocations. @throws HeadgateError `objects.unavailable` */
export async function copied(
  context: Pick<PartContext, "plan" | "point" | "places">,
  note: string,
  { cuts }: CopyProgress,
): Promise<readonly WrittenObject[]> {
  const all: WrittenObject[] = [];
  for (const [index, to] of cuts.entries())
    all.push(...(await readNote<readonly WrittenObject[]>(context, receiptName(note, cuts[index - 1] ?? 0, to))));
  return all;
}

/** Receipts are written after so many files, so that what a killed worker loses is little. */
const FILES_A_RECEIPT = 200;

/**
 * Copies files to all places below a key, in order; goes on where `from` says. Ends early when the time is up. Warnings name what a place did not take.
 *
 * @throws HeadgateError `objects.unavailable` where no place takes a file
 */
export async function copyTree(
  context: Pick<PartContext, "plan" | "point" | "places" | "more">,
  tree: Tree,
  files: readonly { readonly path: string }[],
  keyOf: (path: string) => string,
  note: string,
  from: CopyProgress = { next: 0, cuts: [] },
): Promise<{ readonly progress: CopyProgress; readonly whole: boolean; readonly warnings: readonly string[] }> {
  let { next } = from;
  const cuts = [...from.cuts];
  let held: WrittenObject[] = [];
  const left = new Map<string, string>();
  const keep = async () => {
    if (held.length === 0) return;
    await keepNote(context, receiptName(note, cuts.at(-1) ?? 0, next), held);
    cuts.push(next);
    held = [];
  };
  for (const { path } of files.slice(next)) {
    const { failed, ...written } = await streamAll(context.places, keyOf(path), tree.read(path));
    held.push(written);
    next += 1;
    for (const { place, error } of failed) left.set(place, error.message);
    if (held.length === FILES_A_RECEIPT) await keep();
    if (next < files.length && !context.more()) break;
  }
  await keep();
  const warnings = [...left].map(([place, why]) => `${place} did not take all of it: ${why}`);
  return { progress: { next, cuts }, whole: next >= files.length, warnings };
}
