import { useEffect, useRef } from "preact/hooks";
import { pageLink, usePlace } from "../router.ts";

/** Views of one noun, each with an address of its own, in one line. */
export function TabLine(props: {
  label: string;
  tabs: readonly { readonly path: string; readonly name: string }[];
  /** Whether an address is of a view; by default where it is its own. */
  isOf?: (path: string, tab: string) => boolean;
}) {
  const { label, tabs, isOf = (path, tab) => path === tab } = props;
  const { path } = usePlace();
  const line = useRef<HTMLElement>(null);
  // Where it is too narrow for all, the present one is not the one that cannot be seen.
  useEffect(() => {
    const here = line.current?.querySelector<HTMLElement>("[aria-current]");
    if (line.current && here) line.current.scrollLeft = here.offsetLeft + here.offsetWidth - line.current.offsetWidth;
  }, [path]);
  return (
    <nav ref={line} class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a key={tab.path} href={pageLink(tab.path)} aria-current={isOf(path, tab.path) ? "page" : undefined}>
          {tab.name}
        </a>
      ))}
    </nav>
  );
}
