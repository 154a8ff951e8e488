import type { RolloutCommandView, RolloutSummaryView } from "../../../../functions/api/views-delivery.ts";
import { useActDenial } from "../../me.ts";
import { offered, ROLLOUT_ACTS } from "../../rollout-acts.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { RolloutDialog } from "./rollout-dialog.tsx";

/** What may be done to a rollout now; for whoever may only look the buttons are off, and say why. */
export function RolloutButtons(props: {
  rollout: RolloutSummaryView;
  commands: readonly RolloutCommandView[];
  /** How long the old version is kept, where that is known. */
  bakeMs: number | undefined;
}) {
  const { rollout, commands, bakeMs } = props;
  const denial = useActDenial();
  const acts = offered(commands, rollout);
  if (acts.length === 0) return null;
  return (
    <span class="act-buttons">
      {acts.map((command) => (
        <button
          key={command}
          type="button"
          class={command === "approve" ? "primary" : undefined}
          data-rollout={command}
          disabled={denial !== undefined}
          title={denial}
          onClick={() =>
            sheet.set(<RolloutDialog rollout={rollout} command={command} bakeMs={bakeMs} onClose={closeSheet} />)
          }
        >
          {ROLLOUT_ACTS[command].button}
        </button>
      ))}
      {denial && <span class="act-denied">{denial}</span>}
    </span>
  );
}
