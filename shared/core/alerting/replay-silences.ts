import type { Millis } from "../kernel/time.ts";
import { resolvedAt } from "./merge.ts";
import type { PostedSilence } from "./silence-read.ts";
import { type CompiledSilences, compileSilence, expireSilence, setSilence, silenceState } from "./silences.ts";
import type { AlertRow, Silence } from "./types.ts";

/** Silences of a replay. Ids are those of the file; what upstream would give a new id is found under the old one as well. */
export interface ReplaySilences {
  /** Why it is refused; undefined: it is not. */
  put(posted: PostedSilence, now: Millis): string | undefined;
  expire(id: string, now: Millis): string | undefined;
  /** Those that are not over. */
  live(now: Millis): CompiledSilences;
  /** When one of them begins or ends. */
  changesAt(now: Millis): Millis;
  /** One of them may begin or end to hold at any time. */
  readonly recurring: boolean;
  /** Ends those that last until their alerts are resolved, once there was one and none fires any more; whether any did. */
  settle(rows: () => readonly AlertRow[], now: Millis): boolean;
}

export function replaySilences(): ReplaySilences {
  const kept = new Map<string, CompiledSilences["all"][number]>();
  const renamed = new Map<string, string>();
  const matched = new Set<string>();
  let lookedAt = Number.NEGATIVE_INFINITY;
  let changesAt = Number.POSITIVE_INFINITY;
  let live: CompiledSilences = { all: [] };
  let lasting: CompiledSilences["all"] = [];

  const current = (id: string): string => {
    let name = id;
    for (let next = renamed.get(name); next !== undefined; next = renamed.get(name)) name = next;
    return name;
  };
  const touch = (): void => {
    changesAt = Number.NEGATIVE_INFINITY;
  };
  const keep = (silence: Silence): void => {
    kept.set(silence.id, compileSilence(silence));
    touch();
  };
  /** Reads the list again where time has begun or ended one of them. */
  const refresh = (now: Millis): void => {
    if (now < changesAt && now >= lookedAt) return;
    const all = [...kept.values()].filter(({ silence }) => silenceState(silence, now) !== "expired");
    const bounds = all.flatMap(({ silence }) => [silence.startsAt, silence.endsAt].filter((at) => at > now));
    live = { all };
    lasting = all.filter(({ silence }) => silence.untilResolved === true);
    lookedAt = now;
    changesAt = bounds.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  };
  return {
    put(posted, now) {
      const { id: given, ...rest } = posted;
      const existing = given === undefined ? undefined : kept.get(current(given))?.silence;
      const fresh = existing === undefined && given !== undefined ? given : `silence-${kept.size + 1}`;
      const set = setSilence(existing, existing ? { ...rest, id: existing.id } : rest, now, fresh);
      if (!set.ok) return set.message;
      for (const silence of set.write) keep(silence);
      if (existing && set.id !== existing.id) renamed.set(existing.id, set.id);
      return undefined;
    },
    expire(id, now) {
      const silence = kept.get(current(id))?.silence;
      if (!silence) return `silence ${JSON.stringify(id)} not found`;
      keep(expireSilence(silence, now));
      return undefined;
    },
    live(now) {
      refresh(now);
      return live;
    },
    changesAt(now) {
      refresh(now);
      return changesAt;
    },
    settle(rows, now) {
      refresh(now);
      let over = false;
      for (const { silence, matches } of lasting) {
        if (silenceState(silence, now) !== "active") continue;
        const firing = rows().some((row) => !resolvedAt(row, now) && matches(row.labels));
        if (firing) matched.add(silence.id);
        else if (matched.has(silence.id)) {
          keep(expireSilence(silence, now));
          over = true;
        }
      }
      return over;
    },
    get recurring() {
      return live.all.some(({ silence }) => silence.recurs !== undefined);
    },
  };
}
