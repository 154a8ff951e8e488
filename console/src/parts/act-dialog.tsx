import { useMemo, useState } from "preact/hooks";
import type { CommandView, ServiceSummary } from "../../../functions/api/views.ts";
import { author } from "../access.ts";
import { ACTS, type ActForm, type ActType, commandOf, consequences, firstForm, formFault } from "../acts.ts";
import { commandService } from "../api.ts";
import { useNow } from "../clock.ts";
import { asFailure, type Failure } from "../failure.ts";
import { news } from "../live.ts";
import { ActFields } from "./act-fields.tsx";
import { ActResult } from "./act-result.tsx";
import { Dialog } from "./dialog.tsx";

type Sending =
  | { readonly state: "filling" }
  | { readonly state: "sending" }
  | { readonly state: "done"; readonly view: CommandView }
  | { readonly state: "failed"; readonly failure: Failure };

/**
 * Asks before anything is done: what exactly will happen, why, and for what is dangerous the name. One request with one
 * idempotency key per opened dialog: pressing again after a broken connection does it once.
 */
export function ActDialog({ type, service, onClose }: { type: ActType; service: ServiceSummary; onClose: () => void }) {
  const act = ACTS[type];
  const now = useNow();
  const key = useMemo(
    () =>
      crypto.randomUUID?.() ??
      [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join(""),
    [],
  );
  const [form, setForm] = useState<ActForm>(() => firstForm(service));
  const [sending, setSending] = useState<Sending>({ state: "filling" });
  const [tried, setTried] = useState(false);
  const fault = formFault(type, form, service);

  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (fault !== undefined || sending.state === "sending") return;
    author.set(form.by.trim());
    setSending({ state: "sending" });
    commandService(service.name, commandOf(type, form), key).then(
      (view) => {
        setSending({ state: "done", view });
        news.set(news.get() + 1);
      },
      (error: unknown) => setSending({ state: "failed", failure: asFailure(error) }),
    );
  };

  return (
    <Dialog title={`${act.title}: ${service.name}`} onClose={onClose}>
      <h2>
        {act.title}: <bdi>{service.name}</bdi>
      </h2>
      {sending.state === "done" ? (
        <ActResult view={sending.view} onClose={onClose} />
      ) : (
        <form onSubmit={submit} noValidate>
          <ActFields type={type} form={form} service={service} onChange={(change) => setForm({ ...form, ...change })} />
          <div class="will-happen">
            <h3>What will happen</h3>
            <ul>
              {consequences(type, form, service, now).map((line) => (
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
              class={act.dangerous ? "primary danger" : "primary"}
              disabled={sending.state === "sending"}
            >
              {sending.state === "sending" ? "Sending…" : act.button}
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
