import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { EvaluationView } from "../../../functions/api/views.ts";
import { author } from "../access.ts";
import { asFailure, type Failure } from "../failure.ts";
import { news } from "../live.ts";
import { ActResult, ToldResult } from "./act-result.tsx";
import { Dialog } from "./dialog.tsx";

/** What was done, and what was looked at right after where the act changes what should run. */
export interface Done {
  readonly command: EvaluationView;
  readonly evaluation?: EvaluationView;
}

/** What was done where it is no decision about a service: sentences, and the records it left. */
export interface Told {
  readonly told: readonly string[];
  readonly decisions?: readonly string[];
  /** Whether all of it worked out; absent: yes. */
  readonly ok?: boolean;
}

type Sending =
  | { readonly state: "filling" }
  | { readonly state: "sending" }
  | { readonly state: "done"; readonly view: Done | Told }
  | { readonly state: "failed"; readonly failure: Failure };

/**
 * Asks before anything is done: what exactly will happen, why, and for what is dangerous the name. One request with one
 * idempotency key per opened dialog: pressing again after a broken connection does it once.
 */
export function ActSheet(props: {
  title: string;
  subject: string;
  button: string;
  dangerous?: boolean;
  /** Why it cannot be sent yet. */
  fault: string | undefined;
  consequences: readonly string[];
  /** Name the reader gives; absent where the act is recorded with none. */
  by?: string;
  /** For forms with much to fill in. */
  wide?: boolean;
  send: (idempotencyKey: string) => Promise<Done | Told>;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const { title, subject, button, fault, onClose } = props;
  const key = useMemo(
    () =>
      crypto.randomUUID?.() ??
      [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join(""),
    [],
  );
  const [sending, setSending] = useState<Sending>({ state: "filling" });
  const [tried, setTried] = useState(false);

  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (fault !== undefined || sending.state === "sending") return;
    if (props.by !== undefined) author.set(props.by.trim());
    setSending({ state: "sending" });
    props.send(key).then(
      (view) => {
        setSending({ state: "done", view });
        news.set(news.get() + 1);
      },
      (error: unknown) => setSending({ state: "failed", failure: asFailure(error) }),
    );
  };

  return (
    <Dialog title={`${title}: ${subject}`} onClose={onClose} class={props.wide ? "dialog wide" : "dialog"}>
      <h2>
        {title}: <bdi>{subject}</bdi>
      </h2>
      {sending.state === "done" ? (
        "told" in sending.view ? (
          <ToldResult view={sending.view} onClose={onClose} />
        ) : (
          <ActResult view={sending.view} onClose={onClose} />
        )
      ) : (
        <form onSubmit={submit} noValidate>
          {props.children}
          <div class="will-happen">
            <h3>What will happen</h3>
            <ul>
              {props.consequences.map((line) => (
                <li key={line}>{line}</li>
              ))}
            </ul>
          </div>
          <div aria-live="polite">
            {tried && fault !== undefined && <p class="bad">{fault}</p>}
            {sending.state === "failed" && (
              <p class="bad">
                Not done: {sending.failure.message}
                {sending.failure.kind === "unreachable" &&
                  " Pressing again is safe: it carries the same key and is done once."}
              </p>
            )}
          </div>
          <div class="dialog-buttons">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button
              type="submit"
              class={props.dangerous ? "primary danger" : "primary"}
              disabled={sending.state === "sending"}
            >
              {sending.state === "sending" ? "Sending…" : button}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
