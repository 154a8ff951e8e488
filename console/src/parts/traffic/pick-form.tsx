import { useState } from "preact/hooks";
import type { PickView } from "../../../../functions/api/views-traffic.ts";
import { type AskedPick, pickBackend } from "../../api-traffic.ts";
import { number, told, words } from "../../format.ts";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { go, usePlace, withQuery } from "../../router.ts";
import { excludedText, readMatch } from "../../traffic-words.ts";
import { nameWords } from "../../values.ts";
import { Failed, Loading } from "../looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { StandingMark } from "./standing.tsx";

const MOST_SHOWN = 100;

/** Key, tags and metadata of a request, kept in the address; below: whom it would be sent to now, and why not the others. */
export function PickForm({ service }: { service: string }) {
  const { query } = usePlace();
  const asked = query.has("pick");
  const [key, setKey] = useState(query.get("key") ?? "");
  const [tags, setTags] = useState(query.get("tags") ?? "");
  const [match, setMatch] = useState(query.get("match") ?? "");
  const read = readMatch(match);
  return (
    <>
      <form
        class="tester pick-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (read !== undefined) go(withQuery({ pick: "1", key, tags: tags.trim(), match: match.trim() }));
        }}
      >
        <label class="field">
          Key
          <input
            name="key"
            maxLength={1000}
            autocomplete="off"
            spellcheck={false}
            placeholder="customer-42"
            value={key}
            onInput={(event) => setKey(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          Tags
          <input
            name="tags"
            maxLength={1000}
            autocomplete="off"
            spellcheck={false}
            placeholder="region-eu, ssd"
            value={tags}
            onInput={(event) => setTags(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          Subset
          <input
            name="match"
            maxLength={1000}
            autocomplete="off"
            spellcheck={false}
            placeholder="version=v2"
            value={match}
            onInput={(event) => setMatch(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary" data-pick>
          Ask
        </button>
        <p class="bad" role="status">
          {read === undefined ? "Write name=value, with blanks between." : ""}
        </p>
      </form>
      {asked && <Picked service={service} />}
    </>
  );
}

function Picked({ service }: { service: string }) {
  const { query } = usePlace();
  const key = query.get("key") ?? "";
  const tags = (query.get("tags") ?? "").split(/[\s,]+/u).filter(Boolean);
  const match = readMatch(query.get("match") ?? "") ?? {};
  const ask: AskedPick = {
    ...(key === "" ? {} : { key }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(match).length === 0 ? {} : { match: { ...match } }),
  };
  const { value, failure, reload } = useResource(
    `pick ${service} ${JSON.stringify(ask)}`,
    (signal) => pickBackend(service, ask, signal),
    usePollMs(),
  );
  if (value === undefined)
    return failure ? <Failed failure={failure} what="answer" retry={reload} /> : <Loading what="whom it would go to" />;
  return <Answer view={value} />;
}

function Answer({ view }: { view: PickView }) {
  const names = [...new Set(view.candidates.flatMap(({ values }) => Object.keys(values)))];
  const candidates = [...view.candidates].sort((a, b) => Number(b.picked) - Number(a.picked));
  return (
    <section class="tested" aria-label="Whom it would go to" aria-live="polite" data-picked={view.host ?? ""}>
      <p>
        <strong>
          {view.host === undefined ? (
            `To nobody: ${words(view.reason)}`
          ) : (
            <>
              To <bdi>{view.host}</bdi>
            </>
          )}
        </strong>
        {view.panic && " in panic"}
        {view.loads === "registry" && (
          <span class="muted"> (as a caller that has sent nothing yet: no gateway here)</span>
        )}
      </p>
      <ul class="bullets">
        {view.steps.map((step) => (
          <li key={step}>
            <bdi>{told(step)}</bdi>
          </li>
        ))}
      </ul>
      <div class="wide-table">
        <Table class="candidates">
          <caption class="unseen">Candidates and what was compared</caption>
          <Thead>
            <Tr>
              <Th>Backend</Th>
              <Th>Verdict</Th>
              {names.map((name) => (
                <Th key={name}>{name.endsWith("Ms") ? `${nameWords(name)}, ms` : nameWords(name)}</Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {candidates.slice(0, MOST_SHOWN).map((one) => (
              <Tr key={one.id} class={one.picked ? "picked" : undefined}>
                <RowTh>
                  <bdi>{one.id}</bdi>
                </RowTh>
                <Td>
                  {one.picked ? (
                    <StandingMark standing={{ tone: "ok", icon: "chosen", word: "picked" }} />
                  ) : one.excluded === undefined ? (
                    <span class="muted">compared</span>
                  ) : (
                    <StandingMark standing={{ tone: "held", icon: "vetoed", word: excludedText(one.excluded) }} />
                  )}
                </Td>
                {names.map((name) => (
                  <Td key={name} class="number">
                    {one.values[name] === undefined ? "" : number(one.values[name])}
                  </Td>
                ))}
              </Tr>
            ))}
          </Tbody>
        </Table>
      </div>
      {(view.omitted ?? 0) + Math.max(0, candidates.length - MOST_SHOWN) > 0 && (
        <p class="muted">and {(view.omitted ?? 0) + Math.max(0, candidates.length - MOST_SHOWN)} more</p>
      )}
    </section>
  );
}
