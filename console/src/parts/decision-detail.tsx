import { getDecision } from "../api.ts";
import { told, words } from "../format.ts";
import { useResource } from "../resource.ts";
import { pageLink, subjectLink } from "../router.ts";
import { subjectName } from "../subjects.ts";
import { Clauses } from "./clauses.tsx";
import { Copy } from "./copy.tsx";
import { Actions, Outcomes } from "./decision-end.tsx";
import { DecisionInputs, TriggerLine } from "./decision-inputs.tsx";
import { Reason } from "./decision-list.tsx";
import { Failed, Loading } from "./looks.tsx";
import { Replay } from "./replay.tsx";

/** Outcomes arrive minutes later: an open decision is asked for again. */
const AGAIN_MS = 10_000;

/** One decision as a chain: sentence, inputs, clauses, action, outcomes. The same for every noun. */
export function DecisionDetail({ id, heading: Heading }: { id: string; heading: "h1" | "h2" }) {
  const { value, failure, reload } = useResource(`decision ${id}`, (signal) => getDecision(id, signal), AGAIN_MS);
  if (value === undefined) {
    return failure === undefined ? (
      <Loading what="the decision" rows={8} />
    ) : (
      <>
        <Heading class="sentence" tabIndex={-1}>
          Decision <code>{id}</code>
        </Heading>
        <Failed failure={failure} what={`decision ${id}`} retry={reload} />
      </>
    );
  }
  const { decision, explanation } = value;
  const acted =
    decision.actions.some((action) => action.type !== "record_outcome") || decision.reason.startsWith("would_");
  return (
    <article class="decision" data-decision={id}>
      <Heading class="sentence" tabIndex={-1}>
        {told(decision.sentence)}
      </Heading>
      <p class="decision-about">
        <a href={subjectLink(decision.noun, decision.subject)} title={decision.subject}>
          <bdi>{subjectName(decision.noun, decision.subject)}</bdi>
        </a>
        <span>{words(decision.noun)}</span>
        <Reason reason={decision.reason} acted={acted} />
      </p>
      <TriggerLine decision={decision} />
      <section>
        <h3>What was known</h3>
        <DecisionInputs decision={decision} />
      </section>
      <section>
        <h3>Why, step by step</h3>
        <Clauses clauses={decision.trace} />
      </section>
      <section>
        <h3>What was done</h3>
        <Actions decision={decision} />
      </section>
      <section>
        <h3>What came of it</h3>
        <Outcomes decision={decision} />
      </section>
      <div class="decision-buttons">
        <Replay id={id} />
        <Copy label="Copy as JSON" text={() => JSON.stringify(decision, null, 2)} />
        <Copy label="Copy as text" text={() => [decision.sentence, "", ...explanation].join("\n")} />
      </div>
      <details>
        <summary>The record</summary>
        <dl class="facts">
          <dt>id</dt>
          <dd>
            <a href={pageLink(`/decisions/${encodeURIComponent(id)}`)}>
              <code>{decision.id}</code>
            </a>
          </dd>
          <dt>configuration</dt>
          <dd>
            <code>{decision.configVersion}</code>
          </dd>
          <dt>trace</dt>
          <dd>
            <code>{decision.traceId}</code>
          </dd>
          <dt>state before</dt>
          <dd>
            <pre>{JSON.stringify(decision.stateBefore, null, 2)}</pre>
          </dd>
          <dt>state after</dt>
          <dd>
            <pre>{JSON.stringify(decision.stateAfter, null, 2)}</pre>
          </dd>
        </dl>
      </details>
    </article>
  );
}
