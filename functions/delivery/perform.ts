import type { Rollout, RolloutAction, RolloutState } from "../../shared/core/delivery/rollout/types.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { DecisionRecord } from "../../shared/core/kernel/record.ts";
import type { ActionResult } from "../../shared/core/kernel/step.ts";
import type { ReleaseResult, Releases, VersionStatus } from "../../shared/core/ports/releases.ts";
import type { Runtime } from "../../shared/shell/runtime.ts";
import { askHook } from "./hook.ts";
import { deregisterVersion, registerVersion } from "./register.ts";
import type { DeliverySettings } from "./settings.ts";
import { readShares, releaseShares, setShares } from "./shares.ts";
import { tellPeople } from "./tell.ts";

/** Percent that a version may seem to have although it has none: whole parts of a load balancer are rounded. */
const NOTHING = 0.5;

type Outcome = Omit<ActionResult, "key" | "at">;

const done = (detail: string, values?: ActionResult["values"]): Outcome => ({
  status: "done",
  detail,
  ...(values ? { values } : {}),
});

const outcomeOf = (what: string, result: ReleaseResult): Outcome => {
  if (result.status === "refused") return { status: "refused", detail: result.why };
  return done(result.detail ?? (result.changed ? what : `${what} already`), { changed: result.changed });
};

/**
 * Does one action of a rollout. Each is absolute and may be repeated. What fails is told and not tried again by itself: the next look sees
 * what is there, and decides anew; so a rollback waits for nobody.
 */
export async function performRollout(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  action: RolloutAction,
  record: DecisionRecord,
): Promise<ActionResult> {
  const { key } = action;
  const at = (): number => Math.floor(runtime.now());
  const { releases } = runtime;
  if (!releases) return { key, status: "refused", at: at(), detail: "nothing can be rolled out here" };
  try {
    return { key, ...(await act(runtime, tenant, settings, releases, action, record)), at: at() };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    const { code } = error instanceof HeadgateError ? error : { code: "internal" };
    runtime.telemetry.log("warn", `${action.type} of ${settings.service} failed`, { tenant, code, error: detail });
    return { key, status: "failed", at: at(), detail };
  }
}

async function act(
  runtime: Runtime,
  tenant: string,
  settings: DeliverySettings,
  releases: Releases,
  action: RolloutAction,
  record: DecisionRecord,
): Promise<Outcome> {
  const { target } = settings;
  const { key, rollout } = action;
  const versions = async (): Promise<readonly VersionStatus[]> => (await releases.describe(target))?.versions ?? [];
  const said = { by: `rollout ${rollout}`, why: record.reason.replaceAll("_", " ") };
  switch (action.type) {
    case "ensure_version": {
      const { release, count } = action;
      const what = `${release.version} has ${count} instances wanted`;
      return outcomeOf(what, await releases.ensure(target, { release, count, key }));
    }
    case "resize_version": {
      const { version, count } = action;
      return outcomeOf(
        `${version} has ${count} instances wanted`,
        await releases.resize(target, { version, count, key }),
      );
    }
    case "adopt_version": {
      const { version } = action;
      return outcomeOf(`${version} is the service`, await releases.adopt(target, { version, key }));
    }
    case "remove_version": {
      const { version } = action;
      const held = await stillServed(runtime, settings, await versions(), version);
      if (held !== undefined) return { status: "failed", detail: held };
      // First nobody sends there any more, then it goes.
      await deregisterVersion(runtime, tenant, settings, version);
      return outcomeOf(`${version} is taken away`, await releases.remove(target, { version, key }));
    }
    case "set_shares": {
      const set = await setShares(runtime, tenant, settings, await versions(), action.shares, said);
      return set.done ? done(set.detail) : { status: "failed", detail: set.detail };
    }
    case "release_shares": {
      const released = await releaseShares(runtime, tenant, settings, await versions(), action.version, said);
      if (!released)
        return { status: "skipped", detail: `the configuration has other shares: ${action.version} keeps everything` };
      return released.done ? done(released.detail) : { status: "failed", detail: released.detail };
    }
    case "register": {
      const { version } = action;
      const status = (await versions()).find((one) => one.version === version);
      const release = rolloutOf(record, rollout)?.release ?? status?.release;
      return done(await registerVersion(runtime, tenant, settings, status, version, release), {
        ...(status?.responseMs === undefined ? {} : { responseMs: status.responseMs }),
        ...(status === undefined ? {} : { attempts: status.attempts }),
      });
    }
    case "ask_hook": {
      const { hook, url, timeoutMs, version, service } = action;
      const address = (await versions()).find((one) => one.version === version)?.addresses[0];
      return askHook(runtime, {
        ...{ hook, url, timeoutMs, version, service, rollout },
        ...(address === undefined ? {} : { address }),
      });
    }
    case "tell": {
      const known = rolloutOf(record, rollout);
      const { event, text } = action;
      return done(
        await tellPeople(runtime, tenant, settings, { event, text, id: rollout, ...(known ? { rollout: known } : {}) }),
      );
    }
    default: {
      // Left by a worker of a newer version, while this older one is still running.
      const { type } = action as { readonly type: string };
      return { status: "skipped", detail: `this version knows no action ${type}` };
    }
  }
}

/** The rollout an action belongs to, as the decision left it. */
function rolloutOf({ stateAfter }: DecisionRecord, id: string): Rollout | undefined {
  const { current, ended = [] } = (stateAfter ?? {}) as unknown as Partial<RolloutState>;
  return [...(current ? [current] : []), ...ended].find((one) => one.id === id);
}

/** Why a version must not go yet: whoever divides the traffic still sends it requests. Known only where shares are weighed. */
async function stillServed(
  runtime: Runtime,
  settings: DeliverySettings,
  versions: readonly VersionStatus[],
  version: string,
): Promise<string | undefined> {
  const weighed = settings.traffic.config.weights || runtime.traffic?.(settings.service)?.versions;
  if (!weighed || versions.length < 2) return undefined;
  const { shares, failure } = await readShares(runtime, settings, versions);
  if (failure !== undefined) return failure;
  const share = shares?.[version] ?? 0;
  return share > NOTHING ? `${version} still has ${Math.round(share)} % of the traffic` : undefined;
}
