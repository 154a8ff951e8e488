import type { Verification, VerifyFault } from "../../shared/core/backup/format/verification.ts";
import { idOf } from "../../shared/core/backup/keep/keys.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import { listAll } from "./list-all.ts";
import type { Place } from "./place.ts";

/** Where the reports of verifications lie: of one point, or of all of a plan. */
export const reportsOf = (plan: string, id?: string): string => `verified/${plan}/${id === undefined ? "" : `${id}/`}`;

/**
 * A fault that says something of the point's bytes; that a place did not answer says nothing of them, and a report of an earlier look is not one of them. Reports of
 * before `kind` was kept say it in words.
 */
export const isDamage = ({ key, what, kind }: Pick<VerifyFault, "key" | "what" | "kind">): boolean =>
  !key.startsWith("verified/") && (kind === undefined ? !what.includes(" cannot be read: ") : kind === "damaged");

/** What the newest look at a point found. */
export interface NewestVerification {
  readonly ok: boolean;
  /** One sentence. */
  readonly text: string;
  readonly faults: readonly VerifyFault[];
  readonly at?: Millis;
  readonly finishedAt?: Millis;
}

/** Newest first; places that do not answer are left out. By the id of the point. */
async function reportsBelow(places: readonly Place[], prefix: string) {
  const found = new Map<string, Map<string, Place>>();
  for (const place of places)
    try {
      for await (const { key } of listAll(place, prefix)) {
        const id = idOf(key);
        if (id === undefined) continue;
        const known = found.get(id) ?? new Map<string, Place>();
        if (!known.has(key)) known.set(key, place);
        found.set(id, known);
      }
    } catch {
      // What the others say counts.
    }
  return (id: string) => [...(found.get(id) ?? [])].sort(([a], [b]) => (a < b ? 1 : -1));
}

async function newestOf(reports: readonly (readonly [string, Place])[]): Promise<NewestVerification | undefined> {
  for (const [key, place] of reports) {
    const bytes = await place.objects.get(key).catch(() => undefined);
    const one = bytes && parsed(bytes);
    if (!one || typeof one.ok !== "boolean") continue;
    const faults = Array.isArray(one.faults) ? one.faults : undefined;
    if (!one.ok && faults && !faults.some(isDamage)) continue;
    const { ok, text = ok ? "every byte is as it was written" : "it is damaged", at, finishedAt } = one;
    return {
      ...{ ok, text, faults: faults ?? [] },
      ...(typeof at === "number" ? { at } : {}),
      ...(typeof finishedAt === "number" ? { finishedAt } : {}),
    };
  }
  return undefined;
}

/** What the newest verification of a point says; undefined: there is none that could read it. Places that do not answer are left out. */
export const newestVerification = async (
  places: readonly Place[],
  plan: string,
  id: string,
): Promise<NewestVerification | undefined> => newestOf((await reportsBelow(places, reportsOf(plan, id)))(id));

/** The same for many points of a plan: one list for all of them, and one report for each that is asked for. */
export async function newestVerifications(
  places: readonly Place[],
  plan: string,
): Promise<(id: string) => Promise<NewestVerification | undefined>> {
  const of = await reportsBelow(places, reportsOf(plan));
  return (id) => newestOf(of(id));
}

function parsed(bytes: Uint8Array): Partial<Verification> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
