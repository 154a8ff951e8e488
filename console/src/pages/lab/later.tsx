import { Later } from "../../parts/later.tsx";

const load = () => import("./page.tsx");

/** The policy lab, loaded when it is opened. */
export function Lab() {
  return (
    <Later load={load} what="the lab" heading="Policy lab">
      {({ LabPage }) => <LabPage />}
    </Later>
  );
}
