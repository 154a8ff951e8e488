import { useMemo, useState } from "preact/hooks";
import { getServices } from "../api.ts";
import { useResource } from "../resource.ts";
import { drawerLink, go, pageLink, serviceLink } from "../router.ts";
import { Dialog } from "./dialog.tsx";
import { PAGES } from "./nav-bar.tsx";

const SHOWN = 8;

interface Hit {
  readonly label: string;
  readonly kind: string;
  readonly to: string;
}

/** Finds services by any part of their name, pages, and decisions by id. */
export function Search({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState(0);
  const services = useResource("services", getServices, 60_000);
  const hits = useMemo(() => find(text, services.value?.items.map((item) => item.name) ?? []), [text, services.value]);
  const open = (hit: Hit | undefined) => {
    if (hit === undefined) return;
    onClose();
    go(hit.to);
  };
  const move = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setChosen(Math.min(hits.length - 1, chosen + 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(0, chosen - 1));
    else if (event.key === "Enter") open(hits[chosen]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search" onClose={onClose} class="dialog search">
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="search-hits"
        aria-activedescendant={hits.length > 0 ? `hit-${chosen}` : undefined}
        aria-label="Search services, pages and decisions"
        placeholder="Service, page or decision id"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setChosen(0);
        }}
        onKeyDown={move}
      />
      <div id="search-hits" role="listbox" aria-label="Found">
        {hits.map((hit, index) => (
          <div
            key={hit.to}
            id={`hit-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onPointerMove={() => setChosen(index)}
            onClick={() => open(hit)}
            onKeyDown={move}
          >
            <bdi>{hit.label}</bdi>
            <span class="muted">{hit.kind}</span>
          </div>
        ))}
      </div>
      <p class="muted" aria-live="polite">
        {hits.length === 0 ? "Nothing found." : ""}
      </p>
    </Dialog>
  );
}

function find(text: string, names: readonly string[]): readonly Hit[] {
  const wanted = text.trim().toLowerCase();
  const decision = /^dec_\S+$/.test(text.trim())
    ? [{ label: text.trim(), kind: "decision", to: drawerLink(text.trim()) }]
    : [];
  const services = names
    .filter((name) => name.toLowerCase().includes(wanted))
    .sort((a, b) => rank(a, wanted) - rank(b, wanted) || a.localeCompare(b))
    .map((name) => ({ label: name, kind: "service", to: serviceLink(name) }));
  const pages = PAGES.filter((page) => page.name.toLowerCase().includes(wanted)).map((page) => ({
    label: page.name,
    kind: "page",
    to: pageLink(page.path),
  }));
  return [...decision, ...services.slice(0, SHOWN), ...pages];
}

const rank = (name: string, wanted: string): number => (name.toLowerCase().startsWith(wanted) ? 0 : 1);
