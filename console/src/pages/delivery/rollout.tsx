import type { DeliveryServiceView } from "../../../../functions/api/views-delivery.ts";
import { getDeliveryOf } from "../../api-delivery.ts";
import { STRATEGIES } from "../../delivery-words.ts";
import { told } from "../../format.ts";
import { useActDenial } from "../../me.ts";
import { Decided } from "../../parts/delivery/decided.tsx";
import { EvidenceSection } from "../../parts/delivery/evidence.tsx";
import { Flink } from "../../parts/delivery/flink.tsx";
import { ReleaseDialog } from "../../parts/delivery/release-dialog.tsx";
import { ReleaseFacts } from "../../parts/delivery/release-facts.tsx";
import { RolloutHistory } from "../../parts/delivery/rollout-history.tsx";
import { RolloutNow } from "../../parts/delivery/rollout-now.tsx";
import { Versions } from "../../parts/delivery/versions.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { pageLink, serviceLink } from "../../router.ts";
import { closeSheet, sheet } from "../../sheet.ts";
import { members, numberOf } from "../../values.ts";

/** The platform's tick, where the configuration does not say. */
const EVERY_MS = 30_000;

/** One service's releases: the rollout under way or the last one, what may be done to it, and why it went as it did. */
export function Rollout({ name }: { name: string }) {
  const { value, failure, reload } = useResource(
    `delivery of ${name}`,
    (signal) => getDeliveryOf(name, signal),
    usePollMs(),
  );
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/delivery")}>Delivery</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        {value && <Deploy view={value} />}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`delivery of ${name}`} retry={reload} />
        ) : (
          <Loading what="its delivery" rows={8} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Content view={value} />
        </>
      )}
    </>
  );
}

function Deploy({ view }: { view: DeliveryServiceView }) {
  const denial = useActDenial();
  const busy = view.summary.current ? "a rollout is under way" : undefined;
  return (
    <span class="act-buttons">
      <a href={serviceLink(view.summary.service)} class="beside-buttons">
        Load, scaling and history
      </a>
      <button
        type="button"
        data-deploy
        disabled={denial !== undefined || busy !== undefined}
        title={denial ?? busy}
        onClick={() => sheet.set(<ReleaseDialog view={view} onClose={closeSheet} />)}
      >
        Deploy a version
      </button>
      {denial && <span class="act-denied">{denial}</span>}
    </span>
  );
}

function Content({ view }: { view: DeliveryServiceView }) {
  const { rollout, summary } = view;
  const config = members(view.config);
  const service = summary.service;
  return (
    <>
      {rollout ? (
        <RolloutNow view={view} rollout={rollout} bakeMs={numberOf(config["bake"])} />
      ) : (
        <Empty title="Nothing has been rolled out yet.">
          <p>
            {summary.stable === undefined ? (
              "It is not known which version serves."
            ) : (
              <>
                <bdi class="mono">{summary.stable}</bdi> serves.
              </>
            )}{" "}
            Deploy a version above, or with
          </p>
          <p>
            <code>
              headgate deploy <bdi>{service}</bdi> --image registry.example/app:2.4.1 --why "release 2.4.1"
            </code>
          </p>
        </Empty>
      )}
      {view.trouble.map((text) => (
        <p key={text} class="note note-bad">
          <strong>Trouble:</strong> {told(text)}
        </p>
      ))}
      <section>
        <h2>Versions</h2>
        <Versions view={view} />
      </section>
      {view.flink !== undefined && <Flink state={view.flink} />}
      {rollout && <EvidenceSection rollout={rollout} everyMs={numberOf(config["every"]) ?? EVERY_MS} />}
      {rollout && <ReleaseFacts rollout={rollout} />}
      <Decided
        subject={`rollout:${service}`}
        latest={view.decisions}
        caption="Decisions about its releases, newest first"
        none="Nothing was decided about it lately."
      />
      <section>
        <h2>Rollouts so far</h2>
        <RolloutHistory service={service} />
      </section>
      <section>
        <h2>Configuration in force</h2>
        {!summary.configured && (
          <p class="muted">
            The file says nothing about its delivery: these are the defaults. Settings go under{" "}
            <code>
              delivery: <bdi>{service}</bdi>:
            </code>
            .
          </p>
        )}
        <details>
          <summary>
            {STRATEGIES[summary.strategy]}, mode {summary.mode}; all of it as JSON
          </summary>
          <pre>{JSON.stringify(view.config, null, 2)}</pre>
        </details>
      </section>
    </>
  );
}
