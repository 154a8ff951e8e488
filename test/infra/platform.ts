import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Root of the repository. */
export const root = join(import.meta.dirname, "..", "..");
export const platformDir = join(root, ".sst", "platform");
/** Written last, so that an installation that was cut short is done again. */
const stamp = join(root, ".sst", "installed.json");

const wanted = (): string => {
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/sst/package.json"), "utf8")) as {
    version: string;
  };
  const provider = /version: "([\d.]+)"/.exec(readFileSync(join(root, "sst.config.ts"), "utf8"))?.[1];
  return JSON.stringify({ sst: version, aws: provider });
};

/**
 * Installs SST's platform (its components and the AWS provider's types, about 330 MB from the npm registry, about half a
 * minute) into the git-ignored folder .sst, once per version. No account and no credentials are asked for.
 */
export function installPlatform(): void {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted()) return;
  console.error("installing the SST platform into .sst (about 330 MB from npm, once per SST version)");
  const started = Date.now();
  const done = spawnSync(process.execPath, [join(root, "node_modules/sst/bin/sst.mjs"), "install", "--print-logs"], {
    cwd: root,
    encoding: "utf8",
    env: {
      ...process.env,
      SST_STAGE: "synth",
      // npm instead of a bun that would be fetched from elsewhere; no check for a Pulumi that is not needed here.
      SST_NO_BUN: "1",
      SST_SKIP_DEPENDENCY_CHECK: "1",
      SST_TELEMETRY_DISABLED: "1",
      XDG_CONFIG_HOME: join(root, ".cache", "sst-config"),
    },
  });
  if (done.status !== 0) {
    throw new Error(
      `sst install failed (${done.status ?? done.signal ?? done.error?.message}):\n${done.stdout}\n${done.stderr}`,
    );
  }
  writeFileSync(stamp, wanted());
  console.error(`SST platform installed in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Vitest global setup of the infra suite. */
export function setup(): void {
  installPlatform();
}
