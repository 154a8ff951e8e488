import type { createBucket } from "./bucket.ts";
import type { createQueue } from "./queue.ts";
import type { createTable } from "./table.ts";

/** What the functions share. */
export interface Parts {
  readonly table: ReturnType<typeof createTable>;
  readonly bucket: ReturnType<typeof createBucket>;
  readonly timers: ReturnType<typeof createQueue>;
}
