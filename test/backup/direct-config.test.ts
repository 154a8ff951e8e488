import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { expect, test } from "vitest";
import { driveRun, openDirect } from "../../functions/backup/direct.ts";
import { loadPoint } from "../../functions/backup/load-point.ts";
import { BackupPlan } from "../../shared/core/backup/section.ts";

test("a run at the command line backs up the configuration file it was given, and the files that one names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "headgate-test-"));
  const plan = v.parse(BackupPlan, { to: [folder], verify: "off", what: { topics: false, config: {} } });
  const config = { version: 1 as const, services: {}, autoscaling: {}, backup: { nightly: plan } };
  const applied = { text: "version: 1\nbackup: {}\n", files: { "more/part.yaml": "a: 1\n" } };
  const source = { kind: "config" as const, baseDir: folder, plans: ["nightly"], config, applied };
  const { context, close } = openDirect(source, "nightly");
  try {
    const { outcome, point } = await driveRun(context);
    expect(outcome).toBe("sealed");
    const opened = await loadPoint(context.places, "nightly", point?.id ?? "");
    const part = await opened.part("config");
    expect(part?.items.map(({ name }) => name).sort()).toEqual(["headgate.yaml", "more/part.yaml"]);
    expect(opened.manifest.warnings).toEqual([]);
  } finally {
    await close();
    await rm(folder, { recursive: true });
  }
});
