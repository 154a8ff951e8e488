import type { MeView } from "../../functions/api/views.ts";
import { accessKey } from "./access.ts";
import { getMe } from "./api.ts";
import { recovery } from "./connection.ts";
import { news } from "./live.ts";
import { observable, useObservable } from "./store.ts";

/** Who the API takes this page for; undefined until it said so, and where it wants a key first. */
export const me = observable<MeView | undefined>(undefined);

let asking: AbortController | undefined;

function ask(): void {
  asking?.abort();
  const controller = new AbortController();
  asking = controller;
  getMe(controller.signal).then(
    (view) => me.set(view),
    // No answer says nothing about who it is; a closed door is told by the page itself.
    () => undefined,
  );
}

/** Asks at once, for each new key, and again when the API is back. */
export function startMe(): void {
  accessKey.subscribe(() => {
    me.set(undefined);
    ask();
  });
  recovery.subscribe(ask);
  news.subscribe(() => {
    if (me.get() === undefined) ask();
  });
  ask();
}

/** Why this page cannot act; undefined where it can, or where that is not known: the API has the last word. */
export function useActDenial(may: "operate" | "silences:write" = "operate"): string | undefined {
  const view = useObservable(me);
  if (view === undefined || view.scope === "operate" || view.scope === "admin" || view.scope === may) return undefined;
  const can = view.scope === "silences:write" ? "silence alerts and nothing else" : "look and not act";
  return `${view.name} may ${can}: that needs a key with scope operate`;
}
