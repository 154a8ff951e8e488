import { useState } from "preact/hooks";
import type { SilenceView } from "../../../../functions/api/views-alerting.ts";
import { duration, plural } from "../../format.ts";
import { Icon, type IconName } from "../../icons.tsx";
import { useActDenial } from "../../me.ts";
import { windowText } from "../../routed-words.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { formOf } from "../../silence-form.ts";
import { HeldList } from "../held-list.tsx";
import { Td, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { ExpireDialog } from "./expire-dialog.tsx";
import { MatcherSets } from "./matchers.tsx";
import { SilenceDialog } from "./silence-dialog.tsx";

const SHAPES: Readonly<Record<SilenceView["state"], IconName>> = {
  active: "silenced",
  pending: "pending",
  expired: "ok",
};
const PAGE = 50;

/** Silences as they stand, each with what can be done about it. */
export function SilenceList({ items }: { items: readonly SilenceView[] }) {
  const [room, setRoom] = useState(PAGE);
  return (
    <HeldList
      items={items}
      idOf={(one) => one.id}
      kind="silences"
      caption="Silences, active ones first"
      heads={["State", "What and why", "Hides now", "Ends"]}
      row={(one) => <SilenceRow key={one.id} silence={one} />}
      most={room}
      more={(rows) =>
        rows > room && (
          <div class="more">
            <button type="button" onClick={() => setRoom(room + 2 * PAGE)}>
              Show more ({rows - room} left)
            </button>
          </div>
        )
      }
    />
  );
}

function SilenceRow({ silence }: { silence: SilenceView }) {
  const denial = useActDenial("silences:write");
  const { state, matcherSets, createdBy, comment, matches, recurs, remind, untilResolved, startsAt, endsAt } = silence;
  return (
    <Tr data-row={silence.id} class={`silence-${state}`}>
      <Td class="state">
        <span class={`health silence-state-${state}`}>
          <Icon name={SHAPES[state]} size={14} />
          {state}
        </span>
      </Td>
      <Td class="what">
        <MatcherSets sets={matcherSets} />
        <p>
          <bdi>{comment || "no comment"}</bdi>{" "}
          <span class="muted">
            by <bdi>{createdBy || "nobody in particular"}</bdi>
          </span>
        </p>
        {recurs && <span class="outcome">comes again: {recurs.map(windowText).join("; ")}</span>}
        {untilResolved && state !== "expired" && <span class="outcome">ends when all it matches has resolved</span>}
        {remind && state !== "expired" && (
          <span class="outcome">
            <bdi>{remind.receiver}</bdi> is given notice {duration(remind.beforeMs)} before its end
          </span>
        )}
        <span class="act-buttons">
          <button
            type="button"
            data-silence="edit"
            data-row-link
            disabled={denial !== undefined}
            title={denial}
            onClick={() => sheet.set(<SilenceDialog given={formOf(silence)} editing={silence} onClose={closeSheet} />)}
          >
            {state === "expired" ? "Set again" : "Change"}
          </button>
          {state !== "expired" && (
            <button
              type="button"
              data-silence="expire"
              disabled={denial !== undefined}
              title={denial}
              onClick={() => sheet.set(<ExpireDialog silence={silence} onClose={closeSheet} />)}
            >
              End it
            </button>
          )}
        </span>
      </Td>
      <Td class="value">{state === "active" ? plural(matches, "alert") : ""}</Td>
      <Td class="when">
        {state === "pending" && (
          <>
            begins <Ago at={startsAt} />,{" "}
          </>
        )}
        <Ago at={endsAt} />
      </Td>
    </Tr>
  );
}
