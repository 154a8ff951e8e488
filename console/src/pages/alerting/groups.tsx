import { getGroups } from "../../api-alerting.ts";
import { plural } from "../../format.ts";
import { FilterChoice, FilterText } from "../../parts/alerting/filter-field.tsx";
import { GroupList } from "../../parts/alerting/group-list.tsx";
import { AlertingPage } from "../../parts/alerting/off.tsx";
import { Empty } from "../../parts/looks.tsx";
import { usePollMs } from "../../poll.ts";
import { useResource } from "../../resource.ts";
import { byNeed } from "../../routed-words.ts";
import { usePlace } from "../../router.ts";

const AT_MOST = 500;

/** Open groups: what is told of together. Filters are in the address. */
export function Groups() {
  const { query } = usePlace();
  const filters = { filter: query.get("filter") ?? undefined, receiver: query.get("receiver") ?? undefined };
  const resource = useResource(
    `alerting groups ${JSON.stringify(filters)}`,
    (signal) => getGroups({ ...filters, limit: AT_MOST }, signal),
    usePollMs(),
  );
  const items = resource.value?.items;
  const receivers = [...new Set(items?.map(({ receiver }) => receiver))].sort();
  return (
    <AlertingPage
      title={
        items === undefined
          ? "Groups"
          : items.length === 0
            ? "No group is open"
            : `${plural(items.length, "group")} open`
      }
      what="groups"
      resource={resource}
      filters={
        <search class="filters">
          <FilterText name="filter" label="Matchers" placeholder={'severity="page"'} most={2000} />
          <FilterChoice
            name="receiver"
            label="Goes to"
            any="anybody"
            options={receivers.map((name) => [name, name] as const)}
          />
        </search>
      }
    >
      {(value) =>
        value.items.length === 0 ? (
          <Empty
            title={Object.values(filters).some(Boolean) ? "No group fits these filters." : "No alert, no group."}
          />
        ) : (
          <>
            <GroupList
              key={JSON.stringify(filters)}
              items={[...value.items].sort(byNeed)}
              caption="Groups, what fires first"
            />
            {value.cursor !== undefined && <p class="muted">These are {AT_MOST} of them; narrow them by matchers.</p>}
          </>
        )
      }
    </AlertingPage>
  );
}
