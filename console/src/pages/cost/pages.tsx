import type { JSX } from "preact";
import { ChangesPage } from "./changes.tsx";
import { ForecastPage } from "./forecast.tsx";
import { OpportunitiesPage } from "./opportunities.tsx";
import { ReportPage } from "./report.tsx";
import { SourcesPage } from "./sources.tsx";
import { TenantPage } from "./tenant.tsx";
import { TenantsPage } from "./tenants.tsx";

/** The page of an address below /cost; undefined where there is none. */
export function costPage(view: string | undefined, item: string | undefined): JSX.Element | undefined {
  if (view === undefined) return <ReportPage />;
  if (view === "opportunities") return item === undefined ? <OpportunitiesPage /> : <OpportunitiesPage id={item} />;
  if (view === "tenants") return item === undefined ? <TenantsPage /> : <TenantPage key={item} name={item} />;
  if (item !== undefined) return undefined;
  if (view === "changes") return <ChangesPage />;
  if (view === "forecast") return <ForecastPage />;
  return view === "sources" ? <SourcesPage /> : undefined;
}
