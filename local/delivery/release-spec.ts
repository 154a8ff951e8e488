import { standardEnvironment } from "../../shared/core/delivery/release.ts";
import type { Release } from "../../shared/core/kernel/release.ts";
import { MINUTE_MS, type Millis, SECOND_MS } from "../../shared/core/kernel/time.ts";
import { readEnvValue } from "../../shared/shell/secret-reference.ts";
import type { ServiceSpec } from "../service-spec.ts";

/** Version of what the configuration runs, where its environment does not name one. */
const BASE = "base";
const VERSION = "SERVICE_VERSION";
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
/** Of services that the configuration does not know; those of `run` in headgate.yaml. */
const START_MS = 30 * SECOND_MS;
const USUAL_METRICS = "/metrics";
const GRACE_MS = 10 * SECOND_MS;
/** A check that is waited for longer than this holds up everything else that is looked at. */
const LONGEST_CHECK_MS = MINUTE_MS;

/** The version that the configuration itself runs: SERVICE_VERSION of its environment. */
export function baseVersion(spec: ServiceSpec): string {
  const value = readEnvValue(spec.env[VERSION] ?? "");
  return value.kind === "text" && NAME.test(value.text) ? value.text : BASE;
}

export interface SpecRequest {
  readonly service: string;
  readonly release: Release;
  /** What the configuration says of the service; absent: nothing. */
  readonly base: ServiceSpec | undefined;
  /** Absolute; for services that the configuration does not know. */
  readonly baseDir: string;
  /** When it was deployed. */
  readonly at: Millis;
}

/** Why a release cannot be a local process, as a sentence. */
export function unfit({ service, release, base }: Omit<SpecRequest, "baseDir" | "at">): string | undefined {
  if (release.command === undefined && release.image !== undefined)
    return `${service}: the image ${release.image} runs on ECS; for processes of this machine the release needs a command`;
  if ((release.command ?? base?.command ?? []).length === 0)
    return `${service}: the release has no command, and the configuration has none that it could take`;
  return undefined;
}

/** A release as the process fleet runs it; what it does not say is the configuration's. */
export function specOfRelease({ service, release, base, baseDir, at }: SpecRequest): ServiceSpec {
  const port = release.ports[0]?.host ?? 0;
  const { timeoutMs, retries, startPeriodMs, path } = release.health;
  // The usual path stands in every release: it is no answer to where the configuration's own is.
  const metrics = base && release.metricsPath === USUAL_METRICS ? base.metrics : release.metricsPath;
  return {
    name: service,
    command: [...(release.command ?? base?.command ?? [])],
    port,
    health: path ?? base?.health ?? "/health",
    ...(metrics === undefined ? {} : { metrics }),
    // The old version's own name must not be the new one's.
    env: {
      ...base?.env,
      [VERSION]: release.version,
      ...release.environment,
      ...standardEnvironment(release, { service, at }),
    },
    cwd: base?.cwd ?? baseDir,
    baseDir: base?.baseDir ?? baseDir,
    startTimeoutMs: Math.max(base?.startTimeoutMs ?? START_MS, startPeriodMs),
    graceMs: base?.graceMs ?? GRACE_MS,
    memoryLimitMb: release.resources.memoryMb,
    cpus: release.resources.cpus,
    initial: 0,
    deployed: {
      exactPort: port !== 0,
      restart: release.restartPolicy,
      checkTimeoutMs: Math.min(timeoutMs, LONGEST_CHECK_MS),
      checkFailures: Math.max(1, retries),
    },
  };
}
