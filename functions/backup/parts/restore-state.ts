import * as v from "valibot";
import type { StatePart } from "../../../shared/core/backup/format/types.ts";
import { HeadgateError } from "../../../shared/core/kernel/errors.ts";
import type { Json } from "../../../shared/core/kernel/json.ts";
import type { DecisionRecord } from "../../../shared/core/kernel/record.ts";
import { unzstdLines } from "../../../shared/edge/zstd-lines.ts";
import type { Runtime } from "../../../shared/shell/runtime.ts";
import type { Place } from "../place.ts";
import { readRef } from "./restore-files.ts";
import { TAKEN } from "./state-nouns.ts";

const Item = v.object({
  noun: v.picklist(TAKEN),
  subject: v.string(),
  state: v.unknown(),
  dueAt: v.optional(v.number()),
  expiresAt: v.optional(v.number()),
});
const Kept = v.looseObject({ id: v.string(), at: v.number(), noun: v.string(), subject: v.string() });

export interface StateRestored {
  readonly items: number;
  readonly records: number;
}

/** What restores are told in: it may know of the one that asks. */
const OWN = "backup";

/** First thing that is kept here already; undefined: this installation is empty. What it is configured with, and its own backups, do not count. */
export async function occupied(
  runtime: Pick<Runtime, "store" | "journal">,
  tenant: string,
): Promise<string | undefined> {
  for (const noun of TAKEN) {
    if (noun === OWN) continue;
    const { items } = await runtime.store.list(tenant, noun, { limit: 1 });
    if (items[0]) return `${noun} ${items[0].key.subject}`;
    const decided = (await runtime.journal.list({ tenant, noun, limit: 1 })).items[0];
    if (decided) return `decision ${decided.id} on ${noun} ${decided.subject}`;
  }
  return undefined;
}

/**
 * Puts state and journal into an installation that has none: decisions of two histories must not be mixed. `again`: a restore of the same point broke off, and what it
 * has put there stays.
 *
 * @throws HeadgateError `restore.refused`, `backup.damaged`
 */
export async function restoreState(
  runtime: Pick<Runtime, "store" | "journal">,
  tenant: string,
  places: readonly Place[],
  part: StatePart,
  { again = false }: { readonly again?: boolean } = {},
): Promise<StateRestored> {
  const there = again ? undefined : await occupied(runtime, tenant);
  if (there !== undefined)
    throw new HeadgateError(
      "restore.refused",
      `state is restored into an empty installation only, and this one has ${there}`,
    );
  let items = 0;
  let records = 0;
  for (const ref of part.objects) {
    const put = async (line: string) => {
      if (ref.what === "journal") {
        const record = read(Kept, line, ref.key) as unknown as DecisionRecord;
        await runtime.journal.append({ ...record, tenant });
        records += 1;
        return;
      }
      const { noun, subject, state, dueAt, expiresAt } = read(Item, line, ref.key);
      const next = {
        ...{ state: state as Json, ...(dueAt === undefined ? {} : { dueAt }) },
        ...(expiresAt === undefined ? {} : { expiresAt }),
      };
      const { ok } = await runtime.store.write({ tenant, noun, subject }, 0, next);
      if (ok) items += 1;
    };
    await eachLine(places, ref, put);
  }
  return { items, records };
}

function read<S extends v.GenericSchema>(schema: S, line: string, key: string): v.InferOutput<S> {
  try {
    return v.parse(schema, JSON.parse(line));
  } catch (error) {
    throw new HeadgateError(
      "backup.damaged",
      `${key} has a line that is none of its kind: ${(error as Error).message}`,
    );
  }
}

/** Lines of an object from the first place that has it whole: read once to be sure, and only then acted on. */
async function eachLine(
  places: readonly Place[],
  ref: StatePart["objects"][number],
  put: (line: string) => Promise<void>,
) {
  const said: string[] = [];
  for (const place of places) {
    try {
      let lines = 0;
      for await (const _ of unzstdLines(readRef(place, ref))) lines += 1;
      if (lines !== ref.lines)
        throw new HeadgateError("backup.damaged", `${ref.key} has ${lines} lines instead of ${ref.lines}`);
    } catch (error) {
      if (!(error instanceof HeadgateError)) throw error;
      said.push(error.message);
      continue;
    }
    for await (const line of unzstdLines(readRef(place, ref))) await put(line);
    return;
  }
  throw new HeadgateError("backup.damaged", `${ref.key} is at no destination as it was written: ${said.join("; ")}`);
}
