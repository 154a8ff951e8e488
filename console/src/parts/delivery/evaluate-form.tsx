import { useState } from "preact/hooks";
import type { FlagEvaluationView, FlagView } from "../../../../functions/api/views-flags.ts";
import { evaluateFlag } from "../../api-flags.ts";
import { asFailure } from "../../failure.ts";
import { exampleContext, readContext } from "../../flag-words.ts";
import { number, told } from "../../format.ts";
import { Icon } from "../../icons.tsx";

type Answer =
  | { readonly state: "none" }
  | { readonly state: "asking" }
  | { readonly state: "answered"; readonly view: FlagEvaluationView }
  | { readonly state: "failed"; readonly message: string };

const OUTCOMES = {
  served: "chosen",
  no_match: "close",
  unknown: "unknown",
  out_of_time: "pending",
  passed_over: "held",
} as const;
/** Buckets there are; a place among them decides who is among a share. */
const BUCKETS = 100_000;

/** Tries a context: which variant, and why, step by step. Nothing is counted. */
export function EvaluateForm({ flag }: { flag: FlagView }) {
  const [text, setText] = useState(() => exampleContext(flag.config));
  const [answer, setAnswer] = useState<Answer>({ state: "none" });
  const context = readContext(text);
  const ask = (event: Event) => {
    event.preventDefault();
    if (context === undefined) return;
    setAnswer({ state: "asking" });
    evaluateFlag(flag.name, context).then(
      (view) => setAnswer({ state: "answered", view }),
      (error: unknown) => setAnswer({ state: "failed", message: asFailure(error).message }),
    );
  };
  return (
    <form class="evaluate" onSubmit={ask}>
      <label class="field">
        Context, as JSON
        <textarea
          name="context"
          class="mono"
          rows={6}
          spellcheck={false}
          maxLength={20_000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <div class="evaluate-answer" aria-live="polite">
        {context === undefined && <p class="bad">This is no JSON object.</p>}
        {answer.state === "failed" && <p class="bad">{answer.message}</p>}
        {answer.state === "answered" && <Evaluated view={answer.view} />}
      </div>
      <p>
        <button type="submit" disabled={context === undefined || answer.state === "asking"} data-evaluate>
          {answer.state === "asking" ? "Asking…" : "Evaluate"}
        </button>{" "}
        <span class="muted">Nothing is counted by it.</span>
      </p>
    </form>
  );
}

function Evaluated({ view }: { view: FlagEvaluationView }) {
  const { variant, value, reason, bucket, rules, steps, errorMessage } = view;
  // What the rules said stands above, each with its mark.
  const rest = steps.filter((step) => !rules.some(({ rule }) => step.startsWith(`${rule}: `)));
  return (
    <>
      <p data-evaluated={variant ?? ""}>
        {variant === undefined ? (
          <strong class="bad">No variant: {errorMessage ?? reason}</strong>
        ) : (
          <>
            <strong>
              <bdi class="mono">{variant}</bdi>
            </strong>{" "}
            = <code>{JSON.stringify(value)}</code>
          </>
        )}{" "}
        <span class="tag">{reason}</span>
        {bucket !== undefined && (
          <span class="muted"> at {number((100 * bucket) / BUCKETS)}&nbsp;% of the way from 0 to 100</span>
        )}
      </p>
      {rules.length > 0 && (
        <ul class="rule-looks">
          {rules.map((rule) => (
            <li key={rule.rule} class={rule.outcome === "served" ? "served" : undefined}>
              <Icon name={OUTCOMES[rule.outcome]} size={13} />{" "}
              <span>
                <bdi>{rule.rule}</bdi>: <span class="muted">{rule.outcome.replaceAll("_", " ")}</span>{" "}
                <bdi>{told(rule.text)}</bdi>
              </span>
            </li>
          ))}
        </ul>
      )}
      <ol class="why-steps">
        {rest.map((step) => (
          <li key={step}>
            <bdi>{told(step)}</bdi>
          </li>
        ))}
      </ol>
    </>
  );
}
