import type { VersionLook } from "../../shared/core/delivery/rollout/types.ts";
import type { DeliverySettings } from "./settings.ts";
import { nameOf } from "./shares.ts";

/**
 * The name that a version has where its requests are counted: in CloudWatch that of the target group it stands behind, which may be a
 * slot's; everywhere else its own.
 */
export function sourceName(
  { delivery, traffic, target }: DeliverySettings,
  versions: readonly Pick<VersionLook, "version" | "slot">[],
  version: string,
): string {
  if (delivery.counts !== "cloudwatch") return version;
  const named = nameOf(traffic, versions, version);
  if (named !== version) return named;
  const slot = versions.find((one) => one.version === version)?.slot;
  return slot !== undefined && Object.hasOwn(target.ecs?.targetGroups ?? {}, slot) ? slot : version;
}
