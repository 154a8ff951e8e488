import { mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Undo, UndoLog } from "../../functions/chaos/engine.ts";
import { processStart } from "../process-identity.ts";

/** `<run>-<fault>.json`: what is still broken, and by whom. */
interface Entry {
  readonly v: 1;
  readonly id: string;
  readonly index: number;
  readonly undo: Undo;
  /** The process that broke it: as long as it lives, it undoes it itself. */
  readonly owner: { readonly pid: number; readonly start?: string };
}

/** What has to be undone, as files in a folder; each is on the disk before anything is broken. */
export function fileUndoLog(folder: string): UndoLog {
  const fileOf = (id: string, index: number) => join(folder, `${id}-${index}.json`);
  return {
    add: async (id, index, undo) => {
      await mkdir(folder, { recursive: true });
      const start = processStart(process.pid);
      const entry: Entry = {
        v: 1,
        id,
        index,
        undo,
        owner: { pid: process.pid, ...(start === undefined ? {} : { start }) },
      };
      const file = await open(fileOf(id, index), "w");
      try {
        await file.writeFile(JSON.stringify(entry));
        await file.sync();
      } finally {
        await file.close();
      }
    },
    done: (id, index) => rm(fileOf(id, index), { force: true }),
  };
}

/** What a look through the folder undid, or could not. */
export interface LeftUndone {
  readonly id: string;
  readonly text: string;
  readonly ok: boolean;
}

/** Undoes what processes that died have left broken; what a living one broke is left to it. */
export async function undoLeft(folder: string, undo: (undo: Undo) => Promise<string>): Promise<readonly LeftUndone[]> {
  const found: LeftUndone[] = [];
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.endsWith(".json")).sort()) {
    const file = join(folder, name);
    try {
      const entry = JSON.parse(await readFile(file, "utf8")) as Entry;
      const { owner, id } = entry;
      if (owner.start !== undefined && processStart(owner.pid) === owner.start) continue;
      found.push({ id, ok: true, text: await undo(entry.undo) });
      await rm(file, { force: true });
    } catch (error) {
      found.push({ id: name, ok: false, text: error instanceof Error ? error.message : String(error) });
    }
  }
  return found;
}
