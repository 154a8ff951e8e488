import type { FlagSummary } from "../../../../functions/api/views-flags.ts";
import { getFlags } from "../../api-flags.ts";
import { byFlagNeed, flagRolloutText, flagStanding, flagsLine, flagVerdict } from "../../flag-words.ts";
import { plural, told } from "../../format.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { ShareStrip } from "../../parts/delivery/share-strip.tsx";
import { DeliveryTabs } from "../../parts/delivery/tabs.tsx";
import { Empty, Failed, Loading } from "../../parts/looks.tsx";
import { openRow } from "../../parts/open-row.ts";
import { RowTh, Td, Tr } from "../../parts/table.tsx";
import { StandingMark } from "../../parts/traffic/standing.tsx";
import { WindowList } from "../../parts/window-list.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { flagLink, usePlace } from "../../router.ts";

const STATES: Readonly<Record<string, readonly [label: string, fits: (one: FlagSummary) => boolean]>> = {
  off: ["switched off", ({ status }) => status === "killed" || status === "tied"],
  rolling: ["being rolled out", ({ rollout }) => rollout?.status === "running" || rollout?.status === "paused"],
  failed: ["failed roll-out", ({ rollout }) => rollout?.status === "failed"],
  on: ["on", ({ status }) => status === "on"],
  disabled: ["disabled or out of its time", ({ status }) => ["disabled", "waiting", "over"].includes(status)],
};
const CHOICES = Object.entries(STATES).map(([id, [label]]) => [id, label] as const);
const HEADS = ["Flag", "State", "Who gets what", "Roll-out", "Rules"];
const WIDE_PX = 64;
const NARROW_PX = 136;

const idOf = (one: FlagSummary): string => one.name;

/** Feature flags: what each serves now, and what stands above its configuration. */
export function Flags() {
  const { query } = usePlace();
  const { value, failure, reload } = useResource("flags", getFlags, usePollMs());
  const name = (query.get("name") ?? "").toLowerCase();
  const fits = STATES[query.get("state") ?? ""]?.[1];
  const shown = value?.items
    .filter((one) => one.name.toLowerCase().includes(name) && (fits?.(one) ?? true))
    .sort(byFlagNeed);
  return (
    <>
      <DeliveryTabs />
      <h1 tabIndex={-1} class={value ? "state" : undefined} aria-live="polite">
        {value ? flagsLine(value.items) : "Flags"}
      </h1>
      <search class="filters">
        <FilterText name="name" label="Name contains" eager />
        <FilterChoice name="state" label="State" any="all" options={CHOICES} />
      </search>
      {shown === undefined ? (
        failure ? (
          <Failed failure={failure} what="flags" retry={reload} />
        ) : (
          <Loading what="flags" rows={8} />
        )
      ) : shown.length > 0 ? (
        <WindowList
          key={`${name} ${query.get("state") ?? ""}`}
          items={shown}
          idOf={idOf}
          kind="flags"
          caption="Flags, what was switched off first"
          heads={HEADS}
          rowHeight={{ wide: WIDE_PX, narrow: NARROW_PX }}
          row={(one, index) => <FlagRow key={one.name} one={one} index={index} />}
        />
      ) : value?.items.length === 0 ? (
        <Empty title="There are no flags yet.">
          <p>
            Name them under <code>flags:</code> in <code>headgate.yaml</code>; services read them with an OpenFeature
            provider or with <code>headgate flags eval NAME</code>.
          </p>
        </Empty>
      ) : (
        <Empty title="No flag fits these filters.">
          <p>
            <a href="/flags">Show all</a>
          </p>
        </Empty>
      )}
    </>
  );
}

function FlagRow({ one, index }: { one: FlagSummary; index: number }) {
  const link = flagLink(one.name);
  const rollout = flagRolloutText(one);
  const verdict = one.rollout?.status === "running" ? flagVerdict(one) : undefined;
  return (
    <Tr aria-rowindex={index} data-row={one.name} onClick={openRow(link)}>
      <RowTh class="name">
        <a href={link} data-row-link title={one.name}>
          <bdi>{one.name}</bdi>
        </a>
        <span class="outcome clip" title={one.description}>
          <bdi>{one.description ?? ""}</bdi>
        </span>
      </RowTh>
      <Td class="state">
        <StandingMark standing={flagStanding(one)} title={one.why} />
        <span class="outcome clip" title={one.why}>
          {one.why ? <bdi>{told(one.why)}</bdi> : one.type}
        </span>
      </Td>
      <Td class="gets">
        <ShareStrip shares={one.shares} />
      </Td>
      <Td class="rolls">
        <span class="two-lines" title={rollout}>
          <bdi>{rollout || (one.gated ? "can be rolled out in steps" : "")}</bdi>
          {verdict && (
            <>
              , <StandingMark standing={verdict} />
            </>
          )}
        </span>
      </Td>
      <Td class="rules">{one.rules > 0 ? plural(one.rules, "rule") : ""}</Td>
    </Tr>
  );
}
