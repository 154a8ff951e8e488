import { HeadgateError } from "../../kernel/errors.ts";

/** Bytes that are not what Kafka's protocol says; `at` is the position in the bytes that were given. */
export const damagedBatch = (what: string, at: number): HeadgateError =>
  new HeadgateError("backup.damaged", `${what} at byte ${at}`);
