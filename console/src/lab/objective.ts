import { numberOf } from "../values.ts";
import type { Objective } from "./api-lab.ts";

/** What a person wants, as it is typed and as it stands in the address. */
export interface ObjectiveForm {
  readonly by: "prices" | "slo";
  readonly taskHour: string;
  readonly violationMinute: string;
  readonly slo: string;
}

export const STANDARD_FORM: ObjectiveForm = { by: "prices", taskHour: "1", violationMinute: "1", slo: "99.5" };

const amount = (text: string, least: number, most: number): number | undefined => {
  const value = text.trim() === "" ? undefined : numberOf(Number(text));
  return value !== undefined && value >= least && value <= most ? value : undefined;
};

/** The objective, or what is missing. */
export function objectiveOf(form: ObjectiveForm): Objective | string {
  if (form.by === "slo") {
    const slo = amount(form.slo, 50, 100);
    return slo === undefined ? "Good minutes: a number from 50 to 100 percent." : { slo };
  }
  const taskHour = amount(form.taskHour, 0, 1e9);
  const violationMinute = amount(form.violationMinute, 0, 1e9);
  if (taskHour === undefined || violationMinute === undefined) return "Both prices: numbers of at least 0.";
  return taskHour + violationMinute === 0 ? "One price has to be above 0." : { taskHour, violationMinute };
}

/** As it stands in the address; defaults are left out. */
export function objectiveAddress(form: ObjectiveForm): Readonly<Record<string, string | undefined>> {
  const other = (key: keyof ObjectiveForm) => (form[key] === STANDARD_FORM[key] ? undefined : form[key]);
  const prices = form.by === "prices";
  return {
    by: other("by"),
    taskHour: prices ? other("taskHour") : undefined,
    violationMinute: prices ? other("violationMinute") : undefined,
    slo: prices ? undefined : other("slo"),
  };
}

export function readObjective(query: URLSearchParams): ObjectiveForm {
  const text = (name: keyof ObjectiveForm) => query.get(name) ?? STANDARD_FORM[name];
  return {
    by: query.get("by") === "slo" ? "slo" : "prices",
    taskHour: text("taskHour"),
    violationMinute: text("violationMinute"),
    slo: text("slo"),
  };
}
