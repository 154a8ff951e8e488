import type { ReleasesStatus, ReleaseTarget } from "../../shared/core/ports/releases.ts";
import { releasesContract } from "../contract/releases.ts";
import { releaseOf } from "../fakes/release.ts";
import { fleetIn, SERVICE, spec, tempDir, until } from "../local/world.ts";

releasesContract("local processes", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { name: "orders", initial: 2, env: { SERVICE_VERSION: "v1" } })]);
  await until(fleet, (status) => status.ready === 2, "orders");
  const target = { service: "orders" };
  const command = [process.execPath, SERVICE];
  return {
    releases: fleet.releases,
    target,
    unknown: { service: "nobody" },
    good: (version) => releaseOf(version, { command }),
    bad: (version) => releaseOf(version, { command, environment: { MODE: "exit" } }),
    hopeless: (version) => releaseOf(version, { command: ["no-such-program-anywhere"] }),
    until: (wanted, of: ReleaseTarget = target) => whenever(wanted, of),
    breakDown: () => fleet.stop(),
    close: () => fleet.stop(),
  };

  function whenever(wanted: (status: ReleasesStatus | undefined) => boolean, of: ReleaseTarget): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        fleet.releases.describe(of).then((status) => {
          if (!wanted(status)) return;
          stop();
          resolve();
        }, reject);
      };
      const stop = fleet.onChange(look);
      look();
    });
  }
});
