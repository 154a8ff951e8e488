import type { WrittenObject } from "../../../shared/core/backup/run/unit.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { Json } from "../../../shared/core/kernel/json.ts";
import { putAll } from "../write-all.ts";
import type { PartContext } from "./types.ts";

type Where = Pick<PartContext, "plan" | "point" | "places">;

export const dataKey = ({ plan, point }: Where, rest: string): string => `data/${plan}/${point}/${rest}`;
const workKey = ({ plan, point }: Where, name: string): string => `work/${plan}/${point}/parts/${name}.json`;

/** Notes of a part between two invocations: too large for the progress. Written over where they were written before. */
export async function keepNote(
  context: Where,
  name: string,
  note: Json | readonly WrittenObject[] | object,
): Promise<void> {
  const { at, failed } = await putAll(context.places, workKey(context, name), JSON.stringify(note));
  const [first] = failed;
  if (at.length === 0 && first) throw first.error;
}

/** @throws HeadgateError `objects.unavailable` where no place has the note */
export async function readNote<T>(context: Where, name: string): Promise<T> {
  let last: unknown;
  for (const place of context.places) {
    try {
      const bytes = await place.objects.get(workKey(context, name));
      if (bytes) return JSON.parse(new TextDecoder().decode(bytes)) as T;
    } catch (error) {
      last = error;
    }
  }
  if (last instanceof HeadgateError) throw last;
  throw new HeadgateError("objects.unavailable", `${workKey(context, name)} is at no destination`, { retryable: true });
}
