import { listOf, members, nameWords, showNamed } from "../../values.ts";

/** What is known of a rollout of a Flink job: the members that are plain, and the rest as JSON. */
export function Flink({ state }: { state: unknown }) {
  const { current, ended } = members(state);
  const shown = members(current ?? listOf(ended)[0] ?? state);
  const facts = Object.entries(shown).filter(([, value]) => typeof value === "string" || typeof value === "number");
  if (facts.length === 0) return null;
  return (
    <section>
      <h2>Flink job</h2>
      <dl class="facts">
        {facts.flatMap(([name, value]) => [
          <dt key={`${name} name`}>{nameWords(name)}</dt>,
          <dd key={name}>
            <bdi>{showNamed(name, value)}</bdi>
          </dd>,
        ])}
      </dl>
      <details>
        <summary>All of it, as JSON</summary>
        <pre>{JSON.stringify(state, null, 2)}</pre>
      </details>
    </section>
  );
}
