/** A copy that does not keep alive the megabyte that a text was cut out of. */
export function own(text: string): string {
  return ` ${text}`.slice(1);
}
