import type { Fault } from "../kernel/errors.ts";
import type { DestinationConfig, DestinationsConfig } from "./section.ts";

/** One entry of a plan's `to`, read. */
export type PlaceSettings =
  | { readonly name: string; readonly directory: string }
  | { readonly name: string; readonly s3: NonNullable<DestinationConfig["s3"]> };

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const FORMS = "s3://bucket/prefix, file:path, or a folder such as ./backups";

/** "a/b/" for any way of writing it; empty for the bucket's root. */
export const prefixOf = (given: string): string => {
  const parts = given.split("/").filter((part) => part !== "");
  return parts.length === 0 ? "" : `${parts.join("/")}/`;
};

function s3Of(entry: string): NonNullable<DestinationConfig["s3"]> | string {
  const [, bucket = "", path = "", query = ""] = /^s3:\/\/([^/?]*)\/?([^?]*)(?:\?(.*))?$/i.exec(entry) ?? [];
  if (!BUCKET.test(bucket)) return "a bucket's name behind s3://";
  const given = new Map(
    query.split("&").flatMap((pair): [string, string][] => {
      const [key = "", ...value] = pair.split("=");
      return key === "" ? [] : [[key, decoded(value.join("="))]];
    }),
  );
  const odd = [...given.keys()].find((key) => key !== "region" && key !== "endpoint");
  if (odd !== undefined) return `?region= and ?endpoint= only; everything else stands under destinations`;
  const [region, endpoint] = [given.get("region"), given.get("endpoint")];
  return {
    bucket,
    prefix: path,
    storageClass: "STANDARD",
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
  };
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** Two entries of one identity are one place. Folders are compared as `sameFolder` writes them. */
const identity = (settings: PlaceSettings, folder: (path: string) => string): string =>
  "directory" in settings
    ? `folder ${folder(settings.directory)}`
    : `s3 ${settings.s3.endpoint ?? ""} ${settings.s3.bucket}/${prefixOf(settings.s3.prefix)}`;

/**
 * Reads a plan's `to`: names of `destinations`, `s3://bucket/prefix` (with `?region=` and `?endpoint=`), `file:path` or folders. What is wrong is told with what is
 * allowed; `at` is the path of the list in the configuration. `folder` makes a folder comparable with another (absolute); default: as it is written.
 */
export function readPlaces(
  to: readonly string[],
  destinations: DestinationsConfig = {},
  at = "to",
  folder: (path: string) => string = (path) => path.replace(/^\.\/+/, "").replace(/\/+$/, ""),
): { readonly places: readonly PlaceSettings[]; readonly faults: readonly Fault[] } {
  const places: PlaceSettings[] = [];
  const faults: Fault[] = [];
  const known = new Map<string, string>();
  const names = Object.keys(destinations);
  for (const [index, entry] of to.entries()) {
    const path = `${at}[${index}]`;
    const wrong = (message: string, allowed: string) => faults.push({ path, message, value: entry, allowed });
    const settings = readOne(entry, destinations);
    if (typeof settings === "string") {
      const named = names.length === 0 ? "" : `${names.join(", ")}, or `;
      wrong("no such destination", settings === "" ? `${named}${FORMS}` : settings);
      continue;
    }
    const same = known.get(identity(settings, folder));
    if (same !== undefined) {
      wrong(`the same place as ${same}`, "places that differ: a copy beside itself is none");
      continue;
    }
    known.set(identity(settings, folder), entry);
    places.push(settings);
  }
  return { places, faults };
}

/** The settings, or what would be allowed; empty: any of the usual forms. */
function readOne(entry: string, destinations: DestinationsConfig): PlaceSettings | string {
  const named = Object.hasOwn(destinations, entry) ? destinations[entry] : undefined;
  if (named?.s3) return { name: entry, s3: named.s3 };
  if (named?.directory !== undefined) return { name: entry, directory: named.directory };
  if (/^s3:\/\//i.test(entry)) {
    const s3 = s3Of(entry);
    return typeof s3 === "string" ? s3 : { name: entry, s3 };
  }
  const file = /^file:(?:\/\/(?=\/))?(.+)$/.exec(entry)?.[1];
  if (file !== undefined) return { name: entry, directory: file };
  if (/^[a-z][a-z0-9+.-]+:/i.test(entry)) return FORMS;
  return /[/\\]|^\.{1,2}$|^~/.test(entry) ? { name: entry, directory: entry } : "";
}
