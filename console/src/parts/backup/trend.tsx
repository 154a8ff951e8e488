import type { BackupDrill } from "../../../../functions/api/views-backup.ts";
import { DRILLED } from "../../backup-words.ts";
import { duration, plural } from "../../format.ts";
import { Icon } from "../../icons.tsx";

/** One number of the drills as columns from zero, the oldest on the left, with the objective as a line. A drill that failed has no column: it proves nothing. */
export function Trend(props: {
  name: string;
  drills: readonly BackupDrill[];
  of: (drill: BackupDrill) => number;
  asked: (drill: BackupDrill) => number | undefined;
}) {
  const { name, drills, of, asked } = props;
  const newest = drills[0];
  const objective = newest && asked(newest);
  const proven = drills.filter(({ status }) => status !== "failed");
  const top = Math.max(1, ...proven.map(of), objective ?? 0) * 1.1;
  const label = [
    `${name} of ${plural(drills.length, "drill")}`,
    ...(proven[0] ? [`newest ${duration(of(proven[0]))}`, `longest ${duration(Math.max(...proven.map(of)))}`] : []),
    objective === undefined ? "no objective" : `objective ${duration(objective)}`,
  ].join(", ");
  return (
    <figure class="trend">
      <figcaption>
        {name}{" "}
        <span class="muted">longest {proven.length === 0 ? "not known" : duration(Math.max(...proven.map(of)))}</span>
      </figcaption>
      <div class="trend-columns" role="img" aria-label={label}>
        {[...drills].reverse().map((one) =>
          one.status === "failed" ? (
            <span key={one.id} class="trend-failed" title={`failed, ${DRILLED.failed.word}`}>
              <Icon name="failing" size={12} />
            </span>
          ) : (
            <span
              key={one.id}
              class={objective !== undefined && of(one) > objective ? "trend-column trend-over" : "trend-column"}
              style={{ height: `${Math.max(2, (100 * of(one)) / top)}%` }}
              title={`${duration(of(one))}, ${DRILLED[one.status].word}`}
            />
          ),
        )}
        {objective !== undefined && (
          <span class="trend-line" style={{ bottom: `${(100 * objective) / top}%` }}>
            <span>objective {duration(objective)}</span>
          </span>
        )}
      </div>
    </figure>
  );
}
