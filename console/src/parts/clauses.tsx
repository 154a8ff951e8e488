import { told } from "../format.ts";
import { Icon } from "../icons.tsx";
import type { Clause } from "../shapes.ts";
import { nameWords, showNamed } from "../values.ts";

const KIND_WORDS: Readonly<Record<Clause["kind"], string>> = {
  input: "read",
  computed: "computed",
  clamped: "clamped by",
  vetoed: "vetoed by",
  held: "held",
  chosen: "chosen",
  changed: "changed",
};

/** The chain of reasons, in the order in which they spoke, each with its numbers. */
export function Clauses({ clauses }: { clauses: readonly Clause[] }) {
  if (clauses.length === 0) return <p class="muted">No rule spoke: nothing had to be computed.</p>;
  return (
    <ol class="chain">
      {clauses.map((clause, index) => (
        <li key={index} class={`clause clause-${clause.kind}`}>
          <span class="clause-kind">
            <Icon name={clause.kind} size={14} />
            {KIND_WORDS[clause.kind] ?? clause.kind}
            <code>{clause.rule}</code>
          </span>
          <p>{told(clause.text)}</p>
          <Numbers values={clause.values} />
        </li>
      ))}
    </ol>
  );
}

/** Names and values of one clause or outcome. */
export function Numbers({ values }: { values: { readonly [name: string]: unknown } }) {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return null;
  return (
    <dl class="numbers">
      {entries.map(([name, value]) => (
        <div key={name}>
          <dt>{nameWords(name)}</dt>
          <dd>{showNamed(name, value)}</dd>
        </div>
      ))}
    </dl>
  );
}
