import { observable } from "./store.ts";

/**
 * How news reaches this page. `stream`: server-sent events; `polling`: asking again and again; `lost`: no answer since
 * `since` (performance.now()), what is shown is what was known then.
 */
export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "stream" }
  | { readonly state: "polling" }
  | { readonly state: "lost"; readonly since: number; readonly why: string };

export const connection = observable<Connection>({ state: "connecting" });

/** Grows each time the API answers again after it did not: everything on the page is then asked anew. */
export const recovery = observable(0);

/** Told by whoever got no answer. The first one says since when. */
export function lost(why: string): void {
  const known = connection.get();
  if (known.state !== "lost") connection.set({ state: "lost", since: performance.now(), why });
}

/** Told by the live loop when it hears the API. */
export function heard(how: "stream" | "polling"): void {
  const before = connection.get();
  if (before.state !== how) connection.set({ state: how });
  if (before.state === "lost") recovery.set(recovery.get() + 1);
}

/** Live, or frozen by the reader to look at something in peace. */
export const live = observable(true);
