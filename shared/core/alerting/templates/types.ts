import type { Labels } from "../../kernel/labels.ts";

/** A point in time as templates see it. */
export interface TemplateInstant {
  /** Since 1970-01-01T00:00:00Z; Go's zero time stands for none. */
  readonly nanos: bigint;
  /** IANA name, or an offset alone as it stands in a text ("+02:00"). */
  readonly zone: string | { readonly name: string; readonly seconds: number };
}

/** null: a map that was never made, which JSON has as null. */
type Texts = Labels | null;

export interface TemplateAlert {
  readonly status: string;
  readonly labels: Texts;
  readonly annotations: Texts;
  readonly startsAt: TemplateInstant;
  readonly endsAt: TemplateInstant;
  readonly generatorURL: string;
  readonly fingerprint: string;
}

/** What a template is expanded with: upstream's template.Data (0.34). */
export interface TemplateData {
  readonly receiver: string;
  readonly status: string;
  readonly alerts: readonly TemplateAlert[] | null;
  readonly notificationReason: string;
  readonly groupLabels: Texts;
  readonly commonLabels: Texts;
  readonly commonAnnotations: Texts;
  readonly routeLabels: Texts;
  readonly externalURL: string;
  /** Route labels are texts already, not templates. */
  readonly routeLabelsRendered: boolean;
  /** The data is given by value, as amtool does; notifications give a pointer. Messages name the type. */
  readonly byValue?: boolean;
}
