/** Subject of the decisions about a flag. */
export const FLAG_SUBJECT = "flag:";
export const flagSubject = (flag: string): string => `${FLAG_SUBJECT}${flag}`;
