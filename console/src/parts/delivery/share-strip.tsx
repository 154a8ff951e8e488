import { percent, sharesText } from "../../delivery-words.ts";

/** Percentages of variants as one bar: as wide as their shares, each with its name; hatched from the second on. */
export function ShareStrip({ shares }: { shares: Readonly<Record<string, number>> }) {
  const shown = Object.entries(shares).filter(([, share]) => share > 0);
  const text = sharesText(shares);
  if (shown.length === 0) return <span class="none">nobody gets anything</span>;
  return (
    <span class="share-strip" title={text}>
      <span class="strip" aria-hidden="true">
        {shown.map(([name, share], index) => (
          <span key={name} class={`strip-part strip-${index % 4}`} style={{ flexGrow: share }} />
        ))}
      </span>
      <span class="strip-names">
        {shown.map(([name, share], index) => (
          <span key={name} class="strip-name">
            <span class={`strip-key strip-${index % 4}`} aria-hidden="true" />
            <bdi>{name}</bdi> {percent(share)}
          </span>
        ))}
      </span>
    </span>
  );
}
