import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type PlaceSettings, prefixOf, readPlaces } from "../../shared/core/backup/places.ts";
import type { DestinationsConfig } from "../../shared/core/backup/section.ts";
import { HeadgateError } from "../../shared/core/kernel/errors.ts";
import type { Millis } from "../../shared/core/kernel/time.ts";
import type { AwsClients } from "../../shared/edge/aws-clients.ts";
import { directoryObjects } from "../../shared/edge/directory-objects.ts";
import { s3Objects } from "../../shared/edge/s3-objects.ts";
import { abortUploads } from "../../shared/edge/s3-uploads.ts";
import type { Place } from "./place.ts";

export interface PlaceDeps {
  /** One client per region; nothing of an SDK is loaded before the first object. */
  readonly clients: Pick<AwsClients, "s3">;
  /** Folder of the configuration file: relative folders are seen from there. */
  readonly baseDir: string;
  /** Epoch ms; locks are counted from it. Default: the machine's clock. */
  readonly now?: () => Millis;
  /** Where the list stands in the configuration, for faults. Default "to". */
  readonly at?: string;
}

/** What workers leave each other is gone after the run: it must not be locked. */
const locked = (key: string): boolean => !key.startsWith("work/") && !key.startsWith("holds/");

/**
 * Opens what a plan's `to` names; nothing is asked yet.
 *
 * @throws HeadgateError `config.invalid` with a fault for each entry that is unknown, or the same place as another
 */
export function openPlaces(
  to: readonly string[],
  destinations: DestinationsConfig | undefined,
  deps: PlaceDeps,
): readonly Place[] {
  const folder = (path: string) => resolve(deps.baseDir, path.startsWith("~/") ? join(homedir(), path.slice(2)) : path);
  const { places, faults } = readPlaces(to, destinations ?? {}, deps.at ?? "to", folder);
  const [first] = faults;
  if (first)
    throw new HeadgateError("config.invalid", `${first.path}: ${first.message} (allowed: ${first.allowed})`, {
      faults,
    });
  return places.map((settings) => openPlace(settings, folder, deps));
}

function openPlace(settings: PlaceSettings, folder: (path: string) => string, deps: PlaceDeps): Place {
  const { name } = settings;
  if ("directory" in settings) {
    const address = folder(settings.directory);
    const there = () =>
      stat(address)
        .then((found) => found.isDirectory())
        .catch(() => false);
    return { name, address, objects: directoryObjects(address, { plain: true }), there };
  }
  const { bucket, region, endpoint, kmsKey, storageClass, objectLock } = settings.s3;
  const prefix = prefixOf(settings.s3.prefix);
  const where = {
    client: (of?: string) => deps.clients.s3(of, endpoint),
    ...{ bucket, prefix },
    ...(region === undefined ? {} : { region }),
  };
  return {
    name,
    address: `s3://${bucket}/${prefix}${region === undefined ? "" : ` (${region})`}`,
    objects: s3Objects({
      ...where,
      storageClass,
      ...(kmsKey === undefined ? {} : { kmsKey }),
      ...(objectLock ? { objectLock: { ...objectLock, applies: locked } } : {}),
      ...(deps.now ? { now: deps.now } : {}),
    }),
    abandon: (before) => abortUploads(where, before),
  };
}
