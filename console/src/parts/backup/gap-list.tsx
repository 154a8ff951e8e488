import type { BackupGap } from "../../../../functions/api/views-backup.ts";
import { told } from "../../format.ts";
import { Icon } from "../../icons.tsx";

const SHOWN = 20;

/** What a point does not have as a complete backup would, and what it warns of: whole sentences. */
export function GapList({ gaps, warnings }: { gaps: readonly BackupGap[]; warnings: readonly string[] }) {
  const all = [
    ...gaps.map(({ kind, why }) => [kind, why] as const),
    ...warnings.map((why) => ["warning", why] as const),
  ];
  if (all.length === 0) return <p>No gaps: every record between the start of the logs and the cut is in it.</p>;
  return (
    <ul class="gap-list">
      {all.slice(0, SHOWN).map(([kind, why]) => (
        <li key={`${kind} ${why}`} class="note">
          <Icon name="degraded" size={14} /> <strong>{kind}</strong> <bdi>{told(why)}</bdi>
        </li>
      ))}
      {all.length > SHOWN && <li class="muted">and {all.length - SHOWN} more</li>}
    </ul>
  );
}
