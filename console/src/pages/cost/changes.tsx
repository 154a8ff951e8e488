import type { CostChange } from "../../../../functions/api/views-cost.ts";
import { getChanges } from "../../api-cost.ts";
import { calmly } from "../../calm.ts";
import { revertAct } from "../../cost-acts.ts";
import { changeStanding, changeTexts } from "../../cost-words.ts";
import { plural, told } from "../../format.ts";
import { news } from "../../live.ts";
import { money, roundMoney } from "../../money.ts";
import { ActButton } from "../../parts/backup/act.tsx";
import { Money, Notes } from "../../parts/cost/figure.tsx";
import { CostTabs } from "../../parts/cost/tabs.tsx";
import { Decided } from "../../parts/delivery/decided.tsx";
import { HeldList } from "../../parts/held-list.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { RowTh, Td, Tr } from "../../parts/table.tsx";
import { Ago } from "../../parts/time.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { useResource } from "../../resource.ts";
import { pageLink, usePlace, withQuery } from "../../router.ts";
import { useObservable } from "../../store.ts";

const REST_MS = 15_000;

/** What was changed for the sake of cost, and whether what was promised came true. */
export function ChangesPage() {
  const stamp = `${useObservable(news)}`;
  const ask = () => calmly("cost changes", stamp, REST_MS, (signal) => getChanges(signal));
  const { value, failure, reload } = useResource("cost changes", ask, REST_MS);
  const chosen = usePlace().query.get("change");
  return (
    <>
      <CostTabs />
      <h1 tabIndex={-1} class={value ? "state" : undefined} aria-live="polite">
        {value === undefined
          ? "Changes"
          : value.items.length === 0
            ? "Nothing was changed yet"
            : `${plural(value.items.length, "change")}, ${roundMoney(value.promisedPerMonth, value.currency)} a month promised, ${value.realisedPerMonth === undefined ? "nothing proven yet" : `${roundMoney(value.realisedPerMonth, value.currency)} proven`}`}
      </h1>
      {value === undefined ? (
        failure ? (
          <Failed failure={failure} what="changes" retry={reload} />
        ) : (
          <Loading what="changes" rows={4} />
        )
      ) : value.items.length === 0 ? (
        <Empty title="No opportunity was applied.">
          <p>
            What could be saved stands under <a href={pageLink("/cost/opportunities")}>opportunities</a>.
          </p>
        </Empty>
      ) : (
        <>
          {failure && <p class="note">It could not be brought up to date: {failure.message}</p>}
          {value.saved && (
            <p>
              Saved so far, by closed days: <strong>{money(value.saved.soFar, value.currency)}</strong>, between{" "}
              {money(value.saved.low, value.currency)} and {money(value.saved.high, value.currency)}
            </p>
          )}
          <Notes notes={value.notes} />
          <HeldList
            items={value.items}
            idOf={({ id }) => id}
            kind="cost-changes"
            caption="Changes, newest first"
            heads={["What", "State", "Promised a month", "Realised a month", "Act"]}
            row={(one) => <Row key={one.id} one={one} currency={one.currency ?? value.currency} />}
          />
          {chosen && (
            <Decided
              noun="cost"
              subject={`change:${chosen}`}
              caption="Decisions about this change, newest first"
              none="Nothing was decided about it yet."
            />
          )}
        </>
      )}
    </>
  );
}

function Row({ one, currency }: { one: CostChange; currency: string }) {
  const { proof, ended } = one;
  const realised = proof?.realisedPerMonth;
  const between =
    proof?.low !== undefined && proof.high !== undefined
      ? `between ${money(proof.low, currency)} and ${money(proof.high, currency)}`
      : undefined;
  return (
    <Tr data-change={one.id}>
      <RowTh class="name">
        <a href={withQuery({ change: one.id })}>
          <bdi>{told(one.text)}</bdi>
        </a>
        {one.action &&
          changeTexts(one.action).map((text) => (
            <span key={text} class="outcome">
              <bdi>{text}</bdi>
            </span>
          ))}
        {one.by && (
          <span class="outcome">
            by <bdi>{one.by}</bdi>
            {one.why && (
              <>
                : <bdi>{one.why}</bdi>
              </>
            )}
          </span>
        )}
      </RowTh>
      <Td class="state">
        <StandingMark standing={changeStanding(one)} />
        <span class="outcome">
          <Ago at={one.since} />
          {ended && (
            <>
              {" "}
              by <bdi>{ended.by}</bdi>: <bdi>{told(ended.why)}</bdi>
            </>
          )}
        </span>
        {one.trouble && (
          <span class="outcome bad">
            <bdi>{told(one.trouble)}</bdi>
          </span>
        )}
      </Td>
      <Td class="number" data-label="promised">
        {one.promisedPerMonth === undefined ? (
          <span class="none">not told</span>
        ) : (
          <Money amount={one.promisedPerMonth} currency={currency} />
        )}
      </Td>
      <Td class="number realised" data-label="realised">
        {realised === undefined ? (
          <span class="none">not proven yet</span>
        ) : (
          <Money amount={realised} currency={currency} />
        )}
        {between && <span class="outcome">{between}</span>}
        {proof?.days !== undefined && <span class="outcome">from {plural(proof.days, "closed day")}</span>}
        {proof && (
          <span class="outcome">
            <bdi>{told(proof.text)}</bdi>
          </span>
        )}
      </Td>
      <Td class="acts">{one.revertible && <ActButton name="revert" label="Take back…" act={revertAct(one)} />}</Td>
    </Tr>
  );
}
