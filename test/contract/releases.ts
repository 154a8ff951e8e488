import { afterEach, beforeEach, describe, expect } from "vitest";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { Releases, ReleasesStatus, ReleaseTarget, VersionStatus } from "../../shared/core/ports/releases.ts";
import { guarantees, type Skips } from "./guarantee.ts";

export interface ReleasesHarness {
  readonly releases: Releases;
  /** Runs with two instances of version "v1", all ready, and nothing else. */
  readonly target: ReleaseTarget;
  /** Nothing of it is there. */
  readonly unknown: ReleaseTarget;
  /** A release whose instances become healthy. */
  readonly good: (version: string) => Release;
  /** One whose instances never do, or end again. */
  readonly bad: (version: string) => Release;
  /** One that cannot be started at all, however often; absent: there is none here. */
  readonly hopeless?: (version: string) => Release;
  /** Lets time pass until it is as wanted. */
  readonly until: (wanted: (status: ReleasesStatus | undefined) => boolean, target?: ReleaseTarget) => Promise<void>;
  /** The system does not answer any more. */
  readonly breakDown: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Everything the Releases port promises, over one adapter. Each guarantee has a fresh one. */
export function releasesContract(name: string, make: () => Promise<ReleasesHarness>, skips?: Skips): void {
  describe(`Releases: ${name}`, () => {
    const { guarantee, done } = guarantees(skips);
    let harness: ReleasesHarness;
    beforeEach(async () => {
      harness = await make();
    });
    afterEach(async () => harness?.close());

    const status = async (target = harness.target) => harness.releases.describe(target);
    const look = async (version: string): Promise<VersionStatus | undefined> =>
      (await status())?.versions.find((one) => one.version === version);
    const versions = async () => (await status())?.versions.map((one) => one.version).sort();
    const ensure = (release: Release, count: number, target = harness.target) =>
      harness.releases.ensure(target, { release, count, key: `ensure:${release.version}:${count}` });
    const resize = (version: string, count: number) =>
      harness.releases.resize(harness.target, { version, count, key: `resize:${version}:${count}` });
    const remove = (version: string) => harness.releases.remove(harness.target, { version, key: `remove:${version}` });
    const adopt = (version: string, target = harness.target) =>
      harness.releases.adopt(target, { version, key: `adopt:${version}` });
    const ready = (version: string, count: number, target = harness.target) =>
      harness.until((now) => now?.versions.find((one) => one.version === version)?.ready === count, target);

    guarantee("what runs already is the stable version, with an address for each ready instance", async () => {
      const now = await status();
      expect(now?.stable).toBe("v1");
      expect(now?.versions).toHaveLength(1);
      expect(now?.versions[0]).toMatchObject({ version: "v1", desired: 2, running: 2, ready: 2, pending: 0 });
      expect(now?.versions[0]?.addresses).toHaveLength(2);
      expect(Number.isFinite(now?.at)).toBe(true);
    });

    guarantee("of a service that has nothing here nothing is known: undefined, not empty", async () => {
      expect(await status(harness.unknown)).toBeUndefined();
    });

    guarantee("a second version comes up beside the first, which stays as it is", async () => {
      expect(await ensure(harness.good("v2"), 1)).toMatchObject({ status: "accepted", changed: true });
      const starting = await look("v2");
      expect(starting).toMatchObject({ desired: 1, ready: 0 });
      await ready("v2", 1);
      expect(await look("v2")).toMatchObject({ desired: 1, running: 1, ready: 1, pending: 0, failures: 0 });
      expect(await look("v1")).toMatchObject({ desired: 2, ready: 2 });
      expect((await status())?.stable).toBe("v1");
    });

    guarantee("the same request again is accepted and changes nothing", async () => {
      const release = harness.good("v2");
      await ensure(release, 1);
      expect(await ensure(release, 1)).toMatchObject({ status: "accepted", changed: false });
      await ready("v2", 1);
      expect(await ensure(release, 1)).toMatchObject({ status: "accepted", changed: false });
      expect(await look("v2")).toMatchObject({ desired: 1, running: 1 });
    });

    guarantee("a version keeps its first release; another one under its name only sets the count", async () => {
      const release = harness.good("v2");
      await ensure(release, 1);
      await ensure({ ...release, environment: { ...release.environment, LATER: "yes" } }, 2);
      await ready("v2", 2);
      const kept = (await look("v2"))?.release;
      if (kept) expect(kept.environment).not.toHaveProperty("LATER");
    });

    guarantee("each version has a count of its own, up, down and to none", async () => {
      await ensure(harness.good("v2"), 1);
      await ready("v2", 1);
      expect(await resize("v1", 1)).toMatchObject({ status: "accepted", changed: true });
      expect(await resize("v1", 1)).toMatchObject({ status: "accepted", changed: false });
      await harness.until((now) => now?.versions.find((one) => one.version === "v1")?.running === 1);
      expect(await resize("v2", 2)).toMatchObject({ status: "accepted", changed: true });
      await ready("v2", 2);
      expect(await resize("v1", 0)).toMatchObject({ status: "accepted", changed: true });
      await harness.until((now) => now?.versions.every((one) => one.version !== "v1") ?? false);
      expect(await resize("v1", 1)).toMatchObject({ status: "accepted", changed: true });
      await ready("v1", 1);
    });

    guarantee("a version that is removed goes, every instance of it, and nothing else does", async () => {
      await ensure(harness.good("v2"), 1);
      await ready("v2", 1);
      expect(await remove("v2")).toMatchObject({ status: "accepted", changed: true });
      await harness.until((now) => now?.versions.length === 1);
      expect(await versions()).toEqual(["v1"]);
      expect(await look("v1")).toMatchObject({ desired: 2, ready: 2 });
      expect(await remove("v2")).toMatchObject({ status: "accepted", changed: false });
    });

    guarantee("a version that never was is removed already, and can be neither sized nor adopted", async () => {
      expect(await remove("v9")).toMatchObject({ status: "accepted", changed: false });
      const sentence = { status: "refused", why: expect.stringMatching(/v9/) };
      expect(await resize("v9", 1)).toMatchObject(sentence);
      expect(await adopt("v9")).toMatchObject(sentence);
    });

    guarantee("an adopted version is the service from then on; the old one stays until it is removed", async () => {
      await ensure(harness.good("v2"), 2);
      await ready("v2", 2);
      expect(await adopt("v2")).toMatchObject({ status: "accepted", changed: true });
      expect(await adopt("v2")).toMatchObject({ status: "accepted", changed: false });
      expect((await status())?.stable).toBe("v2");
      expect(await versions()).toEqual(["v1", "v2"]);
      await remove("v1");
      await harness.until((now) => now?.versions.length === 1);
      expect(await look("v2")).toMatchObject({ desired: 2, ready: 2 });
    });

    guarantee("what the service is now cannot be taken away", async () => {
      await ensure(harness.good("v2"), 1);
      expect(await remove("v1")).toMatchObject({ status: "refused", why: expect.stringContaining("v1") });
      expect(await look("v1")).toMatchObject({ desired: 2, ready: 2 });
    });

    guarantee("adopted with fewer instances than the old version has, it grows to as many", async () => {
      await ensure(harness.good("v2"), 1);
      await ready("v2", 1);
      await adopt("v2");
      expect(await look("v2")).toMatchObject({ desired: 2 });
      await ready("v2", 2);
    });

    guarantee("the old version can be adopted back while it is there", async () => {
      await ensure(harness.good("v2"), 2);
      await ready("v2", 2);
      await adopt("v2");
      expect(await adopt("v1")).toMatchObject({ status: "accepted", changed: true });
      expect((await status())?.stable).toBe("v1");
      expect(await remove("v2")).toMatchObject({ status: "accepted", changed: true });
    });

    guarantee(
      "a service that nobody knew starts with its first version, and has no stable one until one is adopted",
      async () => {
        const { unknown } = harness;
        expect(await ensure(harness.good("v1"), 1, unknown)).toMatchObject({ status: "accepted", changed: true });
        expect((await status(unknown))?.stable).toBeUndefined();
        await ready("v1", 1, unknown);
        await adopt("v1", unknown);
        expect((await status(unknown))?.stable).toBe("v1");
      },
    );

    guarantee("what does not become healthy counts its failures and says why, and is never ready", async () => {
      await ensure(harness.bad("v2"), 1);
      await harness.until((now) => (now?.versions.find((one) => one.version === "v2")?.failures ?? 0) >= 2);
      const bad = await look("v2");
      expect(bad).toMatchObject({ desired: 1, ready: 0, addresses: [] });
      expect(bad?.trouble).toMatch(/\w+ \w+/);
      expect(bad?.logs.length).toBeLessThanOrEqual(20);
      expect(await look("v1")).toMatchObject({ ready: 2 });
    });

    guarantee("what cannot be started at all is called hopeless", async () => {
      if (!harness.hopeless) throw new Error("no such release here: skip this guarantee with the reason");
      await ensure(harness.hopeless("v2"), 1);
      await harness.until((now) => now?.versions.find((one) => one.version === "v2")?.hopeless === true);
      expect(await look("v2")).toMatchObject({ ready: 0, trouble: expect.stringMatching(/\w+ \w+/) });
    });

    guarantee("a count that is no whole number from 0 is refused and changes nothing", async () => {
      for (const bad of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const refusal = { status: "refused", why: expect.stringContaining(String(bad)) };
        expect(await ensure(harness.good("v2"), bad)).toMatchObject(refusal);
        expect(await resize("v1", bad)).toMatchObject(refusal);
      }
      expect(await versions()).toEqual(["v1"]);
    });

    guarantee("a system that does not answer is an error that may be tried again, never an empty answer", async () => {
      await harness.breakDown();
      const unavailable = { code: "releases.unavailable", retryable: true };
      await expect(status()).rejects.toMatchObject(unavailable);
      await expect(ensure(harness.good("v2"), 1)).rejects.toMatchObject(unavailable);
      await expect(resize("v1", 1)).rejects.toMatchObject(unavailable);
      await expect(remove("v2")).rejects.toMatchObject(unavailable);
      await expect(adopt("v1")).rejects.toMatchObject(unavailable);
    });
    done();
  });
}
