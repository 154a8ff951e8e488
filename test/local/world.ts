import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type FleetOptions, type LocalFleet, processFleet } from "../../local/process-fleet.ts";
import { processStart } from "../../local/process-identity.ts";
import type { ServiceSpec } from "../../local/service-spec.ts";
import type { FleetStatus } from "../../shared/core/ports/fleet.ts";

export const SERVICE = fileURLToPath(import.meta.resolve("./fixtures/service.mjs"));

/** Registers what is done when a test ends. Tests that run beside each other have to hand their own on: the default is whichever runs. */
export type Finished = typeof onTestFinished;

/** A folder that is gone after the test. */
export function tempDir(finished: Finished = onTestFinished): string {
  const dir = mkdtempSync(join(tmpdir(), "headgate-local-"));
  finished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** A service of real node processes that behaves as `mode` says. */
export function spec(mode = "ok", more: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: "svc",
    command: [process.execPath, SERVICE],
    port: 0,
    health: "/health",
    env: { MODE: mode },
    cwd: import.meta.dirname,
    baseDir: import.meta.dirname,
    startTimeoutMs: 10_000,
    graceMs: 3000,
    memoryLimitMb: 256,
    cpus: 1,
    initial: 1,
    ...more,
  };
}

/** A fleet with quick health checks that is stopped, by force if need be, after the test. */
export function fleetIn(
  dir: string,
  more: Partial<FleetOptions> = {},
  finished: Finished = onTestFinished,
): LocalFleet {
  const fleet = processFleet({
    dir,
    now: Date.now,
    random: () => 0.5,
    health: { startingMs: 20, runningMs: 50, timeoutMs: 500, failures: 2 },
    backOff: { firstMs: 40, mostMs: 400 },
    ...more,
  });
  finished(async () => {
    fleet.kill();
    await fleet.stop();
  });
  return fleet;
}

export async function statusOf(fleet: LocalFleet, name = "svc"): Promise<FleetStatus> {
  const status = (await fleet.describe([{ name }])).get(name);
  if (!status) throw new Error(`the fleet knows no ${name}`);
  return status;
}

/** Waits for the first change of the fleet after which the status is as wanted. The test's own time limit is the limit. */
export function until(fleet: LocalFleet, wanted: (status: FleetStatus) => boolean, name = "svc"): Promise<FleetStatus> {
  return new Promise((resolve, reject) => {
    const look = () => {
      statusOf(fleet, name).then((status) => {
        if (!wanted(status)) return;
        stop();
        resolve(status);
      }, reject);
    };
    const stop = fleet.onChange(look);
    look();
  });
}

/** Whether a process is there and not a zombie's remains. */
export function lives(pid: number): boolean {
  return processStart(pid) !== undefined;
}

/** Polls what has no event of its own (other processes). */
export async function eventually(check: () => boolean, withinMs: number): Promise<boolean> {
  const end = Date.now() + withinMs;
  while (!check()) {
    if (Date.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
