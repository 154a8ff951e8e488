import type { Labels } from "../kernel/labels.ts";
import { compileRelabel } from "./relabel.ts";
import type { AlertmanagerSettings } from "./settings.ts";

const ALERTS_PATH = "/api/v2/alerts";

/** Base and prefix joined without doubled slashes, as Go's path.Join. */
const joined = (prefix: string): string => `/${prefix}/${ALERTS_PATH}`.replace(/\/{2,}/g, "/");

/** Where alerts are posted: each static target after its relabeling (prometheus/notifier AlertmanagerFromGroup). */
export function alertmanagerAddresses(settings: AlertmanagerSettings): readonly string[] {
  const relabel = compileRelabel(settings.relabel);
  return settings.groups.flatMap((group) =>
    group.targets.flatMap((address) => {
      const labels: Labels = {
        ...group.labels,
        __address__: address,
        __scheme__: settings.scheme,
        __alerts_path__: joined(settings.pathPrefix),
      };
      const kept = relabel(labels);
      if (!kept?.["__address__"]) return [];
      return [
        `${kept["__scheme__"] ?? settings.scheme}://${kept["__address__"]}${kept["__alerts_path__"] ?? ALERTS_PATH}`,
      ];
    }),
  );
}
