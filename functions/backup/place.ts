import type { Millis } from "../../shared/core/kernel/time.ts";
import type { Objects } from "../../shared/core/ports/objects.ts";

/** A destination that is open: every key of docs/backup-format.md lies below its root. */
export interface Place {
  /** As the plan names it. */
  readonly name: string;
  readonly objects: Objects;
  /** Where that is, for people: "s3://bucket/prefix/ (us-west-2)" or a folder. */
  readonly address?: string;
  /** Whether the folder is there at all. Absent: whoever asks anything of the place is told. */
  readonly there?: () => Promise<boolean>;
  /**
   * Gives up uploads that began before an instant and that nobody will finish: a process that was killed leaves one, and it costs money. Resolves to how many
   * there were. Absent: nothing of that kind is left here.
   */
  readonly abandon?: (before: Millis) => Promise<number>;
}
