import type { Needs } from "../../shared/core/delivery/rollout/needs.ts";
import type { RolloutAction, RolloutLook, VersionLook } from "../../shared/core/delivery/rollout/types.ts";
import type { Release } from "../../shared/core/kernel/release.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { Violation } from "../shell/simulation/check.ts";

/** How one seed's world is. */
export interface Scenario {
  readonly size: number;
  readonly divides: boolean;
  /** Of the new version: comes up, never, crashes again and again, is ready now and then, cannot start. */
  readonly behaviour: "ok" | "never" | "crash" | "flap" | "hopeless";
  readonly startMs: number;
  /** Errors of the new version over the old one's. */
  readonly worse: number;
  readonly counts: "prompt" | "late" | "none" | "unreadable";
  readonly hook: "yes" | "no" | "slow";
  /** From when the gateway goes by new shares. */
  readonly shareLagMs: number;
  /** While it lasts the old version has no instance that is ready. */
  readonly outage?: { readonly from: number; readonly to: number };
}

interface Instances {
  desired: number;
  readonly started: number;
  readonly slow: number;
}

type Shares = Readonly<Record<string, number>>;

const REQUESTS = 3_000;
const RATE = 0.02;

/** The platform under a rollout: versions that come up in time, a gateway that divides, counts of what it served. It notes what must never happen. */
export function rolloutWorld(scenario: Scenario, now: () => number, start: number) {
  const versions = new Map<string, Instances>([["v1", { desired: scenario.size, started: start, slow: 0 }]]);
  const broken: Violation[] = [];
  const done = new Map<string, string>();
  const timeline: { readonly at: number; readonly shares: Shares | undefined }[] = [];
  const changes: string[] = [];
  let stable = "v1";
  let hooks = 0;

  const breach = (rule: string, detail: string) => void broken.push({ rule, detail });
  const inForce = (at: number): Shares | undefined => timeline.findLast((one) => one.at <= at)?.shares;
  const served = (version: string): number => inForce(now())?.[version] ?? 0;

  const readyOf = (version: string, { desired, started, slow }: Instances): number => {
    const at = now();
    if (version === "v1") {
      const { outage } = scenario;
      return outage && at >= outage.from && at < outage.to ? 0 : desired;
    }
    const up = at >= started + slow;
    if (scenario.behaviour === "ok") return up ? desired : 0;
    if (scenario.behaviour === "flap") return up && Math.floor((at - started) / 23_000) % 2 === 1 ? desired : 0;
    return 0;
  };

  const failuresOf = (version: string, { started }: Instances): number =>
    version !== "v1" && scenario.behaviour === "crash" ? Math.floor((now() - started) / 9_000) : 0;

  /** Holds at every instant; looked at after every change. */
  const invariants = (why: string): void => {
    const asked = timeline.at(-1)?.shares;
    if (asked) {
      const sum = Object.values(asked).reduce((total, share) => total + share, 0);
      if (Math.abs(sum - 100) > 0.01) breach("shares sum to 100", `${JSON.stringify(asked)} after ${why}`);
    }
    if (![...versions.values()].some(({ desired }) => desired > 0)) breach("never two colours retired", why);
    const force = inForce(now());
    if (force && !Object.entries(force).some(([name, share]) => share > 0 && (versions.get(name)?.desired ?? 0) > 0))
      breach("somebody is there for the traffic", `${JSON.stringify(force)} after ${why}`);
  };

  const change = (text: string, work: () => void): boolean => {
    const before = JSON.stringify([
      [...versions].map(([name, { desired }]) => [name, desired]),
      stable,
      timeline.at(-1)?.shares,
    ]);
    work();
    const after = JSON.stringify([
      [...versions].map(([name, { desired }]) => [name, desired]),
      stable,
      timeline.at(-1)?.shares,
    ]);
    if (after !== before) changes.push(text);
    invariants(text);
    return after !== before;
  };

  const remove = (version: string): void => {
    if (!versions.has(version)) return;
    if (scenario.divides && served(version) > 0)
      breach("a version that is served is never taken away", `${version} has ${served(version)} %`);
    if (scenario.divides && inForce(now()) === undefined)
      breach("a version that is served is never taken away", `${version} has its part, as nothing is weighed`);
    if (version === stable) breach("what is the service is never taken away", version);
    versions.delete(version);
  };

  const set = (shares: Shares | undefined) => void timeline.push({ at: now() + scenario.shareLagMs, shares });

  const apply = (action: RolloutAction): Partial<ActionResult> => {
    switch (action.type) {
      case "ensure_version": {
        const { release, count } = action;
        if (scenario.divides && inForce(now()) === undefined)
          breach("a new version takes traffic by its share only", `${release.version} with no shares in force`);
        return { values: { changed: change(`ensure ${release.version} ${count}`, () => grow(release, count)) } };
      }
      case "resize_version":
        change(`resize ${action.version} ${action.count}`, () => {
          const known = versions.get(action.version);
          if (known) known.desired = action.count;
          else if (action.version === "v1") versions.set("v1", { desired: action.count, started: now(), slow: 0 });
        });
        return {};
      case "remove_version":
        change(`remove ${action.version}`, () => remove(action.version));
        return {};
      case "adopt_version":
        if (!versions.has(action.version)) return { status: "refused", detail: "no such version" };
        change(`adopt ${action.version}`, () => void (stable = action.version));
        return {};
      case "set_shares":
        change(`shares ${JSON.stringify(action.shares)}`, () => set(action.shares));
        return {};
      case "release_shares":
        if (versions.size > 1)
          breach("shares are given back once one version is left", [...versions.keys()].join(", "));
        change("shares released", () => set(undefined));
        return {};
      case "ask_hook":
        hooks += 1;
        return { values: { status: scenario.hook === "no" ? 403 : scenario.hook === "slow" && hooks < 3 ? 503 : 200 } };
      default:
        return {};
    }
  };

  const grow = (release: Release, count: number): void => {
    const known = versions.get(release.version);
    if (known) known.desired = count;
    else versions.set(release.version, { desired: count, started: now(), slow: scenario.startMs });
  };

  const countsOf = (at: number, version: string, worse: number) => {
    const force = inForce(at);
    const part = force ? (force[version] ?? 0) / 100 : (versions.get(version)?.desired ?? 0) > 0 ? 0.5 : 0;
    const requests = Math.round(REQUESTS * part);
    const wobble = 1 + (((Math.floor(at / 1000) * 7919) % 11) - 5) / 50;
    return requests === 0 ? undefined : { requests, errors: Math.round(requests * RATE * worse * wobble) };
  };

  return {
    versions,
    broken,
    changes,
    get stable() {
      return stable;
    },
    get shares() {
      return timeline.at(-1)?.shares;
    },
    /** Does one action; the same key has to mean the same. */
    perform(action: RolloutAction): ActionResult {
      const { key, ...what } = action;
      const text = JSON.stringify(what);
      const known = done.get(key);
      if (known !== undefined && known !== text) breach("no key stands for two things", `${key}: ${known} and ${text}`);
      done.set(key, text);
      return { key, status: "done", at: now(), detail: "ok", ...apply(action) };
    },
    look(needs: Needs, unreadable: boolean): RolloutLook {
      invariants("a look");
      const at = now();
      const all = [...versions].map(([version, instances]): VersionLook => {
        const ready = readyOf(version, instances);
        const { desired } = instances;
        const hopeless = version !== "v1" && scenario.behaviour === "hopeless";
        const failures = failuresOf(version, instances);
        const late = { attempts: Math.floor((at - instances.started) / 5_000), failures };
        return {
          version,
          desired,
          pending: desired - ready,
          running: desired,
          ready,
          ...late,
          ...(hopeless ? { hopeless } : {}),
        };
      });
      const force = inForce(at);
      const lag = scenario.counts === "late" ? 25_000 : 0;
      const { counts: asked, history } = needs;
      const readable = scenario.counts !== "unreadable";
      const intervals: NonNullable<RolloutLook["counts"]>[number][] = [];
      if (asked)
        for (let from = asked.from; from + asked.everyMs <= at - lag; from += asked.everyMs) {
          const canary = scenario.counts === "none" ? undefined : countsOf(from, asked.canary, scenario.worse);
          const baseline = countsOf(from, asked.baseline, 1);
          intervals.push({
            from,
            to: from + asked.everyMs,
            ...(canary ? { canary } : {}),
            ...(baseline ? { baseline } : {}),
          });
        }
      const ticks =
        history && Array.from({ length: history.ticks }, (_, index) => history.to - (index + 1) * history.everyMs);
      return {
        kind: "look",
        divides: scenario.divides,
        stable,
        ...(unreadable ? { failures: ["no answer"] } : { versions: all }),
        ...(scenario.divides && force ? { shares: force } : {}),
        ...(asked && readable ? { counts: intervals } : {}),
        ...(ticks && readable
          ? {
              history: ticks
                .reverse()
                .map((tick) => countsOf(tick, "v1", 1) ?? { requests: REQUESTS, errors: REQUESTS * RATE }),
            }
          : {}),
      };
    },
  };
}
