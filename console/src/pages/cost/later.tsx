import type { JSX } from "preact";
import { Later } from "../../parts/later.tsx";

const load = () => import("./pages.tsx");

/** Pages of cost, loaded when one of them is opened. */
export function CostPages(props: { view: string | undefined; item: string | undefined; none: () => JSX.Element }) {
  const { view, item, none } = props;
  return (
    <Later load={load} what="cost" heading="Cost">
      {(pages) => pages.costPage(view, item) ?? none()}
    </Later>
  );
}
