import { shareText } from "../../traffic-words.ts";

/** What each of the busiest backends got lately: one column each, as tall as its share of the largest. */
export function ShareBars({ shares }: { shares: readonly { readonly id: string; readonly share: number }[] }) {
  // In order of their ids: columns that changed places with every answer could not be read.
  const shown = [...shares].sort((a, b) => (a.id < b.id ? -1 : 1));
  const largest = Math.max(...shown.map(({ share }) => share), Number.MIN_VALUE);
  const text = shown.map(({ id, share }) => `${id} ${shareText(share)}`).join(", ");
  return (
    <span class="share-bars" role="img" aria-label={`Shares: ${text}`} title={text}>
      {shown.map(({ id, share }) => (
        <span key={id} style={{ height: `${Math.max(share > 0 ? 8 : 0, (share / largest) * 100)}%` }} />
      ))}
    </span>
  );
}

/** One share with its bar; the whole width is all requests. */
export function ShareBar({ share }: { share: number }) {
  return (
    <span class="share-bar">
      <span class="share-track" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </span>
      {shareText(share)}
    </span>
  );
}
