import { Later } from "../../parts/later.tsx";

const load = () => import("./restoring.tsx");

/** A restore is begun seldom: its pages are loaded when one of them is opened. */
export function Restoring({ plan, id, begun }: { plan: string; id: string; begun: boolean }) {
  return (
    <Later load={load} what="the restore" heading="Restore">
      {({ RestorePage, Wizard }) => (begun ? <RestorePage plan={plan} id={id} /> : <Wizard plan={plan} id={id} />)}
    </Later>
  );
}
