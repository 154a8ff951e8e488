import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { workKey } from "./documents.ts";
import type { Place } from "./place.ts";
import { putAll } from "./write-all.ts";

/** What later turns of a restore or a drill need of earlier ones: it lies at the destinations, which outlive a control plane. */
interface KeptPaper<T> {
  load(): Promise<T | undefined>;
  save(value: T): Promise<void>;
}

/** `work/<plan>/<id>/kept.json` at every place; the newest that can be read counts. Goes with what other runs leave lying, a day after it was written last. */
export function keptPaper<T extends { readonly v: 1 }>(
  places: readonly Place[],
  plan: string,
  id: string,
): KeptPaper<T> {
  const key = workKey(plan, id, "kept.json");
  let turn = 0;
  return {
    load: async () => {
      let newest: { readonly turn: number; readonly value: T } | undefined;
      let trouble: unknown;
      for (const { objects } of places)
        try {
          const bytes = await objects.get(key);
          if (!bytes) continue;
          const found = JSON.parse(new TextDecoder().decode(bytes)) as { readonly turn: number; readonly value: T };
          if (!newest || found.turn > newest.turn) newest = found;
        } catch (error) {
          trouble ??= error;
        }
      if (!newest && trouble !== undefined) throw trouble;
      turn = Math.max(turn, newest?.turn ?? 0);
      return newest?.value;
    },
    save: async (value) => {
      turn += 1;
      const { at, failed } = await putAll(places, key, JSON.stringify({ turn, value }), {
        contentType: "application/json",
      });
      if (at.length > 0) return;
      throw (
        failed[0]?.error ?? new HeadgateError("objects.unavailable", `${key} cannot be written`, { retryable: true })
      );
    },
  };
}
