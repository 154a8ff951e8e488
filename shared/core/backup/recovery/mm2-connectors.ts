import type { Fault } from "../../kernel/errors.ts";
import {
  type Asked,
  checkFlow,
  checkGroups,
  checkHeartbeats,
  checkPolicy,
  type Look,
  type Mm2Findings,
  place,
} from "./mm2-rules.ts";

type Connector = Readonly<Record<string, unknown>>;
const isMap = (value: unknown): value is Connector =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Connectors of any of the forms that Kafka Connect takes or gives: one's settings, {name, config}, a list, or `?expand=info`. */
export function connectorsOf(
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly { readonly path: readonly (string | number)[]; readonly config: Connector }[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => connectorsOf(one, [...path, index]));
  if (!isMap(value)) return [];
  if (typeof value["connector.class"] === "string") return [{ path, config: value }];
  if (isMap(value["config"])) return connectorsOf(value["config"], [...path, "config"]);
  if (isMap(value["info"])) return connectorsOf(value["info"], [...path, "info"]);
  return Object.entries(value).flatMap(([key, one]) => connectorsOf(one, [...path, key]));
}

/**
 * Checks MirrorMaker's connectors as Kafka Connect's REST API takes them.
 *
 * @param lineOf where a path stands in the text, where that is known
 */
export function checkMm2Connectors(
  value: unknown,
  asked: Asked,
  lineOf: (path: readonly (string | number)[]) => number | undefined = () => undefined,
): Mm2Findings {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const mirror = connectorsOf(value).filter(({ config }) =>
    /Mirror(Source|Checkpoint|Heartbeat)Connector$/.test(String(config["connector.class"])),
  );
  const kinds = new Set<string>();
  for (const { path, config } of mirror) {
    const at = path.join(".");
    const look: Look = (name) => {
      const found = config[name];
      if (found === undefined || found === null) return undefined;
      const line = lineOf([...path, name]);
      return {
        value: String(found),
        path: at === "" ? name : `${at}.${name}`,
        ...(line === undefined ? {} : { line }),
      };
    };
    const [source, target] = [look("source.cluster.alias"), look("target.cluster.alias")];
    if (source?.value !== asked.from || (target && target.value !== asked.to)) continue;
    const kind = /Mirror(\w+)Connector$/.exec(String(config["connector.class"]))?.[1] ?? "";
    kinds.add(kind);
    const found =
      kind === "Source"
        ? checkFlow(look, at, asked)
        : kind === "Checkpoint"
          ? checkGroups(look, at)
          : { faults: [], warnings: checkHeartbeats(look, at) };
    faults.push(...found.faults);
    warnings.push(...found.warnings, ...checkPolicy(look, at));
    for (const side of ["source", "target"]) {
      const brokers = look(`${side}.cluster.bootstrap.servers`);
      if (!brokers)
        faults.push({
          path: `${at}.${side}.cluster.bootstrap.servers`,
          message: "is missing",
          allowed: "host:port,host:port",
        });
    }
    if (kind === "Source" && look("exactly.once.support")?.value !== "required")
      warnings.push({
        ...place(look("exactly.once.support"), `${at}.exactly.once.support`),
        message: "after a crash of a worker records are there twice",
        allowed: "required",
      });
  }
  for (const kind of ["Source", "Checkpoint"])
    if (!kinds.has(kind))
      faults.push({
        path: "(document)",
        message: `there is no Mirror${kind}Connector from ${asked.from} to ${asked.to}`,
        allowed: "MirrorSourceConnector and MirrorCheckpointConnector",
      });
  if (!kinds.has("Heartbeat"))
    warnings.push({
      path: "(document)",
      message: "there is no MirrorHeartbeatConnector: a dead flow looks like an idle one",
    });
  return { faults, warnings };
}
