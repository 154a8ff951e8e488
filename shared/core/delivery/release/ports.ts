import type { Release, ReleaseVolume } from "../../kernel/release.ts";
import { at, fault, fieldsOf, isMap, type Notes, pick, textOf, whole } from "./reading.ts";

type Port = Release["ports"][number];

const PORT = '"8080", "8080:80", "127.0.0.1:8080:80/tcp", 8080 or {container, host}, ports 1 to 65535';
const VOLUME = '"source:/target", "source:/target:ro" or {source, target, readOnly}';

const isPort = (value: number | undefined, least: number): value is number =>
  value !== undefined && value >= least && value <= 65_535;

function portOf(text: string): Port | undefined {
  const match = /^(?:(?:\[[0-9a-fA-F:.]+\]|[0-9.]+|localhost)?:)??(?:(\d*):)?(\d+)(?:\/(tcp|udp))?$/i.exec(text.trim());
  if (!match) return undefined;
  const [, host = "", container = "", protocol = "tcp"] = match;
  const read = { container: Number(container), host: host === "" ? 0 : Number(host) };
  if (!isPort(read.container, 1) || !isPort(read.host, 0)) return undefined;
  return { ...read, protocol: protocol.toLowerCase() === "udp" ? "udp" : "tcp" };
}

function readPort(value: unknown, path: string, notes: Notes): Port | undefined {
  if (isMap(value)) {
    const known = [
      "container",
      "container_port",
      "target",
      "host",
      "host_port",
      "published",
      "protocol",
      "host_ip",
      "mode",
      "name",
    ];
    const fields = fieldsOf(value, known, path, notes);
    const container = whole(pick(fields, "container", "container_port", "target")?.value);
    const host = whole(pick(fields, "host", "host_port", "published")?.value ?? 0);
    const protocol = textOf(pick(fields, "protocol")?.value ?? "tcp").toLowerCase();
    if (isPort(container, 1) && isPort(host, 0) && (protocol === "tcp" || protocol === "udp"))
      return { container, host, protocol };
    return fault(notes, path, "is no port", PORT, value);
  }
  const port = typeof value === "string" || typeof value === "number" ? portOf(String(value)) : undefined;
  return port ?? fault(notes, path, "is no port", PORT, value);
}

/** Ports as Docker, Compose and the Docker SDK write them. A port without one of the host gets any free one. */
export function readPorts(value: unknown, path: string, notes: Notes): readonly Port[] {
  if (isMap(value))
    // The SDK's map: {"80/tcp": 8080}; null is any free one.
    return Object.entries(value).flatMap(([container, host]) => {
      const first: unknown = Array.isArray(host) ? host.at(-1) : host;
      return readPort(first === null ? container : `${textOf(first)}:${container}`, at(path, container), notes) ?? [];
    });
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const ports = list.flatMap((one, index) => readPort(one, Array.isArray(value) ? at(path, index) : path, notes) ?? []);
  const twice = ports.find(
    (one, index) =>
      one.host !== 0 &&
      ports.slice(0, index).some(({ host, protocol }) => host === one.host && protocol === one.protocol),
  );
  if (twice) fault(notes, path, `port ${twice.host} of the host is used twice`, "each port of the host once");
  return ports;
}

function volumeOf(text: string): ReleaseVolume | undefined {
  const [source = "", target = "", options = "", ...rest] = text.split(":");
  const flags = options.split(",").filter((one) => one !== "");
  const known = flags.every((one) => /^(ro|rw|z|Z|cached|delegated|consistent|nocopy)$/.test(one));
  if (source === "" || !target.startsWith("/") || rest.length > 0 || !known) return undefined;
  return { source, target, readOnly: flags.includes("ro") };
}

function readVolume(value: unknown, path: string, notes: Notes): ReleaseVolume | undefined {
  if (!isMap(value))
    return (
      (typeof value === "string" ? volumeOf(value) : undefined) ?? fault(notes, path, "is no volume", VOLUME, value)
    );
  const known = ["source", "src", "target", "bind", "destination", "read_only", "ro", "mode", "type", "volume"];
  const fields = fieldsOf(value, known, path, notes);
  const source = pick(fields, "source", "src")?.value;
  const target = pick(fields, "target", "bind", "destination")?.value;
  const mode = pick(fields, "mode")?.value;
  const readOnly = pick(fields, "read_only", "ro")?.value === true || mode === "ro";
  if (typeof source === "string" && source !== "" && typeof target === "string" && target.startsWith("/"))
    return { source, target, readOnly };
  return fault(notes, path, "is no volume", VOLUME, value);
}

/** Volumes as Docker, Compose and the Docker SDK write them. */
export function readVolumes(value: unknown, path: string, notes: Notes): readonly ReleaseVolume[] {
  if (isMap(value) && !("target" in value) && !("source" in value))
    // The SDK's map: {"/host": {bind, mode}}.
    return Object.entries(value).flatMap(([source, to]) => {
      const read = isMap(to)
        ? readVolume({ source, ...to }, at(path, source), notes)
        : readVolume(`${source}:${textOf(to)}`, at(path, source), notes);
      return read ?? [];
    });
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((one, index) => readVolume(one, Array.isArray(value) ? at(path, index) : path, notes) ?? []);
}
