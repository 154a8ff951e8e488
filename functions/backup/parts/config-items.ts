import { createHash } from "node:crypto";
import type { ConfigPart, Gap } from "../../../shared/core/backup/format/types.ts";
import type { PartContext } from "./types.ts";

type Item = ConfigPart["items"][number];

/** One thing as it was read. `secret`: it is sealed, or left out. */
export interface Raw {
  readonly kind: string;
  readonly name: string;
  readonly text: string | Uint8Array;
  readonly secret: boolean;
  /** What is kept where there is no key: the same without its secrets. */
  readonly without?: string;
}

/** Collects the items of config.json. */
export interface ConfigItems {
  add(raw: Raw): Promise<void>;
  /** It is secret, and was not even asked for. */
  leaveOut(kind: string, name: string): void;
  unread(why: string): void;
  readonly items: Item[];
  readonly warnings: string[];
  readonly gaps: Gap[];
}

/** Longest list of names in one warning. */
const MOST_NAMED = 20;

export function configItems({
  sealer,
  keyTrouble,
  plan,
  point,
}: Pick<PartContext, "sealer" | "keyTrouble" | "plan" | "point">): ConfigItems & {
  /** Adds what has to be said about everything that was left out. */
  finish(): void;
} {
  const items: Item[] = [];
  const warnings: string[] = [];
  const gaps: Gap[] = [];
  const left: string[] = [];
  const shortened: string[] = [];
  const hash = (text: string | Uint8Array) => createHash("sha256").update(text).digest("hex");
  const named = (names: readonly string[]) =>
    names.slice(0, MOST_NAMED).join(", ") + (names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "");
  return {
    items,
    warnings,
    gaps,
    add: async ({ kind, name, text, secret, without }) => {
      if (!secret && typeof text === "string") {
        items.push({ kind, name, sha256: hash(text), text });
        return;
      }
      if (!sealer) {
        if (without === undefined) left.push(`${kind} ${name}`);
        else {
          items.push({ kind, name, sha256: hash(without), text: without });
          shortened.push(`${kind} ${name}`);
        }
        return;
      }
      const sealed = await sealer.seal(text, { plan, point, kind, name });
      items.push({ kind, name, sha256: sealer.digest(text, sealed), sealed });
    },
    leaveOut: (kind, name) => void left.push(`${kind} ${name}`),
    unread: (why) => void gaps.push({ kind: "unread", part: "config", why }),
    finish: () => {
      const how =
        keyTrouble === undefined ? "the plan names no key to seal it with" : `its key cannot be used (${keyTrouble})`;
      if (keyTrouble !== undefined && left.length + shortened.length > 0)
        gaps.push({ kind: "unread", part: "config", why: `secrets are not in this point: ${keyTrouble}` });
      if (left.length > 0) warnings.push(`left out, because it is or may be secret and ${how}: ${named(left)}`);
      if (shortened.length > 0)
        warnings.push(`kept without the values that are or may be secret, because ${how}: ${named(shortened)}`);
    },
  };
}
