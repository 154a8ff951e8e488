import { useLayoutEffect, useRef, useState } from "preact/hooks";

/** Which rows of a long list are worth drawing: those on the screen and a few around them. */
export interface Visible {
  readonly first: number;
  readonly end: number;
  readonly columns: number;
  readonly before: number;
  readonly after: number;
}

/**
 * Windowing over the page's own scrolling. Rows have one known height; `minColumnWidth` lays several cells in a row.
 */
export function useWindow<E extends HTMLElement>(options: {
  count: number;
  rowHeight: number;
  minColumnWidth?: number;
  gap?: number;
}) {
  const ref = useRef<E>(null);
  const [span, setSpan] = useState({ top: 0, height: innerHeight, width: 1200 });
  useLayoutEffect(() => {
    const measure = () => {
      const box = ref.current?.getBoundingClientRect();
      if (box === undefined) return;
      const next = { top: Math.round(-box.top), height: innerHeight, width: Math.round(box.width) };
      setSpan((old) => (old.top === next.top && old.height === next.height && old.width === next.width ? old : next));
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [options.count]);
  const gap = options.gap ?? 0;
  const columns =
    options.minColumnWidth === undefined
      ? 1
      : Math.max(1, Math.floor((span.width + gap) / (options.minColumnWidth + gap)));
  const rows = Math.ceil(options.count / columns);
  const pitch = options.rowHeight + gap;
  const overscan = 4;
  const firstRow = Math.max(0, Math.min(rows, Math.floor(span.top / pitch) - overscan));
  const endRow = Math.max(firstRow, Math.min(rows, Math.ceil((span.top + span.height) / pitch) + overscan));
  const visible: Visible = {
    first: firstRow * columns,
    end: Math.min(options.count, endRow * columns),
    columns,
    before: firstRow * pitch,
    after: (rows - endRow) * pitch,
  };
  return { ref, visible };
}
