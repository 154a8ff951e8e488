import { Icon } from "../../icons.tsx";
import { FIGURES, type Score, verdictOf } from "../../lab/words.ts";
import { RowTh, Table, Tbody, Td, Th, Thead, Tr } from "../table.tsx";

const MARKS = { better: "ok", worse: "degraded", same: undefined } as const;

/** What was tried beside what runs today, with the difference in words. */
export function Figures(props: { tried: Score; today: Score | undefined; isToday: boolean }) {
  const { tried, today, isToday } = props;
  return (
    <Table class="lab-figures">
      <caption class="unseen">
        Figures of {isToday ? "today's policy" : "what was tried"}
        {today && ", beside those of today's policy"}
      </caption>
      <Thead>
        <Tr>
          <Th>Over these days</Th>
          {today && <Th class="number">Today</Th>}
          <Th class="number">{isToday ? "Today" : "Tried"}</Th>
          {today && <Th>Difference</Th>}
        </Tr>
      </Thead>
      <Tbody>
        {FIGURES.map((figure) => {
          const verdict = today && verdictOf(figure.value(tried), figure.value(today));
          const mark = verdict && MARKS[verdict];
          return (
            <Tr key={figure.key} data-figure={figure.key}>
              <RowTh title={figure.told}>
                {figure.label}
                <span class="outcome">{figure.told}</span>
              </RowTh>
              {today && (
                <Td class="number" data-label="today">
                  {figure.text(today)}
                </Td>
              )}
              <Td class="number" data-label={isToday ? "today" : "tried"}>
                {figure.text(tried)}
              </Td>
              {today && (
                <Td class={`lab-${verdict}`}>
                  {mark && <Icon name={mark} size={13} />} {figure.against(tried, today)}
                </Td>
              )}
            </Tr>
          );
        })}
      </Tbody>
    </Table>
  );
}
