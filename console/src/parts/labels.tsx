/** Labels as they are written in PromQL. Whoever is scraped chooses them, so they are text and nothing else. */
export function Labels({ labels }: { labels: readonly (readonly [name: string, value: string])[] }) {
  if (labels.length === 0) return null;
  return (
    <ul class="labels">
      {labels.map(([name, value]) => (
        <li key={name}>
          <code title={`${name}="${value}"`}>
            {name}="<bdi>{value}</bdi>"
          </code>
        </li>
      ))}
    </ul>
  );
}
