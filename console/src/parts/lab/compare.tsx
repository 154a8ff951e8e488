import { useState } from "preact/hooks";
import { Icon } from "../../icons.tsx";
import { compareAll, type Played } from "../../lab/api-lab.ts";
import type { Tried } from "../../lab/section.ts";
import { usePlayed } from "../../lab/use-played.ts";
import { FIGURES, type Score } from "../../lab/words.ts";
import { Failed, Loading } from "../looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";

/** Policies that have a name, and what they are in the lab. */
const NAMED: Readonly<Record<string, Tried>> = {
  "seed-instances": { type: "instances", set: {} },
  "seed-parallelism": { type: "parallelism", set: {} },
  "hpa-cpu70": { type: "hpa", set: {} },
  "target-tracking-70": { type: "target-tracking", set: {} },
  demand: { type: "demand", set: {} },
  predictive: { type: "predictive", set: {} },
  "kafka-lag": { type: "kafka-lag", set: {} },
};

interface Row {
  readonly name: string;
  readonly score: Score;
  readonly mine?: true;
}

/** Every policy over the same days, the best first; what is tried and what runs today among them. */
export function Compare(props: {
  load: Played;
  /** What the answer depends on: another one is another question. */
  question: string;
  days: string;
  tried: Score;
  today: Score | undefined;
  onTry: (tried: Tried) => void;
}) {
  const { load, question, days, tried, today, onTry } = props;
  const [wanted, setWanted] = useState<string>();
  const { value, of, failure, busy, retry } = usePlayed(
    wanted === question ? question : undefined,
    (signal) => compareAll({ ...load, days }, signal),
    0,
  );
  const here = of === question ? value : undefined;
  const rows: readonly Row[] = [
    ...(here?.rows.map((row): Row => ({ name: row.policy, score: row })) ?? []),
    { name: "as tried above", score: tried, mine: true },
    ...(today ? [{ name: "today's policy", score: today, mine: true } as const] : []),
  ];
  return (
    <section aria-labelledby="lab-compare">
      <div class="section-head">
        <h2 id="lab-compare">All policies over these days</h2>
        <button type="button" data-lab="compare" disabled={busy} onClick={() => setWanted(question)}>
          {busy ? "Comparing…" : "Compare"}
        </button>
      </div>
      {failure && !busy && wanted === question && <Failed failure={failure} what="comparison" retry={retry} />}
      {busy && here === undefined && <Loading what="the comparison" rows={6} />}
      {here === undefined ? (
        !busy &&
        failure === undefined && (
          <p class="muted">Each with its defaults, within the bounds of the load. Takes a few seconds.</p>
        )
      ) : (
        <Table class="lab-compare">
          <caption class="unseen">Policies over the same days, the lowest J first</caption>
          <Thead>
            <Tr>
              <Th>Policy</Th>
              {FIGURES.map(({ key, label }) => (
                <Th key={key} class="number">
                  {label}
                </Th>
              ))}
              <Th>
                <span class="unseen">Try it</span>
              </Th>
            </Tr>
          </Thead>
          <Tbody>
            {rows
              .toSorted((a, b) => a.score.j - b.score.j)
              .map(({ name, score, mine }) => (
                <Tr key={name} data-policy={name} class={mine ? "lab-mine" : undefined}>
                  <RowTh>
                    {mine && <Icon name="chosen" size={13} />} {name}
                  </RowTh>
                  {FIGURES.map(({ key, label, text }) => (
                    <Td key={key} class="number" data-label={label}>
                      {text(score)}
                    </Td>
                  ))}
                  <Td class="lab-try">
                    {NAMED[name] && (
                      <button type="button" aria-label={`Try ${name}`} onClick={() => onTry(NAMED[name] as Tried)}>
                        Try
                      </button>
                    )}
                  </Td>
                </Tr>
              ))}
          </Tbody>
        </Table>
      )}
    </section>
  );
}
