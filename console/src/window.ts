import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Which rows of a long list are worth drawing: those on the screen and a few around them. */
export interface Visible {
  readonly first: number;
  readonly end: number;
  readonly before: number;
  readonly after: number;
}

/** A list below the screen begins with so many: whoever reads on, or prints, finds more than its head. */
const LEAST = 8;

/** Windowing over the page's own scrolling. Rows have one known height. */
export function useWindow<E extends HTMLElement>(options: { count: number; rowHeight: number }) {
  const ref = useRef<E>(null);
  const [span, setSpan] = useState({ top: 0, height: innerHeight });
  useLayoutEffect(() => {
    const measure = () => {
      const box = ref.current?.getBoundingClientRect();
      if (box === undefined) return;
      const next = { top: Math.round(-box.top), height: innerHeight };
      setSpan((old) => (old.top === next.top && old.height === next.height ? old : next));
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    // What stands above may grow or shrink later, and the list is elsewhere then.
    const moved = new ResizeObserver(measure);
    moved.observe(document.body);
    return () => {
      moved.disconnect();
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [options.count]);
  const { count, rowHeight } = options;
  const overscan = 4;
  const first = Math.max(0, Math.min(count, Math.floor(span.top / rowHeight) - overscan));
  const below = Math.ceil((span.top + span.height) / rowHeight) + overscan;
  const end = Math.min(count, Math.max(first + LEAST, below));
  const visible: Visible = { first, end, before: first * rowHeight, after: (count - end) * rowHeight };
  return { ref, visible };
}
