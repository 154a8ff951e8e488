import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { accessKey, denial } from "../access.ts";
import type { Failure } from "../failure.ts";
import { tryNow } from "../live.ts";

/** Nothing is there, and that is an answer. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="look look-empty">
      <p class="look-title">{title}</p>
      {children}
    </div>
  );
}

/** Nothing is known yet: the outline of what will come, no words that jump. */
export function Loading({ what, rows = 3 }: { what: string; rows?: number }) {
  return (
    <div class="look look-loading" role="status" aria-label={`Loading ${what}`}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="bone" />
      ))}
    </div>
  );
}

/** Something failed, with what to do next. */
export function Failed({ failure, what, retry }: { failure: Failure; what: string; retry: () => void }) {
  if (failure.kind === "denied") return <Denied />;
  const next =
    failure.kind === "unreachable"
      ? "It is tried again by itself. If this lasts, see whether the control plane is running."
      : failure.kind === "missing"
        ? "Perhaps the address is old, or the record has expired."
        : "Try again; if it repeats, the code below says where to look in the log.";
  return (
    <div class="look look-error" role="alert">
      <p class="look-title">{failure.kind === "unreachable" ? `The API does not answer` : `No ${what}`}</p>
      <p>{failure.message}</p>
      <p class="muted">{next}</p>
      {failure.problem && <code>{failure.problem.code}</code>}
      <button
        type="button"
        onClick={() => {
          tryNow();
          retry();
        }}
      >
        Try again
      </button>
    </div>
  );
}

/** The door is closed: asks for a key, which stays in this tab. */
export function Denied() {
  const [key, setKey] = useState("");
  const known = denial.get();
  return (
    <form
      class="look look-denied"
      onSubmit={(event) => {
        event.preventDefault();
        denial.set(undefined);
        accessKey.set(key.trim());
      }}
    >
      <p class="look-title">{known?.status === 403 ? "This key may not see that" : "An access key is needed"}</p>
      <p>{accessKey.get() === "" ? "The API asks who you are." : (known?.detail ?? "The API asks who you are.")}</p>
      <label class="field">
        Access key
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          required
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <p class="muted">It is kept for this tab only and sent to this address only.</p>
      <button type="submit" class="primary">
        Use this key
      </button>
    </form>
  );
}
