/**
 * All events of a log group in a span of time, page by page
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html).
 */

import { ask } from "./ask.ts";
import { type GroupReading, identified, type Page } from "./reading.ts";

export async function* eventsOf(reading: GroupReading): AsyncGenerator<Page> {
  const { group, fromMs, toMs, client } = reading;
  const pageAt = (nextToken: string | undefined) =>
    ask(
      "logs:FilterLogEvents",
      group,
      (options) =>
        client.filterLogEvents(
          {
            ...identified(group),
            startTime: fromMs,
            endTime: toMs,
            ...(nextToken === undefined ? {} : { nextToken }),
          },
          options,
        ),
      reading,
    );
  let waiting: ReturnType<typeof pageAt> | undefined = pageAt(undefined);
  let token: string | undefined;
  while (waiting) {
    const { events = [], nextToken } = await waiting;
    waiting = undefined;
    // A page may be empty and not be the last one.
    if (nextToken !== undefined && nextToken !== "") {
      if (nextToken === token)
        reading.say(`${group}: CloudWatch Logs answers the same page again and again.`);
      else {
        token = nextToken;
        // Asked for while this page is being read; whoever awaits it hears of its failure.
        waiting = pageAt(token);
        waiting.catch(() => {});
      }
    }
    yield { texts: events.map((event) => JSON.stringify(event)), atMs: events.at(-1)?.timestamp };
  }
}
