import { DecisionDetail } from "../parts/decision-detail.tsx";
import { pageLink } from "../router.ts";

/** The decision on a page of its own, at an address to paste. */
export function Decision({ id }: { id: string }) {
  return (
    <>
      <p class="crumb">
        <a href={pageLink("/decisions")}>Decisions</a>
      </p>
      <DecisionDetail id={id} heading="h1" />
    </>
  );
}
