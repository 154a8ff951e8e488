import { duration, type Field, fields, list, mapOf, type Notes, type Path, text, wrong } from "../kernel/fields.ts";
import { MINUTE_MS } from "../kernel/time.ts";
import { HTTP_INERT, httpClientOf, httpFields } from "./http-client.ts";
import type { FileDiscovery, HttpDiscovery, TargetGroup } from "./settings.ts";

/** Ways of discovery that Prometheus knows and that are not followed here (prometheus/discovery). */
export const OTHER_DISCOVERY: readonly string[] = [
  "aws",
  "azure",
  "consul",
  "digitalocean",
  "dns",
  "docker",
  "dockerswarm",
  "ec2",
  "eureka",
  "gce",
  "hetzner",
  "ionos",
  "kubernetes",
  "kuma",
  "lightsail",
  "linode",
  "marathon",
  "nerve",
  "nomad",
  "openstack",
  "outscale",
  "ovhcloud",
  "puppetdb",
  "scaleway",
  "serverset",
  "stackit",
  "triton",
  "uyuni",
  "vultr",
].map((name) => `${name}_sd_configs`);

const group = fields({ targets: list(text), labels: mapOf(text) });

/** One entry of `static_configs`, and of what file and HTTP discovery answer. */
export const targetGroup: Field<TargetGroup> = (value, path, notes) => {
  const read = group(value, path, notes);
  if (!read) return undefined;
  if (Object.hasOwn(read.labels ?? {}, "")) wrong(notes, [...path, "labels"], "", "a label needs a name");
  return { targets: read.targets ?? [], labels: read.labels ?? {} };
};

/** Last name without or with one star, and an ending that can be read: prometheus/discovery/file patFileSDName. */
const DISCOVERY_FILE = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;

const discoveryFile: Field<string> = (value, path, notes) => {
  const file = text(value, path, notes);
  if (file === undefined || DISCOVERY_FILE.test(file)) return file;
  return wrong(
    notes,
    path,
    file,
    "not a file of targets",
    "path ending in .json, .yml or .yaml, with * in its last part",
  );
};

const files = fields({ files: list(discoveryFile), refresh_interval: duration });

export const fileDiscovery: Field<FileDiscovery> = (value, path, notes) => {
  const read = files(value, path, notes);
  if (!read) return undefined;
  if (!(value as { readonly files?: readonly unknown[] }).files?.length)
    notes.faults.push({ path, message: "file discovery needs at least one file" });
  return { files: read.files ?? [], refreshMs: read.refresh_interval ?? 5 * MINUTE_MS };
};

const endpoint = fields({ url: text, refresh_interval: duration, ...httpFields }, HTTP_INERT);

export const httpDiscovery: Field<HttpDiscovery> = (value, path, notes) => {
  const read = endpoint(value, path, notes);
  if (!read) return undefined;
  if (read.url === undefined || !/^https?:\/\/[^/\s]+/.test(read.url))
    wrong(notes, [...path, "url"], read.url, "HTTP discovery needs a URL", "http:// or https:// address");
  return {
    url: read.url ?? "",
    refreshMs: read.refresh_interval ?? MINUTE_MS,
    http: httpClientOf(read, path, notes),
  };
};

/** Addresses may not be URLs where nothing rewrites them: prometheus/config CheckTargetAddress. */
export function checkAddresses(groups: readonly TargetGroup[], path: Path, notes: Notes): void {
  groups.forEach((one, index) => {
    one.targets.forEach((target, place) => {
      if (target.includes("/"))
        wrong(notes, [...path, index, "targets", place], target, "not a valid hostname", "host:port, without a path");
    });
  });
}
