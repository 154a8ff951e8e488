import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { pointKey } from "../../shared/core/backup/keep/keys.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";

const WRITERS = 8;
const ROUNDS = 3;
const folder = mkdtempSync(join(tmpdir(), "headgate-race-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("of eight writers that race for one manifest in a folder exactly one wins, and everybody reads what it wrote", async () => {
  // Each with an adapter of its own, as processes have.
  const writers = Array.from({ length: WRITERS }, () => directoryObjects(folder));
  for (let round = 0; round < ROUNDS; round += 1) {
    const key = pointKey("hourly", `bkp_20261123_0730${String(round).padStart(2, "0")}`, "manifest.json");
    const results = await Promise.all(
      writers.map((objects, writer) =>
        objects.put(key, `manifest of ${writer}`.repeat(200), { ifAbsent: true }).then(
          () => writer,
          (error: unknown) => {
            if (error instanceof HeadgateError && error.code === "objects.exists") return undefined;
            throw error;
          },
        ),
      ),
    );
    const won = results.filter((one) => one !== undefined);
    expect(won).toHaveLength(1);
    for (const objects of writers)
      expect(new TextDecoder().decode(await objects.get(key))).toBe(`manifest of ${won[0]}`.repeat(200));
  }
});
