import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { go, withQuery } from "../router.ts";

/** Closes what stands on top: a decision opened from an anomaly or an opportunity leads back to it. */
export function closeDrawer(): void {
  const decision = new URLSearchParams(location.search).has("decision");
  go(withQuery(decision ? { decision: undefined } : { anomaly: undefined, opportunity: undefined }));
}

/** One thing beside the page it was opened from. Focus goes in and comes back to where it was. */
export function Drawer(props: {
  id: string;
  label: string;
  /** Where it has more room. */
  page: { readonly to: string; readonly words: string };
  children: ComponentChildren;
}) {
  const { id, label, page } = props;
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    return () => {
      const link = document.querySelector<HTMLElement>("[data-row][data-open] [data-row-link]");
      if (link) link.focus({ preventScroll: true });
      else if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  useEffect(() => {
    panel.current?.scrollTo(0, 0);
  }, [id]);
  return (
    <div ref={panel} class="drawer" role="dialog" aria-label={label} tabIndex={-1} data-drawer={id}>
      <div class="drawer-bar">
        <a href={page.to}>
          <Icon name="arrow" size={14} /> {page.words}
        </a>
        <button type="button" class="quiet" onClick={closeDrawer}>
          <Icon name="close" size={14} /> Close <kbd>Esc</kbd>
        </button>
      </div>
      {props.children}
    </div>
  );
}
