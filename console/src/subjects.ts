/** How a subject is called where there is little room: a rule by its name, without file, group and place. */
export function subjectName(noun: string, subject: string): string {
  if (noun !== "monitoring") return subject;
  return /^.*\/([^/]+)#\d+$/u.exec(subject)?.[1] ?? /^services\/(.*)$/u.exec(subject)?.[1] ?? subject;
}
