import type { TrafficBackendView } from "../../functions/api/views-traffic.ts";
import { plural } from "./format.ts";

export type BackendAct = "drain" | "undo" | "remove";

export const BACKEND_ACTS: Readonly<
  Record<BackendAct, { readonly title: string; readonly button: string; readonly done: string }>
> = {
  drain: { title: "Drain", button: "Drain", done: "Draining: it gets nothing new." },
  undo: { title: "Use again", button: "Use again", done: "Used again from the next look of each gateway on." },
  remove: { title: "Remove", button: "Remove", done: "Removed." },
};

/** What exactly will happen, in sentences. `others`: backends that could take its requests. */
export function backendConsequences(act: BackendAct, backend: TrafficBackendView, others: number): readonly string[] {
  const active = backend.gateway?.active;
  const flying =
    active === undefined
      ? "It is not known how many requests it has in flight"
      : `${plural(active, "request")} in flight there now`;
  const left =
    others === 0
      ? "No other backend is ok: requests will be refused, or sent to backends that are not well."
      : `Its requests go to the ${plural(others, "other backend")} that ${others === 1 ? "is" : "are"} ok.`;
  const lasts =
    backend.source === "config"
      ? "It lasts until somebody uses it again here."
      : "It lasts until somebody uses it again, or its registration ends.";
  switch (act) {
    case "drain":
      return [`No new request is sent to ${backend.id}.`, `${flying}: those go on to their end.`, left, lasts];
    case "undo":
      return [
        `New requests are sent to ${backend.id} again, as its policy has it.`,
        ...(backend.check?.healthy === false ? ["Its checks fail still: it is passed over as long as they do."] : []),
      ];
    default:
      return [
        `${backend.id} is forgotten at once: no gateway sends to it any more.`,
        backend.drainingSince === undefined
          ? `${flying}; drain it first where those should be waited for.`
          : `${flying}.`,
        left,
        "Its process is not stopped. A client that renews its registration brings it back.",
      ];
  }
}
