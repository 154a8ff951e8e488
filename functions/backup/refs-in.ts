import type { ObjectRef } from "../../shared/core/backup/format/types.ts";

/** Every object that is named anywhere in a part: each has key, size and sha256. */
export function refsIn(value: unknown, found: ObjectRef[] = []): ObjectRef[] {
  if (typeof value !== "object" || value === null) return found;
  const { key, size, sha256 } = value as Partial<ObjectRef>;
  if (typeof key === "string" && typeof sha256 === "string" && typeof size === "number")
    found.push({ key, size, sha256 });
  for (const member of Object.values(value)) refsIn(member, found);
  return found;
}
