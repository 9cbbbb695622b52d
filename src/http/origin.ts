import type { IncomingHttpHeaders } from 'node:http';

export interface OriginRules {
  /** Host names that requests may be addressed to, beside loopback names. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages that may call the API. */
  readonly corsOrigins: readonly string[];
  /** False when the address is reachable from elsewhere by any name (0.0.0.0) and hosts are not listed. */
  readonly checksHost: boolean;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '::1'];

/**
 * Why a request is refused, or null. A page that had its own name point here (DNS rebinding) sends a foreign Host; a
 * page elsewhere sends a foreign Origin or says so in Sec-Fetch-Site. Programs send neither.
 */
export function originProblem(headers: IncomingHttpHeaders, rules: OriginRules): string | null {
  const host = headers.host ?? '';
  const name = hostName(host);
  const isKnownHost =
    LOOPBACK.includes(name) || rules.allowedHosts.some((allowed) => allowed.toLowerCase() === name);
  if (rules.checksHost && !isKnownHost)
    return 'This host name is not served here: see KINOSTAT_ALLOWED_HOSTS';
  const { origin } = headers;
  if (origin !== undefined) {
    if (rules.corsOrigins.includes(origin) || sameHost(origin, host)) return null;
    return 'This origin may not call the API: see KINOSTAT_CORS_ORIGINS';
  }
  const site = headers['sec-fetch-site'];
  return site === 'cross-site' || site === 'same-site' ? 'Pages of other sites may not call the API' : null;
}

/** `[::1]:4114` is [::1]. */
const hostName = (host: string): string => host.replace(/:\d+$/, '').toLowerCase();

const sameHost = (origin: string, host: string): boolean =>
  URL.canParse(origin) && new URL(origin).host.toLowerCase() === host.toLowerCase();

export const isLoopback = (address: string): boolean =>
  LOOPBACK.includes(address.toLowerCase()) || /^127(\.\d{1,3}){3}$/.test(address);
