import { useEffect, useRef } from "preact/hooks";
import { observable } from "./store.ts";

/** What the keyboard does; the help lists exactly these. */
export const SHORTCUTS: readonly { readonly keys: string; readonly what: string }[] = [
  { keys: "/", what: "search services, rules, alerts, pages and decisions" },
  { keys: "g o", what: "go to the overview" },
  { keys: "g s", what: "go to services" },
  { keys: "g a", what: "go to alerts" },
  { keys: "g n", what: "go to anomalies" },
  { keys: "g r", what: "go to delivery (releases)" },
  { keys: "g f", what: "go to feature flags" },
  { keys: "g t", what: "go to traffic" },
  { keys: "g b", what: "go to backups" },
  { keys: "g m", what: "go to cost (money)" },
  { keys: "g l", what: "go to the policy lab" },
  { keys: "g d", what: "go to decisions" },
  { keys: "g c", what: "go to settings" },
  { keys: "j", what: "next row" },
  { keys: "k", what: "row before" },
  { keys: "Enter", what: "open the row" },
  { keys: "Esc", what: "close" },
  { keys: "p", what: "pause or resume live updates" },
  { keys: "?", what: "show this list" },
];

/** Which overlay is open, if any. */
export const overlay = observable<"search" | "help" | undefined>(undefined);

function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}

/** Single keys and pairs such as "g s". Silent while the reader types or a dialog is open. */
export function useShortcuts(actions: Readonly<Record<string, (event: KeyboardEvent) => void>>): void {
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    let first = "";
    let firstAt = 0;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (typing(event.target) || document.querySelector("dialog[open]") !== null) return;
      const pair = event.timeStamp - firstAt < 2000 ? `${first} ${event.key}` : "";
      const action = latest.current[pair] ?? latest.current[event.key];
      first = event.key;
      firstAt = event.timeStamp;
      if (action === undefined) return;
      event.preventDefault();
      action(event);
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

/** Moves the focus to the next or previous row of the list on the page. */
export function moveRow(step: 1 | -1): HTMLElement | undefined {
  const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
  // Where the focus is, else whose drawer is open: the focus may be inside of that.
  const focused = rows.findIndex((row) => row.contains(document.activeElement));
  const selected = focused === -1 ? rows.findIndex((row) => row.hasAttribute("data-open")) : focused;
  const next = rows[selected === -1 ? (step === 1 ? 0 : rows.length - 1) : selected + step];
  const link = next?.querySelector<HTMLElement>("[data-row-link]");
  link?.focus();
  link?.scrollIntoView({ block: "nearest" });
  return link ?? undefined;
}
