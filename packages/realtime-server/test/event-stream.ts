import type { RealtimeServer } from '../src/index.js';

/** An event as `fetch` receives it. */
export interface ServerSentEvent {
  readonly event: string;
  readonly data: unknown;
}

/** A stream of a place; `next` waits for an event, `close` must be called. */
export async function openStream(server: RealtimeServer, target: string) {
  const abort = new AbortController();
  const response = await fetch(`${server.url}/${target}`, {
    headers: { Accept: 'text/event-stream' },
    signal: abort.signal,
  });
  if (response.body === null) throw new Error('The stream has no body.');
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const next = async (): Promise<ServerSentEvent | undefined> => {
    while (!text.includes('\n\n')) {
      const { value, done } = await reader.read();
      if (done) return undefined;
      text += value;
    }
    const [block = ''] = text.split('\n\n', 1);
    text = text.slice(block.length + 2);
    const fields = new Map(
      block.split('\n').map((line) => [line.split(': ', 1)[0], line.slice(line.indexOf(': ') + 2)]),
    );
    return { event: fields.get('event') ?? '', data: JSON.parse(fields.get('data') ?? 'null') };
  };
  return { status: response.status, type: response.headers.get('content-type'), next, close: () => abort.abort() };
}
