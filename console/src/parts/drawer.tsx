import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../icons.tsx";
import { go, pageLink, withQuery } from "../router.ts";
import { DecisionDetail } from "./decision-detail.tsx";

export const closeDrawer = (): void => go(withQuery({ decision: undefined }));

/** The decision beside the page it was opened from. Focus goes in and comes back to where it was. */
export function Drawer({ id }: { id: string }) {
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
    <div ref={panel} class="drawer" role="dialog" aria-label="Decision" tabIndex={-1} data-drawer={id}>
      <div class="drawer-bar">
        <a href={pageLink(`/decisions/${encodeURIComponent(id)}`)}>
          <Icon name="arrow" size={14} /> Open as a page
        </a>
        <button type="button" class="quiet" onClick={closeDrawer}>
          <Icon name="close" size={14} /> Close <kbd>Esc</kbd>
        </button>
      </div>
      <DecisionDetail id={id} heading="h2" />
    </div>
  );
}
