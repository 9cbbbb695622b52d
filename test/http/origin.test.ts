import { describe, expect, it } from 'vitest';
import { isLoopback, originProblem, type OriginRules } from '../../src/http/origin.js';

const RULES: OriginRules = { allowedHosts: ['127.0.0.1'], corsOrigins: [], checksHost: true };
const HOST = 'This host name is not served here: see KINOSTAT_ALLOWED_HOSTS';
const ORIGIN = 'This origin may not call the API: see KINOSTAT_CORS_ORIGINS';
const SITE = 'Pages of other sites may not call the API';

describe('the Host of a request', () => {
  it.each(['127.0.0.1:4114', 'localhost:4114', 'LOCALHOST:4114', 'localhost', '[::1]:4114', '[::1]'])(
    '%s is this machine',
    (host) => {
      expect(originProblem({ host }, RULES)).toBeNull();
    },
  );

  it.each([
    'attacker.example:4114',
    'localhost.attacker.example',
    '127.0.0.1.nip.io',
    '192.168.1.5:4114',
    'localhost:4114@attacker.example',
    'notlocalhost',
    '',
  ])('%j is a foreign name that was pointed here (DNS rebinding)', (host) => {
    expect(originProblem({ host }, RULES)).toBe(HOST);
  });

  it('is needed', () => {
    expect(originProblem({}, RULES)).toBe(HOST);
  });

  it('may be a name that the operator lists, in any case and with any port', () => {
    const rules = { ...RULES, allowedHosts: ['Kino.Lan', '[fd00::1]'] };
    expect(originProblem({ host: 'kino.lan:80' }, rules)).toBeNull();
    expect(originProblem({ host: '[fd00::1]:4114' }, rules)).toBeNull();
    expect(originProblem({ host: 'other.lan' }, rules)).toBe(HOST);
  });

  it('may be anything where names cannot be known', () => {
    expect(originProblem({ host: 'whatever.example' }, { ...RULES, checksHost: false })).toBeNull();
  });
});

describe('the Origin of a request', () => {
  const host = 'localhost:4114';

  it.each([
    'https://attacker.example',
    'null',
    'http://localhost:3000',
    'http://127.0.0.1:4114',
    'file://',
    'garbage',
  ])('%s is refused', (origin) => {
    expect(originProblem({ host, origin }, RULES)).toBe(ORIGIN);
  });

  it('may be the server itself', () => {
    expect(originProblem({ host, origin: 'http://localhost:4114' }, RULES)).toBeNull();
    expect(originProblem({ host: '[::1]:4114', origin: 'http://[::1]:4114' }, RULES)).toBeNull();
    expect(
      originProblem(
        { host: 'kino.lan', origin: 'https://KINO.lan' },
        { ...RULES, allowedHosts: ['kino.lan'] },
      ),
    ).toBeNull();
  });

  it('may be one that the operator lists, to the letter', () => {
    const rules = { ...RULES, corsOrigins: ['https://dash.example'] };
    expect(
      originProblem({ host, origin: 'https://dash.example', 'sec-fetch-site': 'cross-site' }, rules),
    ).toBeNull();
    expect(originProblem({ host, origin: 'https://dash.example:8443' }, rules)).toBe(ORIGIN);
    expect(originProblem({ host, origin: 'http://dash.example' }, rules)).toBe(ORIGIN);
  });

  it('does not help a foreign Host', () => {
    expect(originProblem({ host: 'attacker.example', origin: 'http://attacker.example' }, RULES)).toBe(HOST);
  });
});

describe('Sec-Fetch-Site', () => {
  it.each([
    ['cross-site', SITE],
    ['same-site', SITE],
    ['same-origin', null],
    ['none', null],
  ])('%s', (site, problem) => {
    expect(originProblem({ host: 'localhost', 'sec-fetch-site': site }, RULES)).toBe(problem);
  });
});

describe('loopback addresses', () => {
  it.each(['127.0.0.1', '127.8.8.8', 'localhost', 'LocalHost', '::1', '[::1]'])('%s is one', (address) => {
    expect(isLoopback(address)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', '127.0.0.1.nip.io', '1127.0.0.1', 'localhost.lan', '', 'fe80::1'])(
    '%j is none',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});
