/** Subject of the tuning of a service; no service has a colon in its name. */
export const tuningSubject = (service: string): string => `tuning:${service}`;

/** Whether an aggregate of the noun is a tuning and no service. */
export const isTuning = (subject: string): boolean => subject.startsWith("tuning:");
