import { observable } from "./store.ts";

export type Theme = "system" | "light" | "dark";

const STORED = "headgate.theme";

function readTheme(): Theme {
  try {
    const text = localStorage.getItem(STORED);
    return text === "light" || text === "dark" ? text : "system";
  } catch {
    return "system";
  }
}

export const theme = observable<Theme>(readTheme());
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** What is on the screen now: charts are drawn again when it changes. */
export const shade = observable<"light" | "dark">("light");

function apply(): void {
  const chosen = theme.get();
  const dark = chosen === "dark" || (chosen === "system" && prefersDark.matches);
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  shade.set(dark ? "dark" : "light");
}

/** Follows the system unless the reader chose. */
export function startTheme(): void {
  apply();
  prefersDark.addEventListener("change", apply);
  theme.subscribe(() => {
    try {
      if (theme.get() === "system") localStorage.removeItem(STORED);
      else localStorage.setItem(STORED, theme.get());
    } catch {
      // Storage may be forbidden: the choice then lasts as long as the page.
    }
    apply();
  });
}
