import type { HttpInstanceSummary, ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { HeadgateError } from "../core/kernel/errors.ts";
import type { Discovered, DiscoveryAnswer, DiscoverySource } from "../core/ports/discovery.ts";
import { type ClientSource, clientOf } from "./aws-clients.ts";
import { awsError } from "./aws-errors.ts";

/** As many as DiscoverInstances answers at once; a service of Cloud Map has 1,000 instances at most unless the quota was raised. */
const MOST = 1_000;

/** Attributes that we read, by their name in lower case without "headgate." and without underscores. */
const OURS = new Set(["weight", "maxconnections", "capacity", "priority", "tags", "version", "zone", "region", "port"]);

const plainName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^headgate[._-]/, "")
    .replaceAll("_", "");

/** A number as an attribute has it, which is text; what is no number is told and left out. */
function numbers(own: ReadonlyMap<string, string>, id: string, left: string[]) {
  const read: Record<string, number> = {};
  for (const [name, member] of [
    ["weight", "weight"],
    ["maxconnections", "maxConnections"],
    ["capacity", "capacity"],
    ["priority", "priority"],
  ] as const) {
    const given = own.get(name);
    if (given === undefined) continue;
    const value = Number(given);
    if (given.trim() !== "" && Number.isFinite(value) && value >= 0 && !(name === "weight" && value === 0))
      read[member] = value;
    else left.push(`${id}: attribute ${name} is ${JSON.stringify(given)}, the default is taken`);
  }
  return read;
}

/** One instance; undefined where its attributes name no address. */
function backendOf(instance: HttpInstanceSummary, port: number | undefined, left: string[]): Discovered | undefined {
  const id = instance.InstanceId ?? "";
  const attributes = instance.Attributes ?? {};
  const own = new Map(
    Object.entries(attributes).flatMap(([name, value]) =>
      OURS.has(plainName(name)) ? [[plainName(name), value]] : [],
    ),
  );
  const host =
    attributes["AWS_INSTANCE_IPV4"] || attributes["AWS_INSTANCE_IPV6"] || attributes["AWS_INSTANCE_CNAME"] || "";
  const named = Number(attributes["AWS_INSTANCE_PORT"] || own.get("port") || port || Number.NaN);
  if (id === "" || host === "" || !Number.isInteger(named) || named < 1 || named > 65_535) {
    left.push(`${id || "an instance"}: its attributes name no ${host === "" ? "address" : "port"}`);
    return undefined;
  }
  const zone = own.get("zone") || attributes["AVAILABILITY_ZONE"];
  const region = own.get("region") || attributes["REGION"];
  // What ECS registers names the family only, which is no version.
  const version = own.get("version");
  const tags = (own.get("tags") ?? "").split(/[\s,]+/).filter((tag) => tag !== "");
  const metadata = Object.fromEntries(
    Object.entries(attributes).filter(
      ([name]) => !name.startsWith("AWS_") && name !== "AVAILABILITY_ZONE" && !OURS.has(plainName(name)),
    ),
  );
  return {
    id,
    host,
    port: named,
    ...numbers(own, id, left),
    ...(tags.length > 0 ? { tags } : {}),
    ...(zone ? { zone } : {}),
    ...(region ? { region } : {}),
    ...(version ? { version } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

/**
 * The instances of a service of AWS Cloud Map, in one request. Those that its health checks call unhealthy are left out unless all
 * are. The service and its namespace are asked for by name.
 *
 * @throws HeadgateError `discovery.unavailable`
 */
export async function cloudMapInstances(
  source: ClientSource<ServiceDiscoveryClient>,
  { service, cloudMap }: DiscoverySource & { readonly cloudMap: NonNullable<DiscoverySource["cloudMap"]> },
): Promise<DiscoveryAnswer> {
  const what = `Cloud Map could not be asked for ${service}`;
  let found: readonly HttpInstanceSummary[];
  try {
    const [client, calls] = await Promise.all([clientOf(source, cloudMap.region), import("./cloud-map-calls.ts")]);
    const answer = await calls.discoverInstances(client, {
      NamespaceName: cloudMap.namespace,
      ServiceName: cloudMap.service,
      HealthStatus: "ALL",
      MaxResults: MOST,
    });
    found = answer.Instances ?? [];
  } catch (error) {
    throw awsError("discovery.unavailable", what, error);
  }
  if (found.length >= MOST) {
    // The operation has no pages: what is beyond would be taken for gone.
    throw new HeadgateError("discovery.unavailable", `${what}: it has more instances than one answer holds (${MOST})`);
  }
  const healthy = found.filter((instance) => instance.HealthStatus !== "UNHEALTHY");
  const panic = healthy.length === 0 && found.length > 0;
  const left: string[] = [];
  const backends = (panic ? found : healthy).flatMap((instance) => backendOf(instance, cloudMap.port, left) ?? []);
  if (backends.length === 0 && found.length > 0)
    throw new HeadgateError(
      "discovery.unavailable",
      `${what}: none of its ${found.length} instances can be used: ${left[0]}`,
    );
  return { backends, panic, left };
}
