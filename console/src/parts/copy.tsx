import { useState } from "preact/hooks";
import { Icon } from "../icons.tsx";

/** Copies text; where the clipboard is not to be had (plain http), the text is shown to be copied by hand. */
export function Copy({ label, text }: { label: string; text: () => string }) {
  const [state, setState] = useState<"idle" | "copied" | "by-hand">("idle");
  return (
    <>
      <button
        type="button"
        onClick={async () => {
          try {
            await navigator.clipboard.writeText(text());
            setState("copied");
            setTimeout(() => setState("idle"), 2000);
          } catch {
            setState("by-hand");
          }
        }}
      >
        <Icon name={state === "copied" ? "ok" : "copy"} size={14} />{" "}
        <span aria-live="polite">{state === "copied" ? "Copied" : label}</span>
      </button>
      {state === "by-hand" && (
        <textarea
          class="by-hand"
          readOnly
          rows={6}
          aria-label={`${label}: copy this text`}
          value={text()}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </>
  );
}
