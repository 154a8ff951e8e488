import type { FlagView } from "../../../../functions/api/views-flags.ts";
import { getFlag } from "../../api-flags.ts";
import { useNow } from "../../clock.ts";
import { percent } from "../../delivery-words.ts";
import { flagRolloutText, flagStanding, flagVerdict, restText, ruleTexts, tieTexts } from "../../flag-words.ts";
import { told } from "../../format.ts";
import { Decided } from "../../parts/delivery/decided.tsx";
import { EvaluateForm } from "../../parts/delivery/evaluate-form.tsx";
import { Exposures } from "../../parts/delivery/exposures.tsx";
import { FlagButtons } from "../../parts/delivery/flag-dialog.tsx";
import { ShareStrip } from "../../parts/delivery/share-strip.tsx";
import { Failed, Loading } from "../../parts/looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { pageLink } from "../../router.ts";
import { show } from "../../values.ts";

/** One flag: who gets what and why, how its roll-out goes, and switching it off. */
export function Flag({ name }: { name: string }) {
  const { value, failure, reload } = useResource(`flag ${name}`, (signal) => getFlag(name, signal), usePollMs());
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/flags")}>Flags</a>
      </p>
      <div class="page-head">
        <h1 tabIndex={-1} class="service-name">
          <bdi>{name}</bdi>
        </h1>
        {value && <FlagButtons flag={value} />}
      </div>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what={`flag ${name}`} retry={reload} />
        ) : (
          <Loading what="the flag" rows={8} />
        )
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          <Now flag={value} />
          {value.rollout && <RollOut flag={value} rollout={value.rollout} />}
          <Rules flag={value} />
          <section>
            <h2>What would somebody get?</h2>
            <EvaluateForm flag={value} />
          </section>
          <section>
            <h2>Given out</h2>
            <Exposures name={value.name} variants={Object.keys(value.variants)} />
          </section>
          <Decided
            subject={`flag:${value.name}`}
            latest={value.decisions}
            caption="Decisions about this flag, newest first"
            none="Nothing was decided about it: it is as the configuration says."
          />
          <section>
            <h2>Configuration in force</h2>
            <details>
              <summary>All of it, as JSON</summary>
              <pre>{JSON.stringify(value.config, null, 2)}</pre>
            </details>
          </section>
        </>
      )}
    </>
  );
}

function Now({ flag }: { flag: FlagView }) {
  const { killed, causes = [], ignored, set, description, type } = flag;
  return (
    <section aria-label="State" class="summary flag-now">
      <p class="summary-line" aria-live="polite">
        <StandingMark standing={flagStanding(flag)} />
        <span>{type}</span>
        {description && <bdi>{description}</bdi>}
      </p>
      {killed && (
        <p class="note note-bad">
          <strong>Killed</strong> by <bdi>{killed.by}</bdi>, <Ago at={killed.at} />: <bdi>{killed.why}</bdi>. Everybody
          gets <bdi class="mono">{flag.off}</bdi>.
        </p>
      )}
      {causes.length > 0 && (
        <p class={ignored ? "note" : "note note-bad"}>
          <strong>{ignored ? "On although" : "Off because"}</strong> <bdi>{told(causes.join("; "))}</bdi>
          {ignored && (
            <>
              {" "}
              by <bdi>{ignored.by}</bdi>, <Ago at={ignored.at} />: <bdi>{ignored.why}</bdi>
            </>
          )}
        </p>
      )}
      {set && (
        <p class="note">
          <strong>Percentages set by hand</strong> by <bdi>{set.by}</bdi>, <Ago at={set.at} />: <bdi>{set.why}</bdi>
        </p>
      )}
      <ShareStrip shares={flag.shares} />
    </section>
  );
}

function RollOut({ flag, rollout }: { flag: FlagView; rollout: NonNullable<FlagView["rollout"]> }) {
  const { verdict, steps, step, status, started, paused, judgedUntil, since } = rollout;
  const standing = flagVerdict(flag);
  const towards = verdict?.towardsFail;
  return (
    <section>
      <h2>Roll-out</h2>
      <p class="verdict-line">
        <strong>
          <bdi>{flagRolloutText(flag)}</bdi>
        </strong>
        {standing && <StandingMark standing={standing} />}
        {verdict && <span>{told(verdict.text)}</span>}
      </p>
      <ol class="steps" aria-label="Steps of the roll-out">
        {steps.map((share, index) => {
          const here = index === step && status !== "failed" && status !== "done";
          const mark =
            status === "failed"
              ? index <= step
                ? "undone"
                : "to come"
              : index < step || status === "done"
                ? "done"
                : here
                  ? "in force"
                  : index === step + 1
                    ? "next"
                    : "to come";
          return (
            <li key={share} class={`step step-${mark.replace(" ", "-")}`} aria-current={here ? "step" : undefined}>
              <span class="step-share">{percent(share)}</span>
              <span class="step-mark">{mark}</span>
            </li>
          );
        })}
      </ol>
      {towards !== undefined && (
        <p class="towards">
          <label>
            Evidence that it is worse <meter min={0} max={1} high={0.8} value={Math.min(1, towards)} />
          </label>{" "}
          {percent(100 * Math.min(towards, 10))} of what fails it
        </p>
      )}
      <dl class="facts">
        <dt>begun</dt>
        <dd>
          <Ago at={started.at} /> by <bdi>{started.by}</bdi>: <bdi>{started.why}</bdi>
        </dd>
        <dt>at this share</dt>
        <dd>
          since <Ago at={since} />
        </dd>
        <dt>judged up to</dt>
        <dd>
          <Ago at={judgedUntil} />
        </dd>
        {paused && (
          <>
            <dt>paused</dt>
            <dd>
              by <bdi>{paused.by}</bdi>, <Ago at={paused.at} />: <bdi>{paused.why}</bdi>
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function Rules({ flag }: { flag: FlagView }) {
  const now = useNow();
  const rules = ruleTexts(flag.config, now);
  const ties = tieTexts(flag.config);
  return (
    <section>
      <h2>Who gets what</h2>
      <ol class="rule-texts">
        {rules.map(({ name, text }) => (
          <li key={name}>
            <strong>
              <bdi>{name}</bdi>
            </strong>{" "}
            <bdi>{text}</bdi>
          </li>
        ))}
        <li>
          <bdi>{restText(flag)}</bdi>
        </li>
      </ol>
      <div class="list">
        <Table class="variants">
          <caption class="unseen">Variants and what they stand for</caption>
          <Thead>
            <Tr>
              <Th>Variant</Th>
              <Th>Value</Th>
              <Th>Served</Th>
            </Tr>
          </Thead>
          <Tbody>
            {Object.entries(flag.variants).map(([variant, value]) => (
              <Tr key={variant}>
                <RowTh class="name">
                  <bdi class="mono">{variant}</bdi>
                </RowTh>
                <Td class="value">
                  <code>{typeof value === "string" ? JSON.stringify(value) : show(value)}</code>
                </Td>
                <Td class="role">
                  {[variant === flag.default ? "by default" : "", variant === flag.off ? "while it is off" : ""]
                    .filter(Boolean)
                    .join(", ")}
                </Td>
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
      {ties.length > 0 && (
        <p>
          <span class="muted">It is switched off by itself while</span> <bdi>{ties.join("; or ")}</bdi>.
        </p>
      )}
    </section>
  );
}
