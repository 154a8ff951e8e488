import type { Day } from "../day.ts";
import type { BillIndex, StoredDay, StoredExport } from "./bill-index.ts";
import { claimsMeet } from "./claims.ts";

/** Hashes and files that are remembered. */
const REMEMBERED = 400;
const REMEMBERED_FILES = 2_000;

export interface Taken {
  readonly index: BillIndex;
  /** `same`: these very charges were taken in before; nothing changed but the memory of the file. */
  readonly outcome: "added" | "same";
  /** With `same`: what it was called then. */
  readonly before?: string;
  /** Days of earlier exports that it replaced with something else. */
  readonly replaced: readonly Day[];
}

export interface TakeOptions {
  /** Files it was made from, with what tells that they are the same. */
  readonly files?: Files;
  /** It is what its source says now, whatever was taken in before; without it the same charges a second time change nothing. */
  readonly newest?: boolean;
  /** Also where it says nothing new: that it was said again counts. */
  readonly always?: boolean;
}

type Files = Readonly<Record<string, string>>;

const withFiles = (known: Files, files: Files): Files => {
  const kept = Object.entries(known).filter(([name]) => !Object.hasOwn(files, name));
  return Object.fromEntries([...kept, ...Object.entries(files)].slice(-REMEMBERED_FILES));
};

/**
 * Takes an export into the index. What it replaces: the former version of its slot as a whole; else every day of its span, of exports that bill any of
 * the same accounts (exports of other accounts stay beside it), and corrections of other months by its own. An export of which no day of its own
 * span is left goes as a whole.
 */
export function takeIn(
  index: BillIndex,
  draft: StoredExport,
  { files = {}, newest = false, always = false }: TakeOptions = {},
): Taken {
  const counted = index.exports.some((one) => one.digest === draft.digest && sameDays(one, draft));
  const before = index.known.find(({ digest }) => digest === draft.digest);
  const firmer = index.exports.some((one) => one.digest === draft.digest && isFirmer(draft, one));
  const same = always || firmer || (newest && !counted) ? undefined : before;
  if (same) {
    const remembered = withFiles(index.files, files);
    return { index: { ...index, files: remembered }, outcome: "same", before: same.name, replaced: [] };
  }
  const replaced = new Set<Day>();
  const dropped: string[] = [];
  const kept: StoredExport[] = [];
  for (const old of index.exports) {
    const left = remaining(old, draft);
    for (const [day, stored] of Object.entries(old.days)) {
      if (left && left[day] === stored) continue;
      dropped.push(...stored.parts);
      if (draft.days[day]?.revision !== stored.revision) replaced.add(day);
    }
    if (left) kept.push(Object.keys(left).length === Object.keys(old.days).length ? old : { ...old, days: left });
  }
  const known = [...index.known, { digest: draft.digest, name: draft.name, at: draft.at }].slice(-REMEMBERED);
  return {
    index: {
      ...index,
      exports: [...kept, draft],
      known,
      files: withFiles(index.files, files),
      dropped: [...index.dropped, ...dropped.map((part) => ({ part, at: draft.at }))],
    },
    outcome: "added",
    replaced: [...replaced].sort(),
  };
}

/** The same charges, said again when days that were open are closed. */
const isFirmer = (draft: StoredExport, before: StoredExport): boolean =>
  Object.entries(draft.days).some(
    ([day, { finality }]) => finality === "closed" && before.days[day]?.finality === "estimated",
  );

const sameDays = (a: StoredExport, b: StoredExport): boolean =>
  Object.keys(a.days).length === Object.keys(b.days).length &&
  Object.entries(b.days).every(([day, { lane, revision }]) => {
    const other = a.days[day];
    return other?.lane === lane && other.revision === revision;
  });

/** Days of an export that still count beside a newer one; undefined: none. */
function remaining(old: StoredExport, draft: StoredExport): Readonly<Record<Day, StoredDay>> | undefined {
  if (old.slot !== undefined && old.slot === draft.slot) return undefined;
  // Periods of one and the same export never bill the same thing twice.
  if (old.slot !== undefined && draft.slot !== undefined && groupOf(old.slot) === groupOf(draft.slot)) return old.days;
  const none = draft.claims.length === 0 || old.claims.length === 0;
  if (!none && !claimsMeet(old.claims, draft.claims, true)) return old.days;
  const before = Object.entries(old.days);
  const left = before.filter(([day, { lane }]) => draft.days[day]?.lane !== lane);
  const had = before.some(([, { lane }]) => lane === "usage");
  const has = left.some(([, { lane }]) => lane === "usage");
  return left.length === 0 || (had && !has) ? undefined : Object.fromEntries(left);
}

/** "folder|2024-09" is a period of "folder". */
const groupOf = (slot: string): string => slot.slice(0, slot.lastIndexOf("|"));
export const slotOf = (folder: string, period: string): string => `${folder}|${period}`;
