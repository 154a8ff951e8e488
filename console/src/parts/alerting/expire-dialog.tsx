import { useState } from "preact/hooks";
import type { SilenceView } from "../../../../functions/api/views-alerting.ts";
import { expireSilence } from "../../api-alerting.ts";
import { plural } from "../../format.ts";
import { ActSheet } from "../act-sheet.tsx";
import { MatcherSets } from "./matchers.tsx";

/** Ends a silence now. */
export function ExpireDialog(props: { silence: SilenceView; onClose: () => void }) {
  const [silence] = useState(props.silence);
  return (
    <ActSheet
      title="End the silence"
      subject={silence.id.slice(0, 8)}
      button="End it"
      fault={undefined}
      consequences={[
        silence.state === "pending"
          ? "It does not begin."
          : silence.matches === 0
            ? "It hides no alert now, so nothing is told because of it."
            : `${plural(silence.matches, "alert")} that it hides ${silence.matches === 1 ? "is" : "are"} told of again at the next flush of ${silence.matches === 1 ? "its group" : "their groups"}, unless something else holds ${silence.matches === 1 ? "it" : "them"} back.`,
        "It stays in the list as expired, and can be set again from there.",
      ]}
      send={async (key) => {
        const { id } = await expireSilence(silence.id, key);
        return { told: [`Ended: silence ${id}.`] };
      }}
      onClose={props.onClose}
    >
      <MatcherSets sets={silence.matcherSets} />
    </ActSheet>
  );
}
