import type { BackupRunNow } from "../../../../functions/api/views-backup.ts";
import { stopAct } from "../../backup-acts.ts";
import { RUN_PHASES, runShare, runText } from "../../backup-words.ts";
import { told } from "../../format.ts";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { ActButton } from "./act.tsx";
import { Bar } from "./bar.tsx";

/** The run under way: what it is at, how far, how fast, and what stands in its way. */
export function RunNow({ run }: { run: BackupRunNow }) {
  const { id, plan, phase, by, why, startedAt, parts, trouble } = run;
  const waiting = parts.filter(({ status }) => status !== "done");
  return (
    <section aria-label="Run under way" class="summary run-now">
      <div class="section-head">
        <p class="summary-line" aria-live="polite">
          <StandingMark standing={{ tone: "held", icon: "pending", word: "run under way" }} />
          <strong>{RUN_PHASES[phase]}</strong>
          <span class="muted">
            begun <Ago at={startedAt} /> by <bdi>{by}</bdi>
            {why !== "" && (
              <>
                : <bdi>{why}</bdi>
              </>
            )}
          </span>
        </p>
        <ActButton name="stop" label="Stop" act={stopAct(plan, id)} />
      </div>
      <Bar share={runShare(run)} label="How far the run is" />
      <p>{runText(run)}</p>
      {waiting.map((part) => (
        <p key={part.kind} class={part.status === "failed" ? "note" : "muted"}>
          {part.kind}: {part.status === "failed" ? "failed" : "is being made"}
          {part.why && (
            <>
              : <bdi>{told(part.why)}</bdi>
            </>
          )}
        </p>
      ))}
      {trouble && (
        <p class="note">
          Tried again: <bdi>{told(trouble)}</bdi>
        </p>
      )}
    </section>
  );
}
