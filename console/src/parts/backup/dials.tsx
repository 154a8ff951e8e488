import { type Dial, PROOFS } from "../../backup-words.ts";
import { duration } from "../../format.ts";
import { StandingMark } from "../traffic/standing.tsx";

/** How much could be lost and how long a restore takes, each held against what is asked for. */
export function Dials({ dials }: { dials: readonly Dial[] }) {
  return (
    <ul class="dials">
      {dials.map(({ title, ms, objectiveMs, proof, why }) => (
        <li key={title} class="dial">
          <h3>{title}</h3>
          <p class="dial-value">{ms === undefined ? <span class="none">not known</span> : duration(ms)}</p>
          <span class="share-track" aria-hidden="true">
            {ms !== undefined && objectiveMs !== undefined && objectiveMs > 0 && (
              <span class={`dial-${proof}`} style={{ width: `${Math.min(100, (ms / objectiveMs) * 100)}%` }} />
            )}
          </span>
          <p class="summary-line">
            <StandingMark standing={PROOFS[proof]} />
            {objectiveMs !== undefined && <span class="muted">objective {duration(objectiveMs)}</span>}
          </p>
          <p class="hint">{why}</p>
        </li>
      ))}
    </ul>
  );
}
