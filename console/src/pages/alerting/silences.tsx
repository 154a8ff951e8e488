import type { SilenceView } from "../../../../functions/api/views-alerting.ts";
import { author } from "../../access.ts";
import { getSilences } from "../../api-alerting.ts";
import { plural } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { AlertingPage } from "../../parts/alerting/off.tsx";
import { SilenceDialog } from "../../parts/alerting/silence-dialog.tsx";
import { SilenceList } from "../../parts/alerting/silence-list.tsx";
import { Empty } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { matcherText } from "../../routed-words.ts";
import { usePlace } from "../../router.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { newSilence } from "../../silence-form.ts";

const STATES = ["active", "pending", "expired"].map((state) => [state, state] as const);

/** Whether a text is found in a silence: its id, who, why, any matcher. */
function fits(silence: SilenceView, wanted: string): boolean {
  const texts = [silence.id, silence.createdBy, silence.comment, ...silence.matcherSets.flat().map(matcherText)];
  return texts.some((text) => text.toLowerCase().includes(wanted));
}

/** What is kept quiet, by whom, until when; making, changing and ending it. */
export function Silences() {
  const { query } = usePlace();
  const wanted = (query.get("q") ?? "").trim().toLowerCase();
  const state = query.get("state") ?? "";
  const resource = useResource("alerting silences", getSilences, usePollMs());
  const denial = useActDenial("silences:write");
  const active = resource.value?.items.filter((one) => one.state === "active").length;
  return (
    <AlertingPage
      title={
        active === undefined
          ? "Silences"
          : active === 0
            ? "No silence is active"
            : `${plural(active, "silence")} active`
      }
      what="silences"
      resource={resource}
      acts={
        <span class="act-buttons">
          <button
            type="button"
            class="primary"
            data-silence="new"
            disabled={denial !== undefined}
            title={denial}
            onClick={() => sheet.set(<SilenceDialog given={newSilence(author.get())} onClose={closeSheet} />)}
          >
            New silence
          </button>
          {denial && <span class="act-denied">{denial}</span>}
        </span>
      }
      filters={
        <search class="filters">
          <FilterText name="q" label="Matcher, person, comment or id contains" eager />
          <FilterChoice name="state" label="State" any="all" options={STATES} />
        </search>
      }
    >
      {({ items }) => {
        const shown = items.filter((one) => (state === "" || one.state === state) && fits(one, wanted));
        if (shown.length > 0) return <SilenceList key={`${state} ${wanted}`} items={shown} />;
        if (items.length === 0) return <Empty title="Nothing is kept quiet, and nothing was lately." />;
        return (
          <Empty title="No silence fits these filters.">
            <p>
              <a href="/alerts/silences">Show all</a>
            </p>
          </Empty>
        );
      }}
    </AlertingPage>
  );
}
