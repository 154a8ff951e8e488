import type { DeliveryServiceView, DeliveryVersionView } from "../../../../functions/api/views-delivery.ts";
import { percent } from "../../delivery-words.ts";
import { plural, quantity } from "../../format.ts";
import { versionStanding, wantedShares } from "../../release-words.ts";
import { show } from "../../values.ts";
import { Empty } from "../looks.tsx";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";
import { Ago } from "../time.tsx";
import { StandingMark } from "../traffic/standing.tsx";
import { Printed } from "./printed.tsx";

const HEADS = ["Version", "State", "Instances", "Wanted", "In force", "Served", "Started"];

/** Every version that runs: its instances, what is wrong with them, and the share it is to have, has, and was seen to serve. */
export function Versions({ view }: { view: DeliveryServiceView }) {
  const { versions, shares, rollout, divides } = view;
  if (versions === undefined) return <p class="note">Which versions run is not known.</p>;
  if (versions.length === 0)
    return (
      <Empty title="No version runs.">
        <p>A version appears here with its first deployment.</p>
      </Empty>
    );
  const wanted = wantedShares(view);
  return (
    <>
      <div class="list">
        <Table class="release-versions">
          <caption class="unseen">Versions as they are observed now</caption>
          <Thead>
            <Tr>
              {HEADS.map((head) => (
                <Th key={head}>{head}</Th>
              ))}
            </Tr>
          </Thead>
          <Tbody>
            {versions.map((one) => (
              <VersionRow
                key={one.version}
                one={one}
                wanted={wanted?.[one.version]}
                share={shares?.[one.version]}
                served={wanted && rollout?.served?.[one.version]}
              />
            ))}
          </Tbody>
        </Table>
      </div>
      {!divides && <p class="muted">Nobody divides its traffic between versions: what runs is asked.</p>}
      {versions.map((one) => (
        <Trouble key={one.version} one={one} />
      ))}
    </>
  );
}

function Share({ share, label }: { share: number | undefined; label: string }) {
  return (
    <Td class="number" data-label={label}>
      {share === undefined ? <span class="none">–</span> : percent(share)}
    </Td>
  );
}

function VersionRow(props: {
  one: DeliveryVersionView;
  wanted: number | undefined;
  share: number | undefined;
  served: number | undefined;
}) {
  const { one } = props;
  return (
    <Tr data-version={one.version}>
      <RowTh class="name">
        <bdi class="mono">{one.version}</bdi>
        <span class="outcome">{[one.stable ? "in force" : "", one.slot ?? ""].filter(Boolean).join(", ")}</span>
      </RowTh>
      <Td class="state">
        <StandingMark standing={versionStanding(one)} title={one.trouble} />
      </Td>
      <Td class="number" data-label="instances">
        {one.ready} of {one.desired} ready
        {one.failures > 0 && <span class="outcome">{plural(one.failures, "bad end")}</span>}
      </Td>
      <Share share={props.wanted} label="wanted" />
      <Share share={props.share} label="in force" />
      <Share share={props.served} label="served" />
      <Td class="when">
        {one.startedAt !== undefined && <Ago at={one.startedAt} />}
        {one.responseMs !== undefined && (
          <span class="outcome" title="Real time to its first healthy answer">
            up in {quantity(one.responseMs, "ms")}
          </span>
        )}
      </Td>
    </Tr>
  );
}

/** What is wrong with a version and what it printed last; where it is well, its addresses behind a click. */
function Trouble({ one }: { one: DeliveryVersionView }) {
  const bad = one.trouble !== undefined || (one.failures > 0 && one.ready < one.desired);
  if (!bad && one.addresses.length === 0 && one.logs.length === 0) return null;
  return (
    <details class="instances" open={bad}>
      <summary>
        <bdi class="mono">{one.version}</bdi>
        {bad
          ? `: ${one.trouble ?? plural(one.failures, "bad end")}`
          : `: ${plural(one.addresses.length, "address", "addresses")}`}
      </summary>
      {one.addresses.length > 0 && (
        <p>
          {one.addresses.map((address) => (
            <code key={address} class="address">
              {address}
            </code>
          ))}
        </p>
      )}
      {one.healthData !== undefined && (
        <p class="muted">
          its health says <code>{show(one.healthData)}</code>
        </p>
      )}
      {bad && <p class="muted">{plural(one.attempts, "check")} of its instances were made.</p>}
      {one.logs.length > 0 && <Printed lines={one.logs} />}
    </details>
  );
}
