import { type Field, type Notes, type Path, wrong } from "../kernel/fields.ts";

/** Members of a JSON object by name. */
export type Members = Readonly<Record<string, unknown>>;

export const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** Leaves a fault about what is not there. */
export function missing(notes: Notes, path: Path, allowed: string): undefined {
  notes.faults.push({ path, message: "is missing", allowed });
}

/** A JSON object, whatever its members are: what nobody looks at may be there. */
export const members: Field<Members> = (value, path, notes) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  return isAbsent(value) ? missing(notes, path, "a map") : wrong(notes, path, value, "wrong type or value", "a map");
};

/** What may be left out; null counts as left out. */
export const optional =
  <T>(field: Field<T>): Field<T> =>
  (value, path, notes) =>
    isAbsent(value) ? undefined : field(value, path, notes);

/** A number within bounds; text that is one counts too, where `texts` says so. */
export const numeric =
  (allowed: string, fits: (value: number) => boolean = () => true, texts = false): Field<number> =>
  (value, path, notes) => {
    const found = texts && typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof found === "number" && Number.isFinite(found) && fits(found)) return found;
    return isAbsent(value) ? missing(notes, path, allowed) : wrong(notes, path, value, "wrong type or value", allowed);
  };
