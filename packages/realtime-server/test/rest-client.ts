import type { RealtimeServer } from '../src/index.js';

/** What the server answered over REST. */
export interface RestResult {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
}

/** Asks by plain `fetch`; `target` is the part after the port, such as `a/b.json?shallow=true`. */
export async function rest(
  server: RealtimeServer,
  method: string,
  target: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RestResult> {
  const response = await fetch(`${server.url}/${target}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}
