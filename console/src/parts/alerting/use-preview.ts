import { useEffect, useState } from "preact/hooks";
import type { SilencePreviewView } from "../../../../functions/api/views-alerting.ts";
import { previewSilence } from "../../api-alerting.ts";
import { asFailure } from "../../failure.ts";
import { setsOf } from "../../silence-form.ts";

/** What a silence with these matchers would hide now; neither value nor fault: not known yet. */
export interface Preview {
  readonly view?: SilencePreviewView;
  readonly fault?: string;
}

/** Typing shall not ask at every letter. */
const REST_MS = 200;

/** Asks whenever the matchers have rested; an answer to others than are there now never shows. */
export function usePreview(matchers: string): Preview {
  const key = JSON.stringify(setsOf(matchers));
  const [known, setKnown] = useState<Preview & { readonly key: string }>({ key: "" });
  useEffect(() => {
    const sets = setsOf(matchers);
    if (sets.length === 0) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      previewSilence(sets, controller.signal).then(
        (view) => setKnown({ key, view }),
        (error: unknown) => {
          if (!controller.signal.aborted) setKnown({ key, fault: asFailure(error).message });
        },
      );
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [key]);
  return known.key === key ? known : {};
}
