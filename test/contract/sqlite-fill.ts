import type { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { openSqlite } from "../../shared/edge/sqlite.ts";

// Writes until the disk takes no more (the parent limits the size of files), and says what the store said.
const file = openSqlite(process.argv[2] as string, () => 0);
const state = "x".repeat(50_000);
let written = 0;
try {
  for (; written < 1_000; written += 1)
    await file.store.write({ tenant: "default", noun: "fill", subject: `s${written}` }, 0, { state });
} catch (error) {
  const { code, message, retryable } = error as HeadgateError;
  const kept = await file.store.list("default", "fill", { limit: 1_000 });
  process.stdout.write(JSON.stringify({ written, kept: kept.items.length, code, message, retryable }));
}
