/** For a team that keeps its Powertools `BatchProcessor`: one record, guarded. */

import { OnceError } from "./errors.ts";
import type { HandlerOptions, Once } from "./once.ts";
import { type SqsMessage, type SqsOptions, type SqsRecordLike, sqs } from "./sources/sqs/index.ts";
import type { Context, LambdaContextLike } from "./types.ts";

/** What Powertools hands a record handler besides the record, typed by the part that is used. */
export interface BatchOptionsLike {
  readonly context?: LambdaContextLike | undefined;
}

/**
 * A record handler for `processPartialResponse` of @aws-lambda-powertools/batch: it resolves when the message may be deleted
 * and throws when it may not, so that the processor reports it. The options are those of `sqs`. Each record is claimed by
 * itself: `once.handler` asks the store once for the whole batch and costs less.
 *
 * @example
 * const onRecord = recordHandler<Order, SqliteTx>(once, { key: (m) => m.body.orderId }, async (m, ctx) => { … });
 * // export const handler = (event, context) => processPartialResponse(event, onRecord, processor, { context });
 */
export function recordHandler<Body, Tx>(
  once: Once<Tx>,
  options: SqsOptions<Body>,
  fn: (message: SqsMessage<Body>, context: Context<Tx>) => Promise<unknown>,
  more: HandlerOptions<SqsMessage<Body>> = {},
): (record: SqsRecordLike, options?: BatchOptionsLike) => Promise<void> {
  const handler = once.handler(sqs<Body>(options), fn, more);
  return async (record, given) => {
    const { batchItemFailures } = await handler({ Records: [record] }, given?.context ?? {});
    if (batchItemFailures.length > 0)
      throw new OnceError(
        "not-acknowledged",
        `Message ${record.messageId} is not done and is to come again; \`onEvent\` says why.`,
        { retryable: true },
      );
  };
}
