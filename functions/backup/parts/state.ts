import { randomUUID } from "node:crypto";
import type { StatePart } from "../../../shared/core/backup/format/types.ts";
import type { WrittenObject } from "../../../shared/core/backup/run/unit.ts";
import type { Json } from "../../../shared/core/kernel/json.ts";
import type { Millis } from "../../../shared/core/kernel/time.ts";
import { zstdLines } from "../../../shared/edge/zstd-lines.ts";
import { streamAll } from "../write-all.ts";
import { dataKey } from "./receipts.ts";
import { TAKEN } from "./state-nouns.ts";
import type { PartContext, PartStep } from "./types.ts";
import "../../shared-parts.ts";
import "../../shared-parts.ts";

type StateObject = WrittenObject & StatePart["objects"][number];

/** Where the reading is: nouns one after another, then the journal. */
interface Progress {
  /** Index into {@link TAKEN}; past its end: the journal. */
  readonly noun: number;
  readonly cursor?: string;
  /** The journal is read up to here; what is newer belongs to the next point. */
  readonly to: Millis;
  readonly objects: readonly StateObject[];
  readonly warnings: readonly string[];
}

/** Lines of one object, at most: a restore, and the next invocation, begin at one. */
const MOST_LINES = 50_000;
const PAGE = 500;

/** Everything this installation keeps in its state store and journal, as NDJSON in zstd. */
export async function stepState(context: PartContext, given?: Json): Promise<PartStep<"state">> {
  let at = (given as Progress | undefined) ?? { noun: 0, to: context.runtime.now() + 1, objects: [], warnings: [] };
  try {
    for (;;) {
      const what = at.noun < TAKEN.length ? "state" : "journal";
      const read = { ...at, lines: 0, over: false };
      const lines = what === "state" ? stateLines(context, read) : journalLines(context, read);
      const number = at.objects.length;
      const written = await streamAll(
        context.places,
        // Two workers that do this at the same time read at different moments: neither may write over what the other one counts on.
        dataKey(context, `state/${what}-${number}-${randomUUID().slice(0, 8)}.ndjson.zst`),
        zstdLines(lines),
      );
      const { failed, ...object } = written;
      const warnings = [
        ...at.warnings,
        ...failed.map(({ place, error }) => `${place} did not take all of it: ${error.message}`),
      ];
      at = {
        noun: read.noun,
        ...(read.cursor === undefined ? {} : { cursor: read.cursor }),
        ...{ to: at.to, objects: [...at.objects, { ...object, what, lines: read.lines }], warnings },
      };
      if (read.over) break;
      if (!context.more()) return { status: "waiting", progress: at as unknown as Json, againMs: 0 };
    }
  } catch (error) {
    return { status: "failed", why: `state is not in this point: ${error instanceof Error ? error.message : error}` };
  }
  const objects = at.objects.map(({ key, size, sha256, what, lines }) => ({ key, size, sha256, what, lines }));
  return { status: "done", part: { objects }, objects: at.objects, warnings: [...new Set(at.warnings)], gaps: [] };
}

interface Reading {
  noun: number;
  cursor?: string;
  readonly to: Millis;
  lines: number;
  over: boolean;
}

async function* stateLines({ runtime, tenant }: PartContext, at: Reading): AsyncGenerator<string> {
  while (at.noun < TAKEN.length) {
    const noun = TAKEN[at.noun] as string;
    const page = await runtime.store.list(tenant, noun, {
      limit: PAGE,
      ...(at.cursor === undefined ? {} : { cursor: at.cursor }),
    });
    for (const { key, state, dueAt, expiresAt } of page.items) {
      // Actions that are under way belong to the installation that performs them.
      yield JSON.stringify({ noun: key.noun, subject: key.subject, state, dueAt, expiresAt });
      at.lines += 1;
    }
    if (page.cursor === undefined) {
      at.noun += 1;
      delete at.cursor;
    } else at.cursor = page.cursor;
    if (at.lines >= MOST_LINES) return;
  }
}

async function* journalLines({ runtime, tenant }: PartContext, at: Reading): AsyncGenerator<string> {
  while (at.lines < MOST_LINES) {
    const page = await runtime.journal.list({
      ...{ tenant, to: at.to, limit: PAGE },
      ...(at.cursor === undefined ? {} : { cursor: at.cursor }),
    });
    for (const record of page.items) {
      yield JSON.stringify(record);
      at.lines += 1;
    }
    if (page.cursor === undefined) {
      at.over = true;
      return;
    }
    at.cursor = page.cursor;
  }
}
