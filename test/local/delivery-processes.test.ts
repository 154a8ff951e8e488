import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import type { LocalFleet } from "../../local/process-fleet.ts";
import type { VersionStatus } from "../../shared/core/ports/releases.ts";
import { releaseOf } from "../fakes/release.ts";
import { fleetIn, SERVICE, spec, tempDir } from "./world.ts";

const target = { service: "svc" };
const command = [process.execPath, SERVICE];
const v1 = () => spec("ok", { env: { MODE: "ok", SERVICE_VERSION: "v1", KEPT: "from run" } });

/** Waits for the first change after which a version is as wanted. */
function seen(
  fleet: LocalFleet,
  version: string,
  wanted: (status: VersionStatus | undefined) => boolean,
  of = target,
): Promise<VersionStatus | undefined> {
  return new Promise((resolve, reject) => {
    const look = () => {
      fleet.releases.describe(of).then((status) => {
        const one = status?.versions.find((each) => each.version === version);
        if (!wanted(one)) return;
        stop();
        resolve(one);
      }, reject);
    };
    const stop = fleet.onChange(look);
    look();
  });
}
const ready = (fleet: LocalFleet, version: string, count = 1, of = target) =>
  seen(fleet, version, (one) => one?.ready === count && one.running === count, of);
const ensure = (fleet: LocalFleet, release: Parameters<typeof releaseOf>[1], count = 1, version = "v2") =>
  fleet.releases.ensure(target, { release: releaseOf(version, release), count, key: version });

test("a release inherits what it does not say, is told apart at the gateway, and what was adopted comes up again after kill -9", async () => {
  const dir = tempDir();
  const first = fleetIn(dir);
  first.add([v1()]);
  await ensure(first, { environment: { OWN: "yes" } });
  const up = await ready(first, "v2");
  expect(up).toMatchObject({ healthData: { status: "ok", version: "v2" }, release: { version: "v2" } });
  expect(up?.responseMs).toBeGreaterThan(0);
  expect(up?.attempts).toBeGreaterThan(0);
  const env = (await (await fetch(`${up?.addresses[0]}/env`)).json()) as Record<string, string>;
  expect(env).toMatchObject({
    KEPT: "from run",
    OWN: "yes",
    SERVICE_VERSION: "v2",
    SERVICE_NAME: "svc",
    CLUSTER_ID: "default",
    DATA_PROCESSING_MODE: "production",
    DEPLOYMENT_TIME: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  });
  await ready(first, "v1");
  expect(first.backends("svc").map(({ version }) => version)).toEqual(["v1", "v2"]);
  expect((await first.describe([{ name: "svc" }])).get("svc")).toMatchObject({ desired: 1, ready: 1, deploying: true });
  await first.releases.adopt(target, { version: "v2", key: "adopt" });
  await first.releases.remove(target, { version: "v1", key: "remove" });
  await seen(first, "v1", (one) => one === undefined);
  await first.setDesired({ name: "svc" }, { desired: 2, expected: 1, key: "out" });
  first.kill();

  const second = fleetIn(dir);
  await second.reap(1000);
  second.add([v1()]);
  expect(await ready(second, "v2", 2)).toMatchObject({ desired: 2 });
  expect(await second.releases.describe(target)).toMatchObject({ stable: "v2", versions: [{ version: "v2" }] });
  const again = (await (await fetch(`http://127.0.0.1:${second.backends("svc")[0]?.port}/env`)).json()) as typeof env;
  expect(again["DEPLOYMENT_TIME"]).toBe(env["DEPLOYMENT_TIME"]);
});

test("killed in the middle, the next start has both versions and the same stable one", async () => {
  const dir = tempDir();
  const first = fleetIn(dir);
  first.add([v1()]);
  await ensure(first, {});
  first.kill();
  const second = fleetIn(dir);
  second.add([v1()]);
  await ready(second, "v1");
  await ready(second, "v2");
  expect(await second.releases.describe(target)).toMatchObject({ stable: "v1" });
});

test("a port that somebody has is named with who has it, and is hopeless; one port is one instance's", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const host = address !== null && typeof address === "object" ? address.port : 0;
  const ports = [{ container: 80, host, protocol: "tcp" as const }];
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { initial: 0 })]);
  expect(await ensure(fleet, { command, ports }, 2)).toMatchObject({
    status: "refused",
    why: expect.stringContaining(`port ${host}`),
  });
  await ensure(fleet, { command, ports });
  const status = await seen(fleet, "v2", (one) => one?.hopeless === true);
  const owner = process.platform === "linux" ? `\\(process ${process.pid}\\)` : "another program";
  expect(status?.trouble).toMatch(new RegExp(`port ${host} is in use by .*${owner}`));
});

test("an image without a command, and no command at all, are refused with a sentence; nothing is started", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { initial: 0 })]);
  expect(await ensure(fleet, { image: "shop/orders:2" })).toMatchObject({
    status: "refused",
    why: expect.stringMatching(/shop\/orders:2 runs on ECS.*command/),
  });
  const nobody = { service: "nobody" };
  const bare = await fleet.releases.ensure(nobody, { release: releaseOf("v1"), count: 1, key: "k" });
  expect(bare).toMatchObject({ status: "refused", why: expect.stringContaining("no command") });
  expect(await fleet.releases.describe(nobody)).toBeUndefined();
});

test("with restart policy no, what has ended stays ended; its last lines are kept", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([spec("ok", { initial: 0 })]);
  await ensure(fleet, { command, restartPolicy: "no", environment: { MODE: "exit" } });
  const status = await seen(fleet, "v2", (one) => (one?.failures ?? 0) > 0);
  expect(status).toMatchObject({ desired: 1, pending: 0, running: 0, ready: 0, failures: 1 });
  expect(status?.trouble).toContain("not started again (restart policy no)");
  expect(status?.logs).toEqual(["cannot reach the database"]);
});

test("a service that the configuration does not know is deployed, announced, and there again after the next start", async () => {
  const dir = tempDir();
  const told: string[] = [];
  const nobody = { service: "nobody" };
  const first = fleetIn(dir, { onDeployed: (service) => told.push(service) });
  const release = releaseOf("v1", { command });
  await first.releases.ensure(nobody, { release, count: 1, key: "k" });
  expect(told).toEqual(["nobody"]);
  await first.releases.adopt(nobody, { version: "v1", key: "k" });
  await first.stop();
  const second = fleetIn(dir);
  expect(second.deployed()).toEqual(["nobody"]);
  second.add([]);
  await ready(second, "v1", 1, nobody);
  expect((await second.describe([{ name: "nobody" }])).get("nobody")).toMatchObject({ desired: 1 });
});

test("a service that was taken out of the configuration does not come back by what was deployed of it", async () => {
  const dir = tempDir();
  const first = fleetIn(dir);
  first.add([spec("ok", { initial: 0 })]);
  await ensure(first, {}, 0);
  await first.stop();
  const second = fleetIn(dir);
  second.add([]);
  expect(second.services()).toEqual([]);
});

test("a version whose health flaps never counts as ready, and says so", async () => {
  const fleet = fleetIn(tempDir());
  fleet.add([v1()]);
  await ensure(fleet, { environment: { MODE: "flapping" } });
  const look = async () => (await fleet.releases.describe(target))?.versions.find(({ version }) => version === "v2");
  await expect.poll(async () => (await look())?.attempts, { interval: 20, timeout: 10_000 }).toBeGreaterThan(12);
  expect(await look()).toMatchObject({ ready: 0, trouble: expect.stringContaining("health flaps") });
  expect(fleet.backends("svc").some(({ version }) => version === "v2")).toBe(false);
  await fleet.stop();
});
