/** Keys of a destination that pruning deals with; see docs/backup-format.md. */
export const pointKey = (plan: string, id: string, file: string): string => `points/${plan}/${id}/${file}`;
export const holdKey = (plan: string, id: string): string => `holds/${plan}/${id}.json`;

/**
 * Lies beside the manifest of a point that was pruned: such a point is listed no more. What it wrote stays as long as a younger point needs it, under the
 * same keys and with the same bytes.
 */
export const PRUNED = "pruned.json";
export const MANIFEST = "manifest.json";

/** `pruned.json` */
export interface Pruned {
  readonly v: 1;
  readonly id: string;
  readonly at: number;
}

/** Folders whose second part is a plan and whose third is a point's id. */
export const FOLDERS = ["points", "data", "work", "verified"] as const;

/** The id in a key of one of the {@link FOLDERS}; undefined where it has none. */
export function idOf(key: string): string | undefined {
  const [folder, plan, id, rest] = key.split("/", 4);
  return FOLDERS.some((one) => one === folder) && plan && id && rest !== undefined ? id : undefined;
}
