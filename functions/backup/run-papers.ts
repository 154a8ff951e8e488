import type { Cut } from "../../shared/core/backup/run/cut.ts";
import { chainOfReceipts } from "../../shared/core/backup/run/receipts.ts";
import type { Receipt, Unit } from "../../shared/core/backup/run/unit.ts";
import type { PlanContext } from "./context.ts";
import { readDocument, sha256, workKey } from "./documents.ts";
import { listAll } from "./list-all.ts";
import type { Place } from "./place.ts";
import { putAll } from "./write-all.ts";

type Where = Pick<PlanContext, "places" | "name">;

/** @throws HeadgateError `objects.unavailable` */
export async function readCut(
  { places, name }: Where,
  run: string,
  cut: string,
): Promise<{ readonly cut: Cut; readonly units: string }> {
  return JSON.parse(await readDocument(places, workKey(name, run, "cut-"), cut)) as { cut: Cut; units: string };
}

/** @throws HeadgateError `objects.unavailable` */
export async function readUnits(where: Where, run: string, cut: string): Promise<readonly Unit[]> {
  const { units } = await readCut(where, run, cut);
  return JSON.parse(await readDocument(where.places, workKey(where.name, run, "units-"), units)) as readonly Unit[];
}

const receiptsPrefix = (plan: string, run: string): string => workKey(plan, run, "receipts/");
const receiptKey = (plan: string, run: string, unit: number, part: number): string =>
  `${receiptsPrefix(plan, run)}${unit}-${part}.json`;

/** Receipts that lie at any place that answers: how many parts of each unit. @throws where no place answers */
export async function listReceipts({ places, name }: Where, run: string): Promise<ReadonlyMap<number, number>> {
  const prefix = receiptsPrefix(name, run);
  const parts = new Map<number, number>();
  const looked = await Promise.allSettled(
    places.map(async (place) => {
      for await (const { key } of listAll(place, prefix)) {
        const match = /^(\d+)-(\d+)\.json$/.exec(key.slice(prefix.length));
        if (!match) continue;
        const [unit, part] = [Number(match[1]), Number(match[2])];
        parts.set(unit, Math.max(parts.get(unit) ?? 0, part + 1));
      }
    }),
  );
  const failed = looked.find((one) => one.status === "rejected");
  if (failed && looked.every(({ status }) => status === "rejected")) throw failed.reason;
  return parts;
}

interface Found {
  readonly sha256: string;
  readonly receipt: Receipt;
}

async function receiptsAt(place: Place, key: string): Promise<Found | undefined> {
  const bytes = await place.objects.get(key).catch(() => undefined);
  if (!bytes) return undefined;
  try {
    return { sha256: sha256(bytes), receipt: JSON.parse(new TextDecoder().decode(bytes)) as Receipt };
  } catch {
    return undefined;
  }
}

/** What counts of a unit: its receipts that follow one another, over all places. */
export async function unitReceipts({ places, name }: Where, run: string, unit: number): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (let part = 0; ; part += 1) {
    const key = receiptKey(name, run, unit, part);
    const all = (await Promise.all(places.map((place) => receiptsAt(place, key)))).flatMap((one) => (one ? [one] : []));
    if (all.length === 0) return chainOfReceipts(found);
    for (const one of all) if (!found.some((known) => known.sha256 === one.sha256)) found.push(one);
  }
}

/**
 * Leaves a receipt wherever none is yet. "counts": it is there, also where an earlier try of ours had written it although nobody told us. "late": somebody else's was first
 * at every place. "unsure": nobody can tell, so what it names must stay.
 *
 * @throws HeadgateError where no place can take one
 */
export async function keepReceipt(
  { places, name }: Where,
  run: string,
  receipt: Receipt,
): Promise<"counts" | "late" | "unsure"> {
  const key = receiptKey(name, run, receipt.unit, receipt.part);
  const text = JSON.stringify(receipt);
  const { at, exists, failed } = await putAll(places, key, text, { ifAbsent: true });
  const [first] = failed;
  if (at.length === 0 && exists.length === 0 && first) throw first.error;
  if (at.length > 0) return "counts";
  const hash = sha256(text);
  const theirs = await Promise.all(
    places.filter((place) => exists.includes(place.name)).map((place) => receiptsAt(place, key)),
  );
  if (theirs.some((one) => one?.sha256 === hash)) return "counts";
  return failed.length === 0 && theirs.every((one) => one !== undefined) ? "late" : "unsure";
}
