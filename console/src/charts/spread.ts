/** A name in the right margin: placed near the height of its line, pushed apart from its neighbours. Canvas pixels. */
export interface Label {
  readonly text: string;
  readonly color: string;
  /** Where its line meets the margin. */
  readonly line: number;
  y: number;
}

/**
 * Pushes labels apart until none overlaps, keeping their order, inside top..bottom. What has no room is left out from the
 * end: callers put first what matters most.
 */
export function spread(labels: readonly Label[], height: number, top: number, bottom: number): readonly Label[] {
  const room = Math.max(1, Math.floor((bottom - top) / height));
  const placed = labels.slice(0, room).sort((a, b) => a.line - b.line);
  placed.forEach((label, index) => {
    const above = placed[index - 1];
    label.y = Math.max(label.line, above === undefined ? top + height / 2 : above.y + height);
  });
  for (let index = placed.length - 1; index >= 0; index -= 1) {
    const label = placed[index];
    const below = placed[index + 1];
    if (label !== undefined) label.y = Math.min(label.y, below === undefined ? bottom - height / 2 : below.y - height);
  }
  return placed;
}
