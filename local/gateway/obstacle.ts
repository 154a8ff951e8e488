import type { Host } from "../../shared/core/traffic/types.ts";

/** Why there is no backend for a request, as a sentence without its end: "of 3 backends: 1 draining, 2 with an open circuit". */
export function obstacleOf(hosts: readonly Host[]): string {
  if (hosts.length === 0) return "there is no backend";
  const left = { draining: 0, "failing their checks": 0, ejected: 0, "with an open circuit": 0 };
  for (const { draining, healthy, ejected, open } of hosts) {
    if (draining) left.draining++;
    else if (!healthy) left["failing their checks"]++;
    else if (open) left["with an open circuit"]++;
    else if (ejected) left.ejected++;
  }
  const parts = Object.entries(left).flatMap(([what, count]) => (count > 0 ? [`${count} ${what}`] : []));
  const backends = hosts.length === 1 ? "1 backend" : `${hosts.length} backends`;
  return parts.length === 0 ? `none of ${backends} could take it` : `of ${backends}: ${parts.join(", ")}`;
}
