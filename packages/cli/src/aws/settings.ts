/** Region, profile and endpoint as the AWS CLI reads them, and what AWS's errors mean. No SDK is loaded here. */

import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Usage } from "../usage.ts";

interface Given {
  readonly profile: string | undefined;
  readonly region: string | undefined;
  readonly endpointUrl: string | undefined;
}

export interface AwsSettings {
  readonly profile: string | undefined;
  /** `undefined`: the SDK looks into the profile. */
  readonly region: string | undefined;
  /** For every service. `undefined`: AWS's own, or what the profile names. */
  endpointUrl(service: AwsService): string | undefined;
  /** Whether the endpoint was named by an option or in the configuration file. */
  readonly namesEndpoint: boolean;
}

/** As the variables `AWS_ENDPOINT_URL_<SERVICE>` spell it (https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html). */
export type AwsService = "SQS" | "DYNAMODB" | "LAMBDA" | "CLOUDWATCH" | "CLOUDWATCH_LOGS";

/** What goes into an SDK client's constructor. */
export interface ClientConfig {
  readonly region?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** What an emulator that asks for credentials is given when there are none: it does not look at them. */
export const PLACEHOLDER_CREDENTIALS = { accessKeyId: "local", secretAccessKey: "local" };

/** Options stand before the environment, and that before the configuration file. */
export function awsSettings(options: Given, file: Given): AwsSettings {
  const { env } = process;
  const profile = options.profile ?? set(env["AWS_PROFILE"]) ?? file.profile;
  const region = options.region ?? set(env["AWS_REGION"]) ?? set(env["AWS_DEFAULT_REGION"]) ?? file.region;
  for (const url of [options.endpointUrl, file.endpointUrl])
    if (url !== undefined && !/^https?:\/\//.test(url))
      throw new Usage(`--endpoint-url is a URL such as http://127.0.0.1:4566, got "${url}".`);
  return {
    profile,
    region,
    namesEndpoint: (options.endpointUrl ?? file.endpointUrl) !== undefined,
    endpointUrl: (service) =>
      options.endpointUrl ??
      (env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] === "true"
        ? undefined
        : (set(env[`AWS_ENDPOINT_URL_${service}`]) ?? set(env["AWS_ENDPOINT_URL"]))) ??
      file.endpointUrl,
  };
}

/**
 * For an SDK client of `service`. A profile goes into this process's environment: there the SDK prefers it to keys, and
 * child processes see it.
 */
export function clientConfig(settings: AwsSettings, service: AwsService): ClientConfig {
  if (settings.profile !== undefined) process.env["AWS_PROFILE"] = settings.profile;
  const endpoint = settings.endpointUrl(service);
  const emulated = endpoint !== undefined && isLoopback(endpoint);
  const region = settings.region ?? (emulated ? "us-east-1" : undefined);
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(emulated && !hasCredentials() ? { credentials: PLACEHOLDER_CREDENTIALS } : {}),
  };
}

export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.endsWith(".localhost") || /^(127\.|\[::1\])/.test(hostname);
}

/** Whether the SDK's chain has anything to find without asking the network. */
export function hasCredentials(): boolean {
  const { env } = process;
  const named = [
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  ];
  if (named.some((name) => set(env[name]) !== undefined)) return true;
  const folder = join(homedir(), ".aws");
  return (
    existsSync(env["AWS_SHARED_CREDENTIALS_FILE"] ?? join(folder, "credentials")) ||
    existsSync(env["AWS_CONFIG_FILE"] ?? join(folder, "config"))
  );
}

/** A sentence for an error of the SDK that people can mend; `undefined` for any other. */
export function awsProblem(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const said = `${error.name}: ${error.message}`;
  if (/Region is missing/i.test(error.message))
    return "no AWS region is known. Give --region, or set AWS_REGION, or put one into the profile.";
  if (/CredentialsProviderError|TokenProviderError/.test(error.name))
    return `no AWS credentials were found (${error.message}). Set AWS_PROFILE or give --profile, sign in with \`aws sso login\`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  if (
    /Expired|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|AuthFailure/.test(
      error.name,
    )
  )
    return `AWS does not accept these credentials (${said}). Sign in again, or choose another --profile.`;
  if (/AccessDenied|NotAuthorized|Unauthorized/.test(error.name))
    return `AWS refused this (${said}). Allow the action it names to this user or role.`;
  const code = "code" in error ? String(error.code) : "";
  if (/ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET/.test(code))
    return `the endpoint cannot be reached (${error.message === "" ? code : error.message}). Check --endpoint-url, --region and the network.`;
  return "$metadata" in error ? `AWS answered ${said}.` : undefined;
}

function set(value: string | undefined): string | undefined {
  return value === undefined || value === "" ? undefined : value;
}
