import { isHashing } from "./balancer-leaf.ts";
import type { Level, Tree, TreeContext } from "./balancer-nodes.ts";
import type { BalancerState, LevelState } from "./balancer-types.ts";

export const percentText = (part: number): string => `${Number(part.toFixed(part < 1 ? 2 : 1))} %`;

const list = (names: readonly string[]): string => names.join(", ");

/** Why a level is in panic. */
export function panicSentence(level: Level, threshold: number): string {
  const part = level.total > 0 ? (100 * level.usable) / level.total : 0;
  return (
    `Level ${level.priority} is in panic: ${level.usable} of ${level.total} hosts (${percentText(part)}) can take requests, fewer than ` +
    `${threshold} %, so the unhealthy and ejected ones are used too.`
  );
}

export function missingSentence(level: Level): string | undefined {
  const { missing = [], names = [] } = level.versions ?? {};
  if (missing.length === 0) return undefined;
  const verb = missing.length === 1 ? "has" : "have";
  const taken =
    names.length === 0 ? "nothing can be sent" : `${list(names)} ${names.length === 1 ? "has" : "have"} its share`;
  return `Version ${list(missing)} ${verb} no host in level ${level.priority} that can take requests: ${taken}.`;
}

function zonesOf(tree: Tree, place: number): Pick<LevelState, "zones" | "zoneRouting"> {
  const splits = tree.zones.filter(({ level }) => level === place);
  if (splits.length === 0) return {};
  const aware = splits.find((split) => split.aware !== undefined)?.aware;
  return {
    zones: splits.flatMap(({ zones, shares, version }) =>
      zones.map(({ zone, healthy, total }, index) => ({
        zone,
        ...(version === undefined ? {} : { version }),
        hosts: total,
        usable: healthy,
        share: 100 * (shares[index] ?? 0),
      })),
    ),
    ...(aware === undefined ? {} : { zoneRouting: `${aware.mode}: ${aware.why}` }),
  };
}

/** What views show of a balancer. */
export function stateOf(context: TreeContext, tree: Tree): BalancerState {
  const threshold = context.config.panic ?? 50;
  const { standing } = context;
  const notes = tree.levels.flatMap((level) => {
    const missing = missingSentence(level);
    return [...(level.panic ? [panicSentence(level, threshold)] : []), ...(missing === undefined ? [] : [missing])];
  });
  if (context.config.locality === "zone_aware" && isHashing(context.policy))
    notes.push(
      `Zone-aware routing is not used: ${context.policy.policy} sends a key to the same host from every zone.`,
    );
  const unnamed = standing.filter((one) => one === "no_share").length;
  if (unnamed > 0)
    notes.push(`${unnamed} ${unnamed === 1 ? "host gets" : "hosts get"} nothing: their version has no share.`);
  return {
    policy: context.policy.policy,
    hosts: standing.length,
    usable: standing.filter((one) => one === undefined).length,
    draining: standing.filter((one) => one === "draining").length,
    panic: tree.levels.some(({ panic }) => panic),
    levels: tree.levels.map((level, place) => ({
      priority: level.priority,
      hosts: level.total,
      usable: level.usable,
      share: level.share,
      health: level.health,
      panic: level.panic,
      ...(level.versions === undefined
        ? {}
        : {
            versions: level.versions.names.map((version, index) => ({
              version,
              hosts: level.versions?.hosts[index] ?? 0,
              share: 100 * (level.versions?.shares[index] ?? 0),
            })),
            missingVersions: level.versions.missing,
          }),
      ...zonesOf(tree, place),
    })),
    notes,
  };
}
