/** A service that tests need: found, or started, or missing. With CI set there is no third. */

export interface Service {
  /** What tests are given to reach it. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export type Found = (Service & { readonly missing?: undefined }) | { readonly missing: string };

/** CI systems set `CI=true`; people who switch it off write `false` or `0`. */
export function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  return !["", "0", "false"].includes(env["CI"] ?? "");
}

/**
 * `start` finds the service or starts one. `howTo` is what a person does about it when it can do neither: a sentence.
 *
 * @throws Error when the service is missing and `ci` is set: tests that are skipped there would look like tests that passed.
 */
export async function found(
  name: string,
  {
    ci,
    howTo,
    start,
  }: { readonly ci: boolean; readonly howTo: string; readonly start: () => Promise<Service> },
): Promise<Found> {
  try {
    return await start();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const missing = `${name} neither answers nor starts (${why.split("\n")[0]}). ${howTo}`;
    if (ci) throw new Error(missing, { cause });
    return { missing };
  }
}
