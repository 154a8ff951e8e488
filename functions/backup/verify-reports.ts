import type { Verification, VerifyFault } from "../../shared/core/backup/format/verification.ts";
import { MANIFEST, pointKey } from "../../shared/core/backup/keep/keys.ts";
import { bounded } from "../bounded.ts";
import { listAll } from "./list-all.ts";
import { isSealed } from "./manifest.ts";
import type { Place } from "./place.ts";
import { faultOf } from "./points.ts";
import { reportsOf } from "./verified.ts";

const AT_ONCE = 8;

/**
 * What reports of earlier looks at a point that lie at a place tell: those that are not as they were written, and that the manifest was another one when it was in order. So
 * one that was changed together with its own hash is seen too.
 *
 * @param manifest hash of today's
 */
export async function verifyReports(
  place: Place,
  plan: string,
  id: string,
  manifest: string | undefined,
): Promise<readonly VerifyFault[]> {
  const keys: string[] = [];
  for await (const { key } of listAll(place, reportsOf(plan, id))) keys.push(key);
  const found = await bounded(keys, AT_ONCE, async (key): Promise<readonly VerifyFault[]> => {
    const where = `${key} at ${place.name}`;
    try {
      const bytes = await place.objects.get(key);
      if (!bytes) return [];
      if (!isSealed(bytes))
        return [
          { place: place.name, key, what: `${where} was changed after it was written: its own hash does not fit` },
        ];
      const said = JSON.parse(new TextDecoder().decode(bytes)) as Partial<Verification>;
      if (said.ok !== true || said.manifest === undefined || manifest === undefined || said.manifest === manifest)
        return [];
      const changed = pointKey(plan, id, MANIFEST);
      return [{ place: "", key: changed, what: `${changed} is not the one that was found in order before (${where})` }];
    } catch (error) {
      return [
        { place: place.name, key, what: `${where} cannot be read: ${faultOf(place, key, error).what}`, kind: "unread" },
      ];
    }
  });
  return found.flat();
}
