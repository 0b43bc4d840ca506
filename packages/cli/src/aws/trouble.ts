/** What an error of a call means for the rest of the reading. */

/**
 * `throttled`: ask again, more slowly. `denied` and `failed`: this one value is not known. `gone`: the thing is not
 * there any more. `credentials` and `unreachable`: no other call will fare better.
 */
export type Trouble = "throttled" | "denied" | "gone" | "failed" | "credentials" | "unreachable";

export function troubleOf(error: unknown): Trouble {
  if (!(error instanceof Error)) return "unreachable";
  const { $metadata, $retryable } = error as Partial<{
    $metadata: { readonly httpStatusCode?: number };
    $retryable: { readonly throttling?: boolean };
  }>;
  const status = $metadata?.httpStatusCode;
  const { name } = error;
  if (
    status === 429 ||
    $retryable?.throttling === true ||
    /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|LimitExceeded/.test(name)
  )
    return "throttled";
  if (
    /Expired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|AuthFailure|CredentialsProviderError|TokenProviderError/.test(
      name,
    )
  )
    return "credentials";
  if (/AccessDenied|NotAuthorized|Unauthorized|Forbidden|OptInRequired/.test(name) || status === 403)
    return "denied";
  if (/ResourceNotFound|QueueDoesNotExist|NonExistentQueue/.test(name) || status === 404) return "gone";
  // 200 with an answer that cannot be read comes from something else than AWS.
  return status !== undefined && status >= 400 ? "failed" : "unreachable";
}

/**
 * How AWS also answers in a region that the account has not switched on
 * (https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html).
 */
export function mayBeRegionOff(error: unknown): boolean {
  return error instanceof Error && /UnrecognizedClient|InvalidClientTokenId|AuthFailure/.test(error.name);
}
