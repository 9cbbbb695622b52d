import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** Written one after the other: without a content-length they go out chunked. */
  readonly chunks?: readonly string[];
}

/** A request that fetch would not send: any Host, any Origin, chunks without a length. */
export function rawRequest(url: string, options: RawRequest = {}): Promise<RawAnswer> {
  const { method = 'POST', path = '/graphql', headers = {}, chunks = [] } = options;
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const request = httpRequest(new URL(path, url), { method, headers, agent: false }, (response) => {
      isAnswered = true;
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
      response.on('error', reject);
    });
    // The server may answer and hang up before a large body was sent: the answer counts.
    request.on('error', (error) => {
      if (!isAnswered) reject(error);
    });
    for (const chunk of chunks) request.write(chunk);
    request.end();
  });
}

export const JSON_TYPE = { 'content-type': 'application/json' } as const;
