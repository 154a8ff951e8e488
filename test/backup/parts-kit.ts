import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { partStep } from "../../functions/backup/parts/step.ts";
import type { BesideKind, PartContext, PartStep } from "../../functions/backup/parts/types.ts";
import type { Place } from "../../functions/backup/place.ts";
import { BackupPlan } from "../../shared/core/backup/section.ts";
import type { Json } from "../../shared/core/kernel/json.ts";
import { httpClient } from "../../shared/edge/http-client.ts";
import { memoryJournal } from "../../shared/edge/memory-journal.ts";
import { memoryStore } from "../../shared/edge/memory-store.ts";
import { memoryObjects } from "../fakes/memory-objects.ts";
import { wireClients } from "../fakes/wire.ts";

export const NOW = 1_790_000_000_000;
export const POINT = "bkp_20260921_143320";

export const place = (name: string): Place => ({ name, objects: memoryObjects({ now: () => NOW }) });

/** Everything a place holds, as one text: what must not be in it is looked for there. */
export async function everythingOf({ objects }: Place): Promise<string> {
  let text = "";
  for (const { key } of (await objects.list("")).items)
    text += `${key}\n${Buffer.from((await objects.get(key)) ?? []).toString("latin1")}\n`;
  return text;
}

/** What making a part needs, over two places in memory and a clock that stands unless it is moved. */
export function partContext(
  what: Json,
  given: Partial<Omit<PartContext, "runtime">> & { readonly runtime?: Partial<PartContext["runtime"]> } = {},
): PartContext {
  const { runtime, ...rest } = given;
  const now = runtime?.now ?? (() => NOW);
  return {
    ...{ tenant: "default", plan: "hourly", point: POINT, baseDir: "." },
    config: v.parse(BackupPlan, { to: ["one", "two"], what }),
    places: [place("one"), place("two")],
    http: httpClient({ allowLocal: true }),
    clients: wireClients("http://127.0.0.1:9", { maxAttempts: 1 }),
    secret: async (reference) => `value of ${reference}`,
    more: () => true,
    ...rest,
    runtime: {
      ...{ now, speed: 1, store: memoryStore(now), journal: memoryJournal(), objects: memoryObjects({ now }) },
      ...runtime,
    },
  };
}

/** Calls a part until it is over; progress goes through JSON, as it does in a run. */
export async function finish<Kind extends BesideKind>(
  context: PartContext,
  kind: Kind,
  onWait: (againMs: number) => void = () => {},
): Promise<Exclude<PartStep<Kind>, { status: "waiting" }>> {
  let progress: Json | undefined;
  for (let calls = 0; calls < 1_000; calls++) {
    const step = (await partStep(context, kind, progress)) as PartStep<Kind>;
    if (step.status !== "waiting") return step;
    progress = JSON.parse(JSON.stringify(step.progress));
    onWait(step.againMs);
  }
  throw new Error(`${kind} does not end`);
}

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-parts-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
