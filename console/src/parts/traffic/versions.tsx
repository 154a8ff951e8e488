import type { TrafficServiceView } from "../../../../functions/api/views-traffic.ts";
import { plural } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { versionsText } from "../../traffic-words.ts";
import { Ago } from "../time.tsx";
import { VersionsDialog } from "./versions-dialog.tsx";

/** Shares of versions: what is in force, who asked for it, what was served; and setting them. */
export function Versions({ view }: { view: TrafficServiceView }) {
  const denial = useActDenial();
  const { versions } = view;
  const names = [...new Set(view.backends.flatMap(({ version }) => version ?? []))].sort();
  // Where versions are not weighed yet, they can be as soon as there are two.
  if (versions === undefined && names.length < 2) return null;
  const known = versions ?? { shares: {} };
  const open = (release: boolean) =>
    sheet.set(
      <VersionsDialog
        service={view.summary.service}
        versions={known}
        names={names}
        release={release}
        onClose={closeSheet}
      />,
    );
  return (
    <section>
      <div class="section-head">
        <h2>Versions</h2>
        <span class="act-buttons">
          <button
            type="button"
            data-versions="set"
            disabled={denial !== undefined}
            title={denial}
            onClick={() => open(false)}
          >
            Set shares
          </button>
          {versions?.asked && (
            <button
              type="button"
              data-versions="release"
              disabled={denial !== undefined}
              title={denial}
              onClick={() => open(true)}
            >
              Give back to the configuration
            </button>
          )}
        </span>
      </div>
      <dl class="facts">
        <dt>in force</dt>
        <dd>
          <bdi>
            {versions
              ? versionsText(versions.shares)
              : `not weighed: ${plural(names.length, "version")} by their backends`}
          </bdi>
        </dd>
        {versions?.served && (
          <>
            <dt>served lately</dt>
            <dd>
              <bdi>{versionsText(versions.served)}</bdi>
            </dd>
          </>
        )}
        {versions?.asked && (
          <>
            <dt>asked for</dt>
            <dd>
              by <bdi>{versions.asked.by}</bdi>, <Ago at={versions.asked.at} />: <bdi>{versions.asked.why}</bdi>
            </dd>
          </>
        )}
        {versions?.verifiedAt !== undefined && (
          <>
            <dt>seen to be so</dt>
            <dd>
              <Ago at={versions.verifiedAt} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}
